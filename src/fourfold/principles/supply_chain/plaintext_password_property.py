import json

from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.secrecy import mask
from fourfold.findings.severity import HIGH, MEDIUM
from fourfold.knowledge.secrets import Suspicion, kind_of_name, stands_in, suspicion
from fourfold.model.edit import remove, set_
from fourfold.model.resource import Resource
from fourfold.model.value import Known, Value
from fourfold.principles.supply_chain._parameter import parameter_of

PARAMETER = "Template::Parameter"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105
MANAGED = {"AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Redshift::Cluster", "AWS::DocDB::DBCluster"}
"""Types that can have the service make and keep the password (`ManageMasterUserPassword`, `ManageMasterPassword`)."""

PATHS: dict[str, tuple[str, ...]] = {
    "AWS::RDS::DBInstance": ("MasterUserPassword",),
    "AWS::RDS::DBCluster": ("MasterUserPassword",),
    "AWS::DocDB::DBCluster": ("MasterUserPassword",),
    "AWS::Redshift::Cluster": ("MasterUserPassword",),
    "AWS::RedshiftServerless::Namespace": ("AdminUserPassword",),
    "AWS::ElastiCache::ReplicationGroup": ("AuthToken",),
    "AWS::OpenSearchService::Domain": ("AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",),
    "AWS::Elasticsearch::Domain": ("AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword",),
    "AWS::AmazonMQ::Broker": ("Users[].Password",),
    "AWS::DMS::Endpoint": ("Password",),
    "AWS::IAM::User": ("LoginProfile.Password",),
    "AWS::DirectoryService::MicrosoftAD": ("Password",),
    "AWS::DirectoryService::SimpleAD": ("Password",),
    "AWS::Cognito::UserPoolIdentityProvider": ("ProviderDetails.client_secret",),
    "AWS::Events::Connection": (
        "AuthParameters.ApiKeyAuthParameters.ApiKeyValue",
        "AuthParameters.BasicAuthParameters.Password",
        "AuthParameters.OAuthParameters.ClientParameters.ClientSecret",
    ),
    "AWS::CodeBuild::Project": ("Environment.EnvironmentVariables[]",),
    "AWS::CodePipeline::Webhook": ("AuthenticationConfiguration.SecretToken",),
    "AWS::Amplify::App": ("OauthToken", "AccessToken"),
    "AWS::Amplify::Branch": ("BasicAuthConfig.Password",),
    "AWS::SSM::Parameter": ("Value",),
    SECRET: ("SecretString",),
}


@check(
    HIGH,
    code="FF4002",
    since="0.1",
    refs=["aws-fsbp:CodeBuild.2", "cwe:798", "cwe:259"],
    types=[*PATHS, PARAMETER],
    finds_secrets=True,
)
def plaintext_password_property(resource: Resource) -> Findings:
    """
    Password written into a template

    Everyone who may read the template, its history or the stack has it, also after it was changed in the template.
    Let the service make and keep it (`ManageMasterUserPassword`), generate it in Secrets Manager
    (`GenerateSecretString`), or refer to a secret that is made elsewhere (`{{resolve:secretsmanager:...}}`).
    The default of a parameter counts as well: it is used whenever nobody gives another.

    ```diff
      Resources:
        Orders:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            DBInstanceClass: db.t4g.small
            AllocatedStorage: "20"
            MasterUsername: orders
    -       MasterUserPassword: Pa$$word123
    +       ManageMasterUserPassword: true
    ```
    """
    if resource.type == PARAMETER:
        yield from _default(resource)
        return
    for path in PATHS[resource.type]:
        for name, value in _values(resource, path):
            text = value.text() if value.known and value.present and not parameter_of(value) else ""
            for found in _suspicions(resource, name, text):
                yield finding(
                    f"`{resource}` has {found} in plain text: `{name}` is `{mask(found.secret)}`",
                    at=value,
                    cause=f"{path}/{name}",
                    fix=_managed(resource, value) if path == "MasterUserPassword" else None,
                    evidence={"recognized": found.why, "value": mask(found.secret)},
                    secrets=((value, found.secret),),
                )


def _values(resource: Resource, path: str) -> list[tuple[str, Value]]:
    keys = path.split(".")
    if not path.endswith("[]") and "[]." not in path:
        return [(keys[-1], resource.get(*keys).settle())]
    head, _, tail = path.partition("[]")
    items = resource.get(*head.split(".")).items()
    if tail:
        return [(tail.strip("."), item.get(*tail.strip(".").split(".")).settle()) for item in items]
    return [
        (item.get("Name").text(), item.get("Value").settle())
        for item in items
        if item.get("Name").known and item.get("Type").default("PLAINTEXT").is_("PLAINTEXT")
    ]


def _suspicions(resource: Resource, name: str, text: str) -> list[Suspicion]:
    if not text.strip() or stands_in(text):
        return []
    if resource.type == SECRET:
        return _content(text)
    if resource.type == "AWS::SSM::Parameter":
        own = resource.get("Name")
        name = own.text().rpartition("/")[2] if own.known and own.present else resource.address
    found = suspicion("password" if name.lower().endswith("password") else name, text)
    return [] if found is None else [found]


def _content(text: str) -> list[Suspicion]:
    """The secrets in a `SecretString`: a JSON object of names and values, or one value."""
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return [Suspicion("secret", "it is the content of a secret", text)]
    found = [suspicion(str(key), entry) for key, entry in data.items() if isinstance(entry, str)]
    return [s for s in found if s is not None]


def _managed(resource: Resource, value: Value) -> Fix | None:
    if resource.type not in MANAGED or not isinstance(value, Known):
        return None
    key = "ManageMasterPassword" if resource.type == "AWS::Redshift::Cluster" else "ManageMasterUserPassword"
    note = "programs must then read the password from the secret that the service makes; change the old one"
    return Fix((remove(value), set_(resource.get(key), data=True)), safe=False, note=note)


def _default(parameter: Resource) -> Findings:
    name = parameter.address.rpartition("/")[2]
    default = parameter.get("Default").settle()
    kind, enough = kind_of_name(name)
    if not default.present or not default.known or not (enough or (kind and parameter.get("NoEcho").is_(True))):
        return
    found = suspicion(name, default.text())
    if found is not None:
        yield finding(
            f"parameter `{name}` has {found} as its default: `{mask(found.secret)}`",
            at=default,
            severity=MEDIUM,
            evidence={"recognized": found.why, "value": mask(found.secret)},
            secrets=((default, found.secret),),
        )
