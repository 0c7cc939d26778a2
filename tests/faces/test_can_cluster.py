"""`fourfold can` for the roles and bindings of a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fourfold.errors import UsageError
from fourfold.faces.cli import main
from fourfold.faces.cli.can import run

MANIFEST = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: lost}
roleRef: {kind: ClusterRole, name: elsewhere}
subjects: [{kind: Group, name: ops}]
---
apiVersion: v1
kind: Pod
metadata: {name: front, namespace: shop}
spec:
  serviceAccountName: web
  containers: [{name: web, image: "x:1"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - {rolearn: "arn:aws:iam::111122223333:role/ops", groups: [system:masters]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "rbac.yaml").write_text(MANIFEST)
    return str(tmp_path)


def test_who_can(folder, capsys) -> None:
    assert main(["can", "*", "get", "secrets", folder]) == 0
    assert capsys.readouterr().out == (
        "yes      service account `shop/web` (shop/Pod/front)\n"
        "             in namespace shop\n"
        "             role shop/reader  rbac.yaml:5\n"
        "             role binding shop/b  rbac.yaml:7\n"
        "unknown  group `ops`\n"
        "             what cluster role `elsewhere` allows is not in the scan\n"
        "             in all namespaces\n"
        "             cluster role elsewhere\n"
        "             cluster role binding lost  rbac.yaml:13\n"
        "yes      AWS principal `arn:aws:iam::111122223333:role/ops`\n"
        "             in all namespaces\n"
        "             group system:masters  rbac.yaml:30\n"
        "cluster role binding `lost`: nothing known is called ClusterRole `elsewhere`\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["shop/web", "get", "secrets"], 0),
        (["system:serviceaccount:shop:web", "get", "secrets"], 0),
        (["front", "get", "secrets"], 0),
        (["shop/*", "get", "secrets"], 0),
        (["shop/web", "delete", "secrets"], 1),
        (["shop/web", "get", "secrets", "--namespace", "other"], 1),
        (["shop/web", "get", "/healthz"], 0),
        (["shop/web", "get", "/metrics"], 1),
        (["group:ops", "get", "secrets"], 3),
        (["anyone", "get", "/healthz"], 0),
        (["anyone", "get", "/api"], 1),
        (["jane", "get", "secrets"], 1),
        (["*", "delete", "nodes"], 0),
    ],
)
def test_the_exit_status(folder, arguments, status) -> None:
    assert main(["can", *arguments[:3], folder, *arguments[3:]]) == status


def test_all_that_somebody_may_do(folder, capsys) -> None:
    assert main(["can", "shop/web", "*", "*", folder]) == 0
    out = capsys.readouterr().out
    assert out.startswith("service account `shop/web`\n  get, list secrets in namespace shop\n")


def test_json(folder, capsys) -> None:
    assert main(["can", "*", "get", "secrets", folder, "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["question"] == {"who": "*", "verb": "get", "resource": "secrets"}
    first, second = made["answers"]
    assert first == {
        "subject": {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
        "verdict": "yes",
        "when": "",
        "reason": "",
        "namespace": "shop",
        "role": "role `shop/reader`",
        "binding": "role binding `shop/b`",
        "request": {"verb": "get", "apiGroup": "", "resource": "secrets", "name": "example", "namespace": "shop"},
        "used_by": ["shop/Pod/front"],
        "rule_at": {"file": "rbac.yaml", "line": 5},
        "binding_at": {"file": "rbac.yaml", "line": 7},
    }
    assert (second["verdict"], second["rule_at"]) == ("unknown", None)
    assert [one["via"] for one in made["aws"]] == ["group `system:masters`"]
    assert len(made["notes"]) == 1
    page = (Path(__file__).resolve().parents[2] / "docs/access.md").read_text()
    fields = {*made, *first, *made["aws"][0]}
    assert [name for name in sorted(fields) if f"`{name}`" not in page] == []
    assert main(["can", "shop/web", "*", "*", folder, "--format", "json"]) == 0
    (effective,) = json.loads(capsys.readouterr().out)["effective"]
    assert effective["rules"] == [
        {"namespace": "shop", "verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
    ]


def test_questions_that_cannot_be_asked(tmp_path, folder, capsys) -> None:
    with pytest.raises(UsageError, match="for questions about AWS"):
        run(["*", "get", "secrets", folder, "--why"])
    (tmp_path / "rbac.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    assert main(["can", "*", "get", "secrets", folder]) == 2
    assert "declares no RoleBinding" in capsys.readouterr().err
