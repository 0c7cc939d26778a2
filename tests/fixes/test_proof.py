"""A proof that reads only what changed says what one says that reads everything."""

from __future__ import annotations

from pathlib import Path

import pytest

import fourfold
from fourfold.findings.finding import Finding
from fourfold.findings.report import Report
from fourfold.fixes import plan
from fourfold.fixes.proof import Proof, Written
from fourfold.fixes.prove import failure
from fourfold.fixes.text import CannotEditError
from fourfold.model.place import Span
from fourfold.sources.again import Noting, Readings
from fourfold.sources.tree import Tree


def where(span: Span) -> tuple[str, int, int]:
    return span.file, span.start, span.end


def facts(report: Report) -> dict[str, object]:
    """All that a report says, comparable between two."""
    return {
        "findings": [
            (f.id, f.code, f.severity, f.certainty, f.condition, f.title, f.address, where(f.span),
             [(where(r.span), r.note) for r in f.related])
            for f in report.findings
        ],
        "problems": report.problems,
        "unknown": [(u.check, u.address, u.reason, where(u.span)) for u in report.unknown],
        "files": report.files,
        "asked": report.asked,
        "resources": {
            key: (r.type, where(r.span), str(r.condition), r.properties.plain(), r.origin)
            for key, r in report.graph.resources.items()
        },
        "edges": [(e.source.address, e.kind, e.target.address) for e in report.graph.edges],
    }  # fmt: skip


def writable(proof: Proof, findings: list[Finding]) -> list[tuple[Finding, Written]]:
    out = []
    for f in findings:
        try:
            out.append((f, proof.write([f])))
        except CannotEditError:
            continue
    return out


def compare(root: Path, most: int = 4) -> int:
    """Each fix of a folder proved in both ways by one `Proof`, so that later ones build on what earlier ones kept."""
    report = fourfold.scan(root)
    proof = Proof(report)
    fixes = writable(proof, [f for f in report.findings if f.fix])
    chosen = fixes[:: max(1, len(fixes) // most)]
    for f, written in chosen:
        assert facts(proof.after(written)) == facts(proof.after(written, anew=True)), f.title
    return len(chosen)


@pytest.mark.parametrize("folder", ["cloudformation-templates", "kubernetes-goat", "serverless-patterns"])
def test_real_trees_are_reread_as_a_whole_would_be(shared: Path, folder: str) -> None:
    assert compare(shared / "corpus" / folder) > 3


PARENT = """\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: {Name: !GetAtt Bucket.Arn}
  Bucket:
    Type: AWS::S3::Bucket
"""
CHILD = """\
Parameters: {Name: {Type: String}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name, SqsManagedSseEnabled: false}}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: example/web:1.0
          securityContext:
            privileged: true
"""
TREES: dict[str, tuple[dict[str, str | bytes], str, tuple[str, str]]] = {
    "a nested stack": ({"parent.yaml": PARENT, "child.yaml": CHILD}, "child.yaml", ("false", "true")),
    "a base of two overlays": (
        {
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "base/web.yaml": DEPLOYMENT,
            "dev/kustomization.yaml": "resources: [../base]\nnamePrefix: dev-\n",
            "prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\n",
        },
        "base/web.yaml",
        ("privileged: true", "privileged: false"),
    ),
    "a service that another file extends": (
        {
            "compose.yaml": "services:\n  web:\n    extends: {file: common.yaml, service: base}\n    image: nginx:1.27\n",
            "common.yaml": "services:\n  base:\n    privileged: true\n    image: nginx:1.27\n",
        },
        "common.yaml",
        ("privileged: true", "privileged: false"),
    ),
    "a Dockerfile that a service builds": (
        {"compose.yaml": "services:\n  web:\n    build: .\n", "Dockerfile": "FROM alpine:3.20\nUSER root\n"},
        "Dockerfile",
        ("USER root", "USER 1000"),
    ),
    "a local module of Terraform": (
        {
            "main.tf": 'module "store" {\n  source = "./store"\n  name   = "orders"\n}\n',
            "store/main.tf": 'variable "name" {}\nresource "aws_sqs_queue" "q" {\n  name = var.name\n'
            "  sqs_managed_sse_enabled = false\n}\n",
            "other/main.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
        },
        "store/main.tf",
        ("false", "true"),
    ),
    "a file that Terraform takes into a value": (
        {
            "main.tf": 'resource "aws_iam_policy" "p" {\n  policy = file("p.json")\n}\n',
            "p.json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n',
        },
        "p.json",
        ('"Action": "*"', '"Action": "s3:GetObject"'),
    ),
    "a file that cannot be read": (
        {"parent.yaml": PARENT, "other.yaml": PARENT, "child.yaml": b"\xff" + CHILD.encode()},
        "parent.yaml",
        ("Bucket:\n", "Store:\n"),
    ),
    "a file that breaks": ({"parent.yaml": PARENT, "child.yaml": CHILD}, "child.yaml", ("Resources:", "Resources: [")),
    "a file that version control ignores": (
        {".gitignore": "child.yaml\n", "parent.yaml": PARENT, "child.yaml": CHILD},
        "child.yaml",
        ("false", "true"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TREES)
def test_what_was_read_through_a_changed_file_is_read_again(tmp_path: Path, case: str) -> None:
    files, changed, (old, new) = TREES[case]
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    checks = fourfold.pipeline.builtin_checks()
    readings = Readings(Noting(tmp_path))
    before = files[changed]
    assert isinstance(before, str)
    after = before.replace(old, new)
    assert after != before
    seen = []
    for text in (before, after, before, after + "\n", after):
        replaced = {changed: text.encode()}
        again = fourfold.pipeline.examine(readings.tree(replaced), checks, str(tmp_path), reader=readings.read)
        anew = fourfold.pipeline.examine(Tree(tmp_path, replaced), checks, str(tmp_path))
        assert facts(again) == facts(anew)
        seen.append(facts(again))
    assert seen[0] != seen[1], "the change is seen"
    assert seen[0] == seen[2]
    assert seen[1] == seen[4]


def test_only_what_depends_on_a_change_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(CHILD)
    (tmp_path / "parent.yaml").write_text(PARENT.replace("child", "a"))
    readings = Readings(Noting(tmp_path))
    read: list[str] = []

    def note(tree: Tree, path: str) -> object:
        read.append(path)
        return fourfold.sources.read_file(tree, path)

    monkeypatch.setattr("fourfold.sources.again.read_file", note)
    for text in (CHILD, CHILD.replace("false", "true")):
        tree = readings.tree({"a.yaml": text.encode()})
        list(readings.read(tree, tree.files()))
    assert read == ["a.yaml", "b.yaml", "c.yaml", "parent.yaml", "a.yaml", "parent.yaml"]


def test_a_fix_that_harms_another_file_is_found_out(tmp_path: Path) -> None:
    """Two groups of files; what one breaks is seen in the other, and only the harmless fix stays."""
    (tmp_path / "common.yaml").write_text("services:\n  base:\n    privileged: true\n    image: nginx:1.27\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    extends: {file: common.yaml, service: base}\n    cap_add: [SYS_ADMIN]\n"
    )
    report = fourfold.scan(tmp_path)
    result = plan(report, report.findings)
    assert {f.id for f in result.closes}.isdisjoint(r.finding.id for r in result.refused)
    assert not failure(report, list(result.closes))
    for refused in result.refused:
        assert failure(report, [*result.closes, refused.finding])


def test_every_look_that_contents_can_change_is_noted() -> None:
    methods = {name for name, value in vars(Tree).items() if callable(value) and not name.startswith("_")}
    assert methods - set(vars(Noting)) == {"beside", "is_folder", "listing", "replacing"}, (
        "what they say does not change"
    )
