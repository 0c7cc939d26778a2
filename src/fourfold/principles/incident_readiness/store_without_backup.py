from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore

KINDS = {"database", "cluster", "warehouse", "table", "file-system"}
SWITCHES: dict[str, tuple[tuple[str, ...], object]] = {
    "AWS::DynamoDB::Table": (("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), True),
    "AWS::Cassandra::Table": (("PointInTimeRecoveryEnabled",), True),
    "AWS::RDS::DBInstance": (("BackupRetentionPeriod",), 7),
    "AWS::RDS::DBCluster": (("BackupRetentionPeriod",), 7),
    "AWS::EFS::FileSystem": (("BackupPolicy", "Status"), "ENABLED"),
}


@check(
    LOW,
    code="FF5004",
    since="0.1",
    refs=["aws-fsbp:DynamoDB.2", "aws-fsbp:RDS.11", "aws-fsbp:EFS.2", "cwe:693"],
)
def store_without_backup(store: DataStore) -> Findings:
    """
    Store without backups

    After a deletion, by mistake or for ransom, there is nothing to go back to.
    Point-in-time recovery restores a table as it was at any second of the last 35 days; automatic backups do for a
    database.
    A plan of AWS Backup does it, too; one that is not part of what was read is not seen.

    ```diff
      Resources:
        Orders:
          Type: AWS::DynamoDB::Table
          Properties:
            BillingMode: PAY_PER_REQUEST
            AttributeDefinitions:
              - AttributeName: id
                AttributeType: S
            KeySchema:
              - AttributeName: id
                KeyType: HASH
            PointInTimeRecoverySpecification:
    -         PointInTimeRecoveryEnabled: false
    +         PointInTimeRecoveryEnabled: true
    ```
    """
    if store.kind not in KINDS or not store.backup.is_(False, 0):
        return
    fix = None
    if store.resource.type in SWITCHES:
        keys, data = SWITCHES[store.resource.type]
        interrupts = store.resource.type == "AWS::RDS::DBInstance"
        note = "backups are paid for by size" + ("; an instance that exists is interrupted once" if interrupts else "")
        fix = Fix((set_(store.at.get(*keys), data),), safe=not interrupts, note=note)
    yield finding(
        f"{store.kind.replace('-', ' ')} `{store.name}` has no backups",
        at=store.backup,
        severity=LOW if store.kind in {"table", "file-system"} else MEDIUM,
        fix=fix,
    )
