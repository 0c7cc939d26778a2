"""Kustomizations to the objects they stand for."""

from __future__ import annotations

import base64
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fourfold.linking import link
from fourfold.model.nodes import Container, Variable, Workload
from fourfold.model.resource import Reading
from fourfold.model.value import Unknown, Value
from fourfold.pipeline import read as read_tree
from fourfold.sources.kustomize import claims, read
from fourfold.sources.kustomize.values import TEXT_MAX
from fourfold.sources.tree import Tree


def _cases() -> Any:
    spec = importlib.util.spec_from_file_location("cases", Path(__file__).with_name("cases.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = _cases()
CASES: dict[str, dict[str, str]] = cases.CASES
BASE: dict[str, str] = cases.BASE


def write(folder: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Tree(folder)


def build(folder: Path, files: dict[str, str], path: str = "overlay/kustomization.yaml") -> Reading:
    tree = write(folder, files)
    source = tree.source(path)
    assert source is not None
    return read(source, tree)


def place(value: Value) -> tuple[str, int]:
    return value.span.file, value.span.line


def normal(data: Any) -> Any:
    """Secrets as `stringData`, as the reader gives them."""
    if data.get("kind") == "Secret" and "data" in data:
        data = {**data, "stringData": {k: base64.b64decode(v).decode() for k, v in data["data"].items()}}
        del data["data"]
    return data


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("name", CASES)
def test_the_same_as_kubectl(name: str, tmp_path: Path) -> None:
    reading = build(tmp_path, CASES[name])
    done = subprocess.run(
        ["kubectl", "kustomize", str(tmp_path / "overlay")], capture_output=True, text=True, timeout=60, check=True
    )
    expected = {str(o["kind"]) + o["metadata"]["name"]: normal(o) for o in yaml.safe_load_all(done.stdout)}
    assert {
        str(r.get("kind")) + str(r.get("metadata", "name")): r.properties.plain() for r in reading.resources
    } == expected
    assert reading.problems == []


def test_claims_by_name() -> None:
    assert claims("a/kustomization.yaml", b"")
    assert claims("Kustomization", b"")
    assert not claims("a/kustomize.yaml", b"kind: Kustomization")


def test_values_stand_where_they_are_decided(tmp_path: Path) -> None:
    reading = build(tmp_path, CASES["strategic merge from a file"])
    deployment = next(r for r in reading.resources if r.type == "apps/v1/Deployment")
    assert deployment.key == "overlay/kustomization.yaml#Deployment/web"
    assert deployment.file == "base/app.yaml"
    assert place(deployment.get("spec", "replicas")) == ("overlay/patch.yaml", 5)
    app = next(
        c for _, c in deployment.get("spec", "template", "spec", "containers").elements() if str(c.get("name")) == "app"
    )
    assert place(app.get("image")) == ("base/app.yaml", 15)
    assert place(app.get("securityContext", "readOnlyRootFilesystem")) == ("overlay/patch.yaml", 20)
    assert app.get("securityContext", "privileged").absent
    assert reading.covers == {"base/kustomization.yaml", "base/app.yaml", "base/service.yaml", "overlay/patch.yaml"}


def test_inline_patches_have_their_own_lines(tmp_path: Path) -> None:
    reading = build(tmp_path, CASES["inline patches with targets"])
    deployment = next(r for r in reading.resources if r.type == "apps/v1/Deployment")
    assert place(deployment.get("spec", "template", "spec", "hostNetwork")) == ("overlay/kustomization.yaml", 12)
    replicas = deployment.get("spec", "replicas")
    assert place(replicas) == ("overlay/kustomization.yaml", 17)
    assert replicas.source.text[replicas.start : replicas.end] == "5"


def test_literals_images_and_labels_have_their_places(tmp_path: Path) -> None:
    reading = build(tmp_path, CASES["names, namespace, labels and annotations"])
    graph = link(reading.resources)
    token = next(v for v in graph.of(Variable) if v.name == "t")
    assert (token.value.plain(), token.position, place(token.value)) == (
        "hunter2",
        "secret-manifest",
        ("overlay/kustomization.yaml", 18),
    )
    assert token.value.source.text[token.value.start : token.value.end] == "hunter2"
    settings = next(r for r in reading.resources if r.type == "v1/ConfigMap")
    assert place(settings.get("data", "K")) == ("overlay/some.env", 2)
    assert place(settings.get("data", "notes.txt")) == ("overlay/notes.txt", 1)
    assert graph.of(Workload)[0].resource.address == "shop/Deployment/pre-web-post"
    images = build(tmp_path, CASES["images and replicas"])
    found = link(images.resources).of(Container)[0].image
    assert (found.plain(), place(found)) == ("example.org/shop/web:2.0", ("overlay/kustomization.yaml", 3))


def test_bases_do_not_stand_for_themselves(tmp_path: Path) -> None:
    files = CASES["strategic merge from a file"] | {
        "other/kustomization.yaml": "resources: [../base]\nnamespace: other\n",
    }
    resources, problems, _ = read_tree(write(tmp_path, files))
    assert sorted(r.key for r in resources if r.type == "apps/v1/Deployment") == [
        "other/kustomization.yaml#other/Deployment/web",
        "overlay/kustomization.yaml#Deployment/web",
    ]
    assert problems == []


def reasons(folder: Path, text: str, more: dict[str, str] | None = None) -> list[tuple[int, str]]:
    reading = build(folder, {**BASE, "overlay/kustomization.yaml": text, **(more or {})})
    return [(problem.line, problem.reason) for problem in reading.problems]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("resources: [missing.yaml]\n", 1, "`overlay/missing.yaml` does not exist"),
        ("resources:\n- ../../up\n", 2, "`../up` lies outside of the scanned folder; scan the folder that holds both"),
        ("resources: [.]\n", 1, "`overlay` is built from itself; it was left out"),
        ("resources: [../empty]\n", 1, "`empty` holds no kustomization; it was left out"),
        (
            "resources: ['github.com/org/repo//base?ref=v1']\n",
            1,
            "remote base `github.com/org/repo//base?ref=v1` was not fetched; what it declares is not part of the scan",
        ),
        (
            "resources: [../base]\npatches:\n- path: ../patch.yaml\n",
            1,
            "a patch is for Deployment `other`, which is not part of the kustomization",
        ),
        (
            "resources: [../base]\npatches:\n- patch: '- {op: remove, path: /spec/x}'\n  target: {kind: Service}\n",
            3,
            "`x` in the path of a patch is not there; the patch was left out",
        ),
        (
            "resources: [../base]\ntransformers: [t.yaml]\n",
            2,
            "an entry of `transformers` was not run; run `kustomize build` and scan its output",
        ),
        (
            "helmCharts: [{name: nginx}]\n",
            1,
            "chart `nginx` was not rendered; run `kustomize build --enable-helm` and scan its output",
        ),
    ],
)
def test_what_was_not_seen_is_said(text: str, line: int, reason: str, tmp_path: Path) -> None:
    more = {
        "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\n",
        "empty/readme.txt": "",
    }
    assert reasons(tmp_path, text, more) == [(line, reason)]


def test_a_patch_of_something_remote_is_no_mistake(tmp_path: Path) -> None:
    found = reasons(
        tmp_path,
        "resources: ['https://example.org/x.yaml']\npatches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: y}}'}]\n",
    )
    assert [line for line, _ in found] == [1]


def test_cycles_end(tmp_path: Path) -> None:
    files = {
        "a/kustomization.yaml": "resources: [../b]\n",
        "b/kustomization.yaml": "resources: [../a, c.yaml]\n",
        "b/c.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
    }
    reading = build(tmp_path, files, "a/kustomization.yaml")
    assert [r.address for r in reading.resources] == ["Pod/p"]
    assert [p.reason for p in reading.problems] == ["`a` is built from itself; it was left out"]


def test_wide_diamonds_end(tmp_path: Path) -> None:
    files = {f"d{n}/kustomization.yaml": f"resources: [../d{n + 1}, ../d{n + 1}/../d{n + 1}]\n" for n in range(25)}
    files["d25/kustomization.yaml"] = "resources: []\n"
    reading = build(tmp_path, files, "d0/kustomization.yaml")
    assert any("1000 in all" in problem.reason for problem in reading.problems)


def test_a_component_that_nobody_uses_patches_nothing(tmp_path: Path) -> None:
    reading = build(tmp_path, CASES["a component"], "feature/kustomization.yaml")
    assert [r.address for r in reading.resources] == ["ConfigMap/extra"]
    assert reading.problems == []


APP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: ab, b: x}\n"
COPIES = "resources: [app.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n" + 60 * (
    "    - {op: copy, from: /data, path: /data/a}\n    - {op: copy, from: /data, path: /data/b}\n"
)
OBJECTS = "resources: [app.yaml]\nreplacements:\n" + 60 * (
    "- source: {kind: ConfigMap, fieldPath: data}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a, data.b]}]\n"
)
TEXTS = "resources: [app.yaml]\nreplacements:\n" + 60 * (
    "- source: {kind: ConfigMap, fieldPath: data.a}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.b], options: {delimiter: '-', index: 99}}]\n"
    "- source: {kind: ConfigMap, fieldPath: data.b}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '-', index: 99}}]\n"
)


@pytest.mark.parametrize("text", [COPIES, OBJECTS, TEXTS], ids=["copies", "objects", "texts"])
def test_what_doubles_itself_ends(text: str, tmp_path: Path) -> None:
    reading = build(tmp_path, {"app.yaml": APP, "kustomization.yaml": text}, "kustomization.yaml")
    assert link(reading.resources)
    data = reading.resources[0].get("data")
    assert reading.problems or isinstance(data.get("a"), Unknown) or len(str(data.get("a"))) <= TEXT_MAX
