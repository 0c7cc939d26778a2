from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW
from fourfold.knowledge.secrets import kind_of_name
from fourfold.model.nodes import Variable
from fourfold.model.value import Known, Text, Unknown, Value
from fourfold.principles.supply_chain._exposure import seen_in
from fourfold.principles.supply_chain._parameter import parameter_of


@check(
    LOW,
    code="FF4010",
    since="0.1",
    refs=["aws-fsbp:ECS.8", "cwe:526"],
    no_fix="how the program is to get it is not known",
)
def secret_parameter_in_environment(variable: Variable) -> Findings:
    """
    Secret parameter handed on in plain text

    A template's parameter keeps the secret out of the file, and `NoEcho` out of the console of CloudFormation.
    Written into an environment variable it is in plain text all the same: in the API and the console of the service, and
    in the environment of the process.
    So is a dynamic reference: CloudFormation puts the secret there while it deploys.
    Hand on the secret's name instead, and let the workload fetch it, or the platform inject it.

    ```diff
      Parameters:
        DbPassword:
          Type: String
          NoEcho: true
    +   DbSecretArn:
    +     Type: String
      Resources:
        Orders:
          Type: AWS::Lambda::Function
          Properties:
            Runtime: python3.14
            Handler: orders.handler
            Role: arn:aws:iam::123456789012:role/orders
            Code:
              S3Bucket: code
              S3Key: orders.zip
            Environment:
              Variables:
    -           DB_PASSWORD: !Ref DbPassword
    +           DB_SECRET_ARN: !Ref DbSecretArn
    ```
    """
    if variable.position != "environment":
        return
    kind, enough = kind_of_name(variable.name)
    value = variable.value.settle()
    source = _source(value) if value.present else ""
    if source and (enough or "NoEcho" in source or "dynamic" in source):
        yield finding(
            f"`{variable.name}` of {variable.owner} is a secret, handed on in plain text from {source}",
            at=value,
            cause=variable.name,
            evidence={"kind": kind or "secret", "visible in": seen_in(variable)},
        )


def _source(value: Value) -> str:
    """Where the value comes from, in words; empty where that is no parameter and no secret."""
    for part in value.parts if isinstance(value, Text) else (value,):
        if isinstance(part, str):
            continue
        notes = [step.note for step in getattr(part, "provenance", ())]
        if isinstance(part, (Unknown, Known)) and parameter_of(part):
            hidden = " (NoEcho)" if any("NoEcho" in note for note in notes) else ""
            return f"parameter `{parameter_of(part)}`{hidden}"
        if isinstance(part, Unknown) and part.name.startswith("{{resolve:secretsmanager:"):
            # `{{resolve:secretsmanager:id:SecretString:json-key}}`: some entries of a secret are none, such as a user.
            key = part.name.rstrip("}").partition(":SecretString:")[2].partition(":")[0]
            return "a dynamic reference to Secrets Manager" if not key or kind_of_name(key)[0] else ""
    return ""
