import re

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, MEDIUM
from fourfold.model.nodes import BuildStep

_SHELL = r"(?:sudo\s+(?:-\S+\s+)*)?(?:/(?:usr/)?bin/)?(?:env\s+)?(?:ba|da|z|a)?sh|(?:python|perl|ruby|node)[\d.]*"
_FETCH = r"(?:curl|wget)\b"
_PIPED = re.compile(rf"{_FETCH}(?P<rest>[^|;&\n]*)\|\s*(?:{_SHELL})(?:\s|$|;)")
_SUBSTITUTED = re.compile(rf"(?:{_SHELL})\s+(?:-\w+\s+)*[\"']?(?:\$\(|`|<\()\s*{_FETCH}(?P<rest>[^)`]*)")
_URL = re.compile(r"https?://[^\s\"'|;)]+")
_NO_CHECK = re.compile(r"(?:^|\s)(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure|--no-check-certificate)(?:\s|$)")


@check(
    MEDIUM,
    code="FF4007",
    since="0.1",
    refs=["scorecard:Pinned-Dependencies", "cwe:494"],
    no_fix="the checksum of what it should be is not known",
)
def script_from_the_internet(step: BuildStep) -> Findings:
    """
    Script from the internet run unseen

    A build that pipes a download into a shell runs whatever the other side answers, with all rights of the build, and
    leaves nothing behind that could be looked at.
    Download it, compare its checksum, then run it; better, install a package that is signed.

    ```diff Dockerfile
      FROM debian:13-slim
    - RUN curl -fsSL https://example.com/install.sh | sh
    + RUN curl -fsSLo install.sh https://example.com/install.sh \\
    +  && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  install.sh" | sha256sum -c \\
    +  && sh install.sh
    ```
    """
    if step.instruction != "RUN":
        return
    text = step.arguments.text()
    if "curl" not in text and "wget" not in text:
        return
    for match in (*_PIPED.finditer(text), *_SUBSTITUTED.finditer(text)):
        url = _URL.search(match["rest"])
        where = f" from `{url[0]}`" if url else ""
        open_way = (url is not None and url[0].startswith("http://")) or _NO_CHECK.search(match["rest"]) is not None
        yield finding(
            f"the build runs a script{where} unseen"
            + (", over a connection that anybody may change" if open_way else ""),
            at=step.at,
            cause=url[0] if url else "script",
            severity=HIGH if open_way else MEDIUM,
        )
