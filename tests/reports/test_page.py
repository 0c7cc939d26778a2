"""Pages of checks and findings at the terminal."""

from pathlib import Path

from inline_snapshot import snapshot
from reports.samples import PAGES, ROOT, SECRET

import fourfold
from fourfold.reports.page import check_list, check_page, finding_page
from fourfold.reports.plain import view
from fourfold.reports.text import Style, cells

PLAIN = Style(width=80, unicode=False)


def test_the_page_of_a_check() -> None:
    assert check_page(PAGES["writable_root_filesystem"], PLAIN) == snapshot("""\
Container can write to its own root filesystem
FF3001  writable_root_filesystem
medium  Defense in depth

Code that gets to run can replace programs.

    - a: false
    + a: true

the same is asked by aws-fsbp:ECS.5, cwe:732
""")


def test_the_list_of_checks() -> None:
    assert check_list(PAGES.values(), PLAIN) == snapshot("""\
3 Defense in depth  defense_in_depth, FF3
  FF3001  medium   writable_root_filesystem  Container can write to its own r...

4 Supply chain  supply_chain, FF4
  FF4001  high     secret_in_variable        Password stands in plain text
""")


def test_the_page_of_a_finding() -> None:
    assert finding_page(ROOT, PAGES[ROOT.check], PLAIN) == snapshot("""\
medium  FF3001  writable_root_filesystem  8f027d2a29708bdf
Container `web` can write to its root filesystem.

  --> app/template.yaml:8:11  Task/container/web
 8 |   ReadonlyRootFilesystem: !If [IsProd, false, true]
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = when Env = prod

ABOUT
  Task/container/web (AWS::ECS::TaskDefinition)

HOW THE VALUE CAME TO BE
  1. condition `IsProd` app/template.yaml:2:3
     1 | Resources:
     2 |   Task:
       |   ^^^^

FIX
  app/template.yaml:7
             Image: example/web:1.4
  -          ReadonlyRootFilesystem: !If [IsProd, false, true]
  +          ReadonlyRootFilesystem: true
             Environment:
  `fourfold fix --finding 8f027d2a29708bdf` proves it, --write applies it

WHY IT MATTERS
  Code that gets to run can replace programs.

fourfold explain FF3001 shows the whole page of the check
""")


def test_evidence_of_a_finding() -> None:
    out = finding_page(SECRET, None, PLAIN)
    assert out[out.index("EVIDENCE") : out.index("ALSO LOOK AT")] == snapshot("""\
EVIDENCE
  seen by:
    - the ECS API
    - docker inspect
  name: DB_PASSWORD

""")


def test_every_line_fits() -> None:
    from fourfold.pipeline import builtin_checks
    from fourfold.reports.plain import page

    for width in (60, 80):
        style = Style(width=width)
        for check in builtin_checks():
            assert [line for line in check_page(page(check), style).splitlines() if cells(line) > width] == []
        wide = check_list(map(page, builtin_checks()), style)
        assert [line for line in wide.splitlines() if cells(line) > width] == []


def test_a_value_that_is_decided_elsewhere_says_where(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "open" {\n  type = bool\n}\nresource "aws_db_instance" "d" {\n  publicly_accessible = var.open\n}\n'
    )
    (tmp_path / "prod.auto.tfvars").write_text("open = true\n")
    result = view(fourfold.scan(tmp_path, only=["FF3014"]), texts=True)
    page = finding_page(result.items[0], None, Style(200, color=False, unicode=False))
    assert (
        "  `publicly_accessible` is `true`: from variable open (main.tf:1)"
        " <- value in prod.auto.tfvars (prod.auto.tfvars:1)\n"
    ) in page
    assert "-open = true\n  +open = false\n" in page
    (tmp_path / "main.tf").unlink()
    (tmp_path / "template.yaml").write_text(
        "Parameters:\n  Open: {Type: String, Default: true}\n"
        "Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      PubliclyAccessible: !Ref Open\n"
    )
    result = view(fourfold.scan(tmp_path, only=["FF3014"]), texts=True)
    page = finding_page(result.items[0], None, Style(200, color=False, unicode=False))
    assert "  `PubliclyAccessible` is `true`: from default of parameter `Open` (template.yaml:2)\n" in page
