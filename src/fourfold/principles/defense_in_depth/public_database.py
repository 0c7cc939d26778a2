from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import HIGH, MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import DataStore

KEEPS_NOTHING_SECRET = {"registry"}


@check(
    HIGH,
    code="FF3014",
    since="0.1",
    refs=["aws-fsbp:RDS.2", "aws-fsbp:Redshift.1", "aws-fsbp:DMS.1", "aws-fsbp:Opensearch.2", "cwe:284"],
)
def public_database(store: DataStore) -> Findings:
    """
    Database with a public address

    Its security group alone then stands between the data and the internet, and its password behind that.
    Put it into private subnets, and reach it from inside the network.

    ```diff
      Resources:
        Orders:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
            DBInstanceClass: db.t4g.small
            AllocatedStorage: "20"
            DBSubnetGroupName: private
    -       PubliclyAccessible: true
    +       PubliclyAccessible: false
    ```
    """
    if store.kind in KEEPS_NOTHING_SECRET or not store.publicly_accessible.is_(True):
        return
    own = store.at.get("PubliclyAccessible")
    asked = own.present
    how = "has a public endpoint" if store.kind == "search" else "gets a public address"
    note = "what reaches it from outside the network needs another way"
    yield finding(
        f"{store.kind.replace('-', ' ')} `{store.name}` {how}"
        + ("" if asked or store.kind == "search" else " by default"),
        at=store.publicly_accessible,
        severity=HIGH if asked else MEDIUM,
        fix=Fix((set_(own, data=False),), safe=False, note=note) if asked else None,
    )
