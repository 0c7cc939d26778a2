"""Charts: rendered by a stand-in for `helm` that prints what it is told, so that no renderer is needed."""

from __future__ import annotations

import importlib.util
import os
import stat
from pathlib import Path

import pytest

from fourfold.fixes.lower import lower
from fourfold.fixes.text import CannotEditError
from fourfold.linking import link
from fourfold.model.edit import set_
from fourfold.model.nodes import Container, Variable
from fourfold.model.resource import Reading
from fourfold.pipeline import read as read_tree
from fourfold.sources.helm import claims, read, renderer
from fourfold.sources.tree import Tree

TEMPLATE = """\
{{- if .Values.on }}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "web.name" . }}
spec:
  containers:
    - name: app
      image: "{{ .Values.image }}:{{ .Values.tag }}"
      securityContext:
        {{- toYaml .Values.security | nindent 8 }}
      env:
        {{- range .Values.env }}
        - name: {{ .name }}
          value: {{ .value }}
        {{- end }}
      tty: true
{{- end }}
"""
RENDERED = """\
---
# Source: web/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: app
      image: "web:1"
      securityContext:
        privileged: true
      env:
        - name: A
          value: one
        - name: B
          value: two
      tty: true
---
# Source: web/charts/packed/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {random: cmFuZG9t, written: aHVudGVyMg==}
---
# Source: web/templates/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: t, annotations: {"helm.sh/hook": test-success}}
"""


def chart(folder: Path, rendered: str = RENDERED, more: dict[str, str] | None = None) -> Tree:
    files = {
        "web/Chart.yaml": "apiVersion: v2\nname: web\n",
        "web/values.yaml": "password: hunter2\n",
        "web/templates/pod.yaml": TEMPLATE,
        "web/templates/_helpers.tpl": "{{ define }}",
        "web/templates/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n",
        **(more or {}),
    }
    for path, text in files.items():
        (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / path).write_text(text)
    (folder / "output").write_text(rendered)
    return Tree(folder / "tree")


def reading(tree: Tree) -> Reading:
    source = tree.source("web/Chart.yaml")
    assert source is not None
    return read(source, tree)


def helm(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str = "") -> None:
    """Put a program called helm on the path."""
    program = folder / "bin" / "helm"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nfind "$3" | sort > {folder}/seen\n{body or f"cat {folder}/output"}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


def test_claims_by_name() -> None:
    assert claims("x/Chart.yaml", b"name: x")
    assert not claims("x/Charts.yaml", b"name: x")


def test_without_a_renderer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer.shutil, "which", lambda _: None)
    monkeypatch.setattr(renderer, "find_spec", lambda _: None)
    tree = chart(tmp_path)
    got = reading(tree)
    assert [(p.file, p.line, p.reason) for p in got.problems] == [
        ("web/Chart.yaml", 2, "chart `web` was not rendered: install helm or run `helm template` and scan its output")
    ]
    # What needs no renderer is read all the same, and nothing is said twice.
    resources, problems, _ = read_tree(tree)
    assert [r.address for r in resources] == ["ConfigMap/plain"]
    assert len(problems) == 1


def test_rendered_values_stand_in_their_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch)
    got = reading(chart(tmp_path))
    assert [r.key for r in got.resources] == ["web/Chart.yaml#Pod/web", "web/Chart.yaml#Secret/s"]
    container = link(got.resources).of(Container)[0]
    assert (container.image.plain(), container.image.span.file, container.image.span.line) == (
        "web:1",
        "web/templates/pod.yaml",
        9,
    )
    assert (container.privileged.plain(), container.privileged.span.line) == (True, 10)
    tty = container.at.get("tty")
    assert (tty.span.line, tty.source.text[tty.start : tty.end]) == (17, "true")
    assert [v.value.span.line for v in container.variables] == [15, 15]
    assert got.covers == {"web/templates/pod.yaml", "web/templates/_helpers.tpl", "web/templates/plain.yaml"}
    with pytest.raises(CannotEditError, match="template"):
        lower([set_(container.privileged, data=False)])


def test_random_content_of_secrets_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch)
    graph = link(reading(chart(tmp_path)).resources)
    entries = [v for v in graph.of(Variable) if v.position == "secret-manifest"]
    assert [(v.name, v.value.plain(), v.span.file, v.span.line) for v in entries] == [
        ("written", "hunter2", "web/Chart.yaml", 1)
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo 'Error: no such thing' >&2; exit 1", "no such thing; run `helm dependency build` and `helm template`"),
        ("exit 3", "it failed without a word"),
        ("sleep 5", "it took more than 1 s"),
        ("head -c 3000000 /dev/zero", "run `helm dependency build`"),
    ],
)
def test_a_renderer_that_fails(body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch, body)
    monkeypatch.setattr(renderer, "RENDER_S_MAX", 1)
    monkeypatch.setattr(renderer, "OUTPUT_BYTES_MAX", 100_000)
    got = reading(chart(tmp_path))
    assert got.resources == []
    assert reason in got.problems[0].reason


def test_output_that_is_no_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch)
    got = reading(chart(tmp_path, "# Source: web/templates/pod.yaml\na: [\n"))
    assert "renders to something else than manifests" in got.problems[0].reason


def test_no_link_leads_the_renderer_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch)
    tree = chart(tmp_path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("x")
    (tmp_path / "tree/web/files").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/web/one.txt").symlink_to(tmp_path / "outside/secret.txt")
    reading(tree)
    seen = (tmp_path / "seen").read_text()
    assert "templates/pod.yaml" in seen
    assert "one.txt" not in seen
    assert "secret.txt" not in seen


def test_parts_of_a_chart_are_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm(tmp_path, monkeypatch, "exit 1")
    tree = chart(
        tmp_path, more={"web/charts/inner/Chart.yaml": "name: inner\n", "lib/Chart.yaml": "name: l\ntype: library\n"}
    )
    for path in ("web/charts/inner/Chart.yaml", "lib/Chart.yaml"):
        source = tree.source(path)
        assert source is not None
        assert read(source, tree) == Reading()


@pytest.mark.skipif(importlib.util.find_spec("helm_python") is None, reason="helm-python-sdk is not installed")
def test_the_package_renders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer.shutil, "which", lambda _: None)
    template = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  a: {{ .Values.password }}\n"
    )
    head = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
    more = {"web/Chart.yaml": head, "web/templates/_helpers.tpl": "", "web/templates/pod.yaml": template}
    tree = chart(tmp_path, more=more)
    found = next(r for r in reading(tree).resources if r.address == "ConfigMap/web")
    assert str(found.get("data", "a")) == "hunter2"
