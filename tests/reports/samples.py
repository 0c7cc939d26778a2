"""A small outcome of a scan, made by hand: what reports are tested on."""

from fourfold.model.place import Problem
from fourfold.reports.view import Change, Gap, Hunk, Item, Note, Page, Place, Remedy, Replacement, Score, View

TEMPLATE = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Image: example/web:1.4
          ReadonlyRootFilesystem: !If [IsProd, false, true]
          Environment:
            - Name: DB_PASSWORD
              Value: hu***
        - Name: cache
          Image: example/cache:7
""".splitlines()


def at(line: int, column: int, end_column: int, end_line: int = 0) -> Place:
    """A place in the template."""
    first = max(line - 2, 1)
    lines = tuple(TEMPLATE[first - 1 : (end_line or line) + 2])
    return Place("app/template.yaml", line, column, end_line or line, end_column, first, lines, 0, end_column - 1)


ROOT = Item(
    id="8f027d2a29708bdf",
    check="writable_root_filesystem",
    code="FF3001",
    principle="defense_in_depth",
    severity="medium",
    certainty="when",
    condition="Env = prod",
    title="container `web` can write to its root filesystem",
    address="Task/container/web",
    resource_type="AWS::ECS::TaskDefinition",
    place=at(8, 11, 60),
    provenance=(Note("condition `IsProd`", at(2, 3, 7)),),
    fix=Remedy(
        True,
        "",
        (Change("set", ("ReadonlyRootFilesystem",), True, at(8, 11, 60)),),
        (Replacement("app/template.yaml", 8, 35, 8, 60, "true"),),
        (
            Hunk(
                "app/template.yaml",
                7,
                (
                    "           Image: example/web:1.4",
                    "-          ReadonlyRootFilesystem: !If [IsProd, false, true]",
                    "+          ReadonlyRootFilesystem: true",
                    "           Environment:",
                ),
            ),
        ),
    ),
)

CACHE = Item(
    id="77027d2a29708bdf",
    check="writable_root_filesystem",
    code="FF3001",
    principle="defense_in_depth",
    severity="medium",
    certainty="proved",
    condition="",
    title="container `cache` can write to its root filesystem",
    address="Task/container/cache",
    resource_type="AWS::ECS::TaskDefinition",
    place=at(12, 11, 22),
    fix=Remedy(True, "", (Change("insert", ("ReadonlyRootFilesystem",), True, at(12, 11, 22, 13)),)),
)

SECRET = Item(
    id="1b4a7d2a29708bdf",
    check="secret_in_variable",
    code="FF4001",
    principle="supply_chain",
    severity="high",
    certainty="proved",
    condition="",
    title="container `web` keeps a password in variable `DB_PASSWORD`",
    address="Task/container/web/environment/DB_PASSWORD",
    resource_type="AWS::ECS::TaskDefinition",
    place=at(10, 15, 28, 11),
    related=(Note("the container that gets it", at(6, 11, 20)),),
    evidence={"seen by": ["the ECS API", "docker inspect"], "name": "DB_PASSWORD"},
    fix=Remedy(False, "create the secret first", (Change("rename", ("Value", "ValueFrom"), None, at(11, 15, 27)),)),
)

PAGES = {
    "writable_root_filesystem": Page(
        "writable_root_filesystem",
        "FF3001",
        "defense_in_depth",
        "medium",
        "Container can write to its own root filesystem",
        "Code that gets to run can replace programs.\n\n```diff\n- a: false\n+ a: true\n```",
        ("aws-fsbp:ECS.5", "cwe:732"),
    ),
    "secret_in_variable": Page(
        "secret_in_variable",
        "FF4001",
        "supply_chain",
        "high",
        "Password stands in plain text",
        "Everybody who can describe the task can read it.",
        ("cwe:798",),
    ),
}

SAMPLE = View(
    version="0.1.0",
    root="app",
    items=(SECRET, ROOT, CACHE),
    suppressed=(),
    problems=(Problem("app/broken.yaml", 3, "not valid YAML: did not find expected key"),),
    gaps=(
        Gap(
            "running_as_root",
            "defense_in_depth",
            "Task/container/web",
            "parameter `User` has no default",
            at(6, 11, 20),
        ),
    ),
    matrix=(),
    files=2,
    formats={"cloudformation": 1},
    resources=1,
    nodes={"Container": 2, "DataStore": 1, "Entry": 3},
    edges={"contains": 2},
    checks=3,
    questions=6,
    pages=PAGES,
    scores={
        "shared_responsibility": Score(None, 0, 0, 0, 0, None),
        "least_privilege": Score(10, 1, 1, 0, 0, None),
        "defense_in_depth": Score(2, 4, 1, 2, 1, "medium"),
        "supply_chain": Score(5, 2, 1, 1, 0, "high"),
        "incident_readiness": Score(None, 0, 0, 0, 0, None),
    },
    seconds=0.04,
)
