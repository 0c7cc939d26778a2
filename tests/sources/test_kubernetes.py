"""Manifests to resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.model.place import Source
from fourfold.model.resource import Reading
from fourfold.model.value import Text, Unknown
from fourfold.sources.kubernetes import claims, read
from fourfold.sources.tree import Tree

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"


def reading(text: str, path: str = "web.yaml", root: Path = Path()) -> Reading:
    return read(Source(path, text), Tree(root))


@pytest.mark.parametrize(
    ("path", "data", "answer"),
    [
        ("web.yaml", SERVICE, True),
        ("web.json", '{"apiVersion": "v1", "kind": "Pod"}', True),
        ("web.json", '{"a":1,"apiVersion":"v1","kind":"Pod"}', True),
        ("web.yml", "---\n{apiVersion: v1, kind: Pod}", True),
        ("web.yml", "--- {apiVersion: v1, kind: Pod}", True),
        ("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", False),
        ("x/Chart.yaml", "apiVersion: v2\nname: x\nkind: y\n", False),
        ("template.yaml", "Resources:\n  A:\n    Manifest:\n      apiVersion: v1\n      kind: Pod\n", False),
        ("docker-compose.yaml", SERVICE, False),
        ("web.txt", SERVICE, False),
        ("web.yaml", "apiVersion: v1\n", False),
    ],
)
def test_claims(path: str, data: str, answer: bool) -> None:
    assert claims(path, data.encode()) is answer


def test_documents_and_addresses() -> None:
    got = reading(f"# Source: shop/templates/web.yaml\n{SERVICE}---\n\n---\n{DEPLOYMENT}")
    assert [(r.type, r.address, r.span.line) for r in got.resources] == [
        ("v1/Service", "shop/Service/web", 2),
        ("apps/v1/Deployment", "Deployment/web", 10),
    ]
    assert got.problems == []


def test_kinds_of_one_name_are_told_apart() -> None:
    got = reading(
        f"{SERVICE}---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n"
    )
    assert [r.address for r in got.resources] == ["shop/Service/web", "shop/Service.serving.knative.dev/web"]


def test_lists_are_taken_apart() -> None:
    got = reading(
        """
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Pod, metadata: {name: a}}
  - apiVersion: v1
    kind: PodList
    items:
      - metadata: {name: b}
  - 7
"""
    )
    assert [(r.type, r.address) for r in got.resources] == [("v1/Pod", "Pod/a"), ("v1/Pod", "Pod/b")]
    assert [(p.line, p.reason) for p in got.problems] == [(10, "is not a Kubernetes object; it was left out")]


def test_a_document_without_kind_is_said() -> None:
    got = reading(f"{SERVICE}---\napiVersion: v1\nmetadata: {{name: x}}\n")
    assert len(got.resources) == 1
    assert got.problems[0].reason == "has no `kind`, so it is not a Kubernetes object; it was left out"


def test_a_document_that_is_something_else() -> None:
    assert [p.line for p in reading(f"{SERVICE}---\na: b\n").problems] == [7]
    assert reading("a: {apiVersion: v1, kind: Pod}\n").problems == []


@pytest.mark.parametrize(
    "line", ["replicas: {{ .Values.replicas }}", "{{- if .Values.on }}", "  {{- toYaml .Values.labels | nindent 2 }}"]
)
def test_template_directives_in_the_structure(line: str) -> None:
    got = reading(f"{DEPLOYMENT}{line}\nspec: {{}}\n")
    assert got.resources == []
    assert [p.line for p in got.problems] == [4]
    assert "helm template" in got.problems[0].reason


def test_template_directives_in_texts_are_holes() -> None:
    got = reading(
        'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  image: "web:{{ tag }}"\n  node: "{{ n }}"\n'
    )
    assert isinstance(got.resources[0].get("spec", "image"), Text)
    assert isinstance(got.resources[0].get("spec", "node"), Unknown)
    assert got.resources[0].get("spec", "image").startswith("web:")


def test_blocks_of_text_keep_their_braces() -> None:
    got = reading(
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t: |\n    {{ define "x" }}\n    {{ end }}\n'
    )
    assert got.resources[0].get("data", "t").text() == '{{ define "x" }}\n{{ end }}\n'
    assert got.problems == []


def test_templates_of_a_chart_are_left_to_the_chart(tmp_path: Path) -> None:
    (tmp_path / "web/templates/deep").mkdir(parents=True)
    (tmp_path / "web/Chart.yaml").write_text("name: web\n")
    text = f"{DEPLOYMENT}{{{{ x }}}}\n"
    assert reading(text, "web/templates/deep/a.yaml", tmp_path).problems == []
    assert len(reading(text, "web/other/a.yaml", tmp_path).problems) == 1
