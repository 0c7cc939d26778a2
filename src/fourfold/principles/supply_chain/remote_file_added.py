from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.nodes import BuildStep


@check(
    MEDIUM,
    code="FF4006",
    since="0.1",
    refs=["cis-docker:4.9", "hadolint:DL3020", "cwe:494"],
    no_fix="the checksum of what it should be is not known",
)
def remote_file_added(step: BuildStep) -> Findings:
    """
    Remote file taken into an image unseen

    `ADD` of a URL takes whatever the other side answers on the day of the build; who controls that server, or the way to
    it, is in the image.
    State the checksum of what was looked at, and the build stops if it is something else.

    ```diff Dockerfile
      FROM debian:13-slim
    - ADD https://example.com/tool.tar.gz /opt/
    + ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /opt/
    ```
    """
    if step.instruction != "ADD" or step.flags.get("checksum").present:
        return
    for word in step.arguments.text().replace('"', " ").replace("[", " ").replace(",", " ").split():
        if word.startswith(("http://", "https://")) and not word.endswith(".git"):
            plain = word.startswith("http://")
            yield finding(
                f"the build takes `{word}` unseen" + (", over a connection that anybody may change" if plain else ""),
                at=step.at,
                cause=word,
                severity=MEDIUM if plain or step.final else LOW,
            )
