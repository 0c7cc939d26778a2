from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.linking.aws_ec2 import TOKENS_LEFT_OPEN
from fourfold.model.edit import set_
from fourfold.model.nodes import Workload
from fourfold.model.value import Unknown, Value


@check(
    MEDIUM,
    code="FF3019",
    since="0.1",
    refs=["aws-fsbp:EC2.8", "aws-fsbp:AutoScaling.3", "cis-aws:5.6", "cwe:918"],
)
def instance_metadata_v1(workload: Workload) -> Findings:
    """
    Instance metadata given out without a token

    The metadata service hands the credentials of the instance's role to every process that asks.
    Version 1 takes one plain request, which a program that fetches URLs for others can be led to make; version 2 wants a
    token first, which such a request cannot get.
    Where nothing is written, the account's setting and the machine image decide; the finding is possible then.
    An answer that may take a second hop also reaches the containers on a node, and gives each pod the node's role.

    ```diff
      Resources:
        Machine:
          Type: AWS::EC2::Instance
          Properties:
            ImageId: ami-12345678
            MetadataOptions:
    -         HttpTokens: optional
    +         HttpTokens: required
    ```
    """
    tokens, hops = workload.metadata_tokens, workload.metadata_hops
    endpoint = workload.metadata_endpoint
    if endpoint.known and endpoint.is_("disabled"):
        return
    if _left_open(tokens):
        if workload.role.present:
            yield finding(
                f"{workload} may give out its role's credentials without a token: nothing asks for one",
                at=tokens,
                cause="tokens",
                severity=LOW,
                possible=TOKENS_LEFT_OPEN,
            )
    elif tokens.is_("optional"):
        fix = Fix(
            (set_(tokens, "required"),), safe=False, note="programs with an AWS SDK of before 2020 may need an update"
        )
        yield finding(
            f"{workload} gives out its role's credentials without a token", at=tokens, cause="tokens", fix=fix
        )
    if workload.platform == "eks-node" and hops.known and hops.present and hops.number() > 1:
        fix = Fix((set_(hops, 1),), safe=False, note="pods that use the node's role need one of their own")
        yield finding(
            f"pods on {workload} reach the metadata service, and with it the node's role",
            at=hops,
            cause="hops",
            severity=LOW,
            fix=fix,
        )


def _left_open(tokens: Value) -> bool:
    value = tokens.settle()
    return isinstance(value, Unknown) and value.why == TOKENS_LEFT_OPEN
