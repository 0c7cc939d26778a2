from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.linking.aws_volumes import BY_ACCOUNT
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore
from fourfold.model.value import Unknown

SWITCHES: dict[str, tuple[tuple[str, ...], object]] = {
    "AWS::RDS::DBInstance": (("StorageEncrypted",), True),
    "AWS::RDS::DBCluster": (("StorageEncrypted",), True),
    "AWS::DocDB::DBCluster": (("StorageEncrypted",), True),
    "AWS::Neptune::DBCluster": (("StorageEncrypted",), True),
    "AWS::EFS::FileSystem": (("Encrypted",), True),
    "AWS::EC2::Volume": (("Encrypted",), True),
    "AWS::ElastiCache::ReplicationGroup": (("AtRestEncryptionEnabled",), True),
    "AWS::DAX::Cluster": (("SSESpecification", "SSEEnabled"), True),
    "AWS::OpenSearchService::Domain": (("EncryptionAtRestOptions", "Enabled"), True),
    "AWS::Elasticsearch::Domain": (("EncryptionAtRestOptions", "Enabled"), True),
    "AWS::SQS::Queue": (("SqsManagedSseEnabled",), True),
    "AWS::SNS::Topic": (("KmsMasterKeyId",), "alias/aws/sns"),
}
"""Where each type is told to encrypt, and what is written there."""

_DOMAIN = "changing it on a domain that exists starts a blue/green deployment"
NOTES = {
    "AWS::SNS::Topic": (
        "services such as CloudWatch, EventBridge and S3 cannot publish by the key `alias/aws/sns`: where one does, "
        "name a key of your own whose policy allows it"
    ),
    "AWS::SQS::Queue": "what is sent from then on is encrypted",
    "AWS::OpenSearchService::Domain": _DOMAIN,
    "AWS::Elasticsearch::Domain": _DOMAIN,
}
"""What to know before a fix is deployed, where it is not that the store is replaced."""

LESS = {"topic", "stream"}
"""Kinds that keep data for a short time only."""


@check(
    MEDIUM,
    code="FF3015",
    since="0.1",
    refs=["aws-fsbp:RDS.3", "aws-fsbp:EFS.1", "aws-fsbp:ElastiCache.4", "aws-fsbp:Opensearch.1", "cwe:311"],
)
def unencrypted_store(store: DataStore) -> Findings:
    """
    Store that is not encrypted at rest

    What is written lies readable on disks, in snapshots and in backups: who gets hold of one of them, or shares a
    snapshot by mistake, has the data.
    What AWS always encrypts - S3, DynamoDB, SQS unless told otherwise - is not reported; which key is used is another
    question.
    For a volume of EC2 that says nothing, the account and the snapshot decide; the finding is possible then.

    ```diff
      Resources:
        Files:
          Type: AWS::EFS::FileSystem
          Properties:
    -       Encrypted: false
    +       Encrypted: true
    ```
    """
    encrypted = store.encrypted.settle()
    if isinstance(encrypted, Unknown) and encrypted.why == BY_ACCOUNT:
        yield finding(
            f"volume `{store.name}` may be unencrypted at rest: nothing asks for encryption",
            at=encrypted,
            severity=LOW,
            possible=BY_ACCOUNT,
        )
        return
    if not store.encrypted.is_(False):
        return
    fix = None
    if not store.part and store.resource.type in SWITCHES:
        keys, data = SWITCHES[store.resource.type]
        note = NOTES.get(store.resource.type, "what exists is replaced: move its data first")
        fix = Fix((set_(store.at.get(*keys), data),), safe=False, note=note)
    yield finding(
        f"{store.kind.replace('-', ' ')} `{store.name}` is not encrypted at rest",
        at=store.encrypted,
        severity=LOW if store.kind in LESS else MEDIUM,
        fix=fix,
    )
