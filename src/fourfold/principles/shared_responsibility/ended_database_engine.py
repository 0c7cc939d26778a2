from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import LOW, MEDIUM
from fourfold.knowledge.support import database
from fourfold.model.resource import Resource


@check(
    MEDIUM,
    code="FF1003",
    since="0.1",
    refs=["cwe:1104"],
    types=["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::GlobalCluster"],
    no_fix="a major version is more than an edit",
)
def ended_database_engine(store: Resource) -> Findings:
    """
    Database engine past its end of support

    RDS patches an engine while its makers do; after that a version gets only critical patches, for money, and after
    that none.
    Choosing a version that is patched is your part of the shared responsibility.

    ```diff
      Resources:
        Orders:
          Type: AWS::RDS::DBInstance
          Properties:
            Engine: postgres
    -       EngineVersion: "10.21"
    +       EngineVersion: "17.6"
            DBInstanceClass: db.t4g.small
            AllocatedStorage: "20"
    ```
    """
    engine, version = store.get("Engine"), store.get("EngineVersion")
    if not engine.present or not version.present:
        return
    support = database(engine.text(), version.text())
    if support is None or not support.ended:
        return
    if support.extended:
        left = f"left standard support on {support.ends}; only paid extended support is left"
    else:
        left = f"gets no patches since {support.extended_ends}"
    yield finding(
        f"database `{store}` runs {support.what}, which {left}",
        at=version,
        severity=LOW if support.extended else MEDIUM,
        evidence={
            "end of standard support": str(support.ends),
            "end of extended support": str(support.extended_ends),
            "source": support.source,
        },
    )
