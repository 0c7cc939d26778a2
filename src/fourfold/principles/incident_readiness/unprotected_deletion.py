from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import INFO, LOW
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore

SWITCHES = {"AWS::DynamoDB::Table": "DeletionProtectionEnabled"}


@check(LOW, code="FF5010", since="0.1", refs=["aws-fsbp:RDS.7", "aws-fsbp:RDS.8", "aws-fsbp:DynamoDB.6", "cwe:693"])
def unprotected_deletion(store: DataStore) -> Findings:
    """
    Database that one call deletes

    A wrong stack, a wrong account or a stolen key deletes the database with a single call.
    With deletion protection it takes two, and the first of them shows in the log.

    ```diff
      Resources:
        Orders:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            DBInstanceClass: db.t4g.small
            AllocatedStorage: "20"
    -       DeletionProtection: false
    +       DeletionProtection: true
    ```
    """
    if not store.deletion_protection.is_(False):
        return
    table = store.kind == "table"
    if table and store.resource.attributes.get("DeletionPolicy").is_("Retain", "RetainExceptOnCreate"):
        return
    own = store.at.get(SWITCHES.get(store.resource.type, "DeletionProtection"))
    yield finding(
        f"{store.kind} `{store.name}` can be deleted by one call",
        at=store.deletion_protection,
        severity=INFO if table else LOW,
        fix=Fix((set_(own, data=True),), safe=False, note="deleting the stack stops until it is switched off again"),
    )
