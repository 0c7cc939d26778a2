import re

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.nodes import BuildStep

_SECRET = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist)\w+)?|\.npmrc|\.pypirc|\.netrc|\.git-credentials|\.aws(?:/credentials)?/?"
    r"|\.ssh/?|id_(?:rsa|dsa|ecdsa|ed25519)|\.docker/config\.json|kubeconfig|\.kube/config|credentials\.json"
    r"|[\w.-]*(?:private|secret)[\w.-]*\.(?:pem|key)|[\w.-]+\.(?:pfx|p12|jks|keystore))$"
)


@check(
    MEDIUM,
    code="FF4009",
    since="0.1",
    refs=["cis-docker:4.10", "cwe:538"],
    no_fix="how the build is to get what it needs is not known",
)
def secret_file_in_image(step: BuildStep) -> Findings:
    """
    File with secrets copied into an image

    Everyone who may pull the image has the file, also if a later instruction deletes it: the layer stays.
    Hand secrets to the build by `RUN --mount=type=secret`, and to the program when it starts.

    ```diff Dockerfile
      FROM node:24-slim
    - COPY .npmrc package.json ./
    - RUN npm ci
    + COPY package.json ./
    + RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci
    ```
    """
    if step.instruction not in {"COPY", "ADD"} or step.flags.get("from").present:
        return
    words = step.arguments.text().replace("[", " ").replace("]", " ").replace('"', " ").replace(",", " ").split()
    for word in words[:-1]:
        if _SECRET.search(word):
            yield finding(
                f"the build copies `{word}` into the image",
                at=step.at,
                cause=word,
                severity=MEDIUM if step.final else LOW,
            )
