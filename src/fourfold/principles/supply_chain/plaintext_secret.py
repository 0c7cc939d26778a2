import re

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding, written
from fourfold.findings.secrecy import mask
from fourfold.findings.severity import HIGH
from fourfold.knowledge.secrets import Suspicion, by_format, kind_of_name, looks_generated, suspicion, suspicions_in
from fourfold.model.edit import append, remove, set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Variable
from fourfold.model.value import Ref, Text, Unknown, Value
from fourfold.model.world import Undecided
from fourfold.principles.supply_chain._exposure import seen_in
from fourfold.principles.supply_chain._parameter import parameter_of

_PUBLIC = re.compile(r"crt|cert|\bca\b|pub|host|url|uri|user|email|name|region|endpoint", re.IGNORECASE)
"""Entries of a Secret that are kept with the secret, and are none."""


@check(
    HIGH,
    code="FF4001",
    since="0.1",
    refs=["aws-fsbp:ECS.8", "cis-docker:4.10", "owasp-serverless:SAS-7", "cwe:798", "cwe:526"],
    finds_secrets=True,
)
def plaintext_secret(variable: Variable, graph: Graph) -> Findings:
    """
    Secret in plain text

    A password, key or token that stands in an environment variable, a build argument or a template is read by everyone
    who may read the template, its history, the service's API or the process: none of these is meant to keep secrets.
    It cannot be rotated without a deployment, and nobody sees who read it.
    Keep it in Secrets Manager or Parameter Store, and let the workload refer to it; then change it, because the old one
    is known.

    Whether a variable is a secret is told by its name, its position and the form of its value: `DB_PASSWORD` with a
    literal is, `DB_USERNAME` is not; nor is a reference, an ARN, a path, a switch, a placeholder such as `<password>`, or
    a name such as `TOKEN_EXPIRY_SECONDS`.
    A value everybody tries first, such as `changeme`, counts: it is what the workload will use.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
                Environment:
                  - Name: DB_USERNAME
                    Value: admin
    -             - Name: DB_PASSWORD
    -               Value: Pa$$word123
    +           Secrets:
    +             - Name: DB_PASSWORD
    +               ValueFrom: /web/DB_PASSWORD
    ```
    """
    value = variable.value.settle()
    if not value.present or parameter_of(value):  # what a parameter gives is the parameter's default to hold
        return
    if _hidden(value, graph) and (variable.name == "?" or kind_of_name(variable.name)[1]):
        raise Undecided(value.reason)
    for name, found in _found(variable, value):
        sight = f"`{mask(found.secret)}`" + (", which everybody tries first" if found.guessable else "")
        holder = f"`{name}` of {variable.owner}" if name else variable.owner
        yield finding(
            f"{holder} holds {found} in plain text: {sight}",
            at=written(value, found.secret)[0] if name != variable.name else value,
            cause=name or found.what,
            fix=_kept_elsewhere(variable, graph),
            evidence={"recognized": found.why, "value": mask(found.secret), "visible in": seen_in(variable)},
            secrets=((value, found.secret),),
        )


def _hidden(value: Value, graph: Graph) -> bool:
    """Whether a text stands there that was not read. What a resource is called or has for an address is no secret, unless
    somebody's own code gives it."""
    if isinstance(value, Ref):
        resource = graph.target(value)
        return resource is None or resource.type.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))
    return isinstance(value, Unknown) and not value.name.startswith("{{resolve:")


def _found(variable: Variable, value: Value) -> list[tuple[str, Suspicion]]:
    text = value.text() if value.known else ""
    if isinstance(value, Text):
        text = "".join(part if isinstance(part, str) else "${?}" for part in value.parts)
    if variable.position == "user-data" or (variable.position == "config-map" and "\n" in text):
        return suspicions_in(text)
    if isinstance(value, Text):
        found = by_format(text)
    else:
        found = suspicion(variable.name, text) if text else None
    if (
        found is None
        and variable.position == "secret-manifest"
        and looks_generated(text)
        and not _PUBLIC.search(variable.name)
    ):
        found = Suspicion("secret", "by the manifest, which calls it one", text)
    if found is None and variable.position == "state" and not _PUBLIC.search(variable.name):
        found = Suspicion("secret", "by Terraform, which marks it as sensitive", text)
    return [] if found is None else [(variable.name, found)]


def _kept_elsewhere(variable: Variable, graph: Graph) -> Fix | None:
    """The edits that let the workload take the secret from where secrets are kept, where its format can say so."""
    container = next((c for c in graph.of(Container) if variable in c.variables), None)
    if container is None or variable.position != "environment":
        return None
    if variable.resource.type == "AWS::ECS::TaskDefinition":
        parameter = f"/{container.name}/{variable.name}"
        entry = {"Name": variable.name, "ValueFrom": parameter}
        note = (
            f"before deploying, create the SecureString parameter `{parameter}` with a new value, "
            "and let the execution role read it (ssm:GetParameters)"
        )
        return Fix((remove(variable.at), append(container.at.get("Secrets"), entry)), safe=False, note=note)
    if variable.resource.of_kubernetes:
        name, key = f"{container.name}-secrets", variable.name
        reference = {"secretKeyRef": {"name": name, "key": key}}
        note = f"before deploying, create the Secret `{name}` with key `{key}` and a new value"
        return Fix((remove(variable.value), set_(variable.at.get("valueFrom"), reference)), safe=False, note=note)
    return None
