"""No manifest and no kustomization raises, whatever is done to it: readers and linking give what they can."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.linking import link
from fourfold.model.place import Source
from fourfold.model.resource import Resource
from fourfold.model.value import NOWHERE, Known, Map, Seq, Unknown, Value
from fourfold.sources.kubernetes import claims, read
from fourfold.sources.kustomize import read as read_kustomization
from fourfold.sources.tree import Tree

OFTEN = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ODD = [
    "null",
    "[]",
    "{}",
    "0",
    "true",
    "[1, [2]]",
    "{a: {b: null}}",
    "~",
    "'{{ x }}'",
    '"\\u0000"',
    "&a [*a]",
    "*b",
    "- -",
]


def corpus(shared: Path) -> list[str]:
    texts = [p.read_text() for p in sorted((shared / "corpus" / "kubernetes-goat").iterdir())]
    return [text for text in texts if claims("x.yaml", text.encode())]


def mutated(data: st.DataObject, text: str) -> str:
    """The text with lines dropped, doubled, shifted, or with other values."""
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.sampled_from(["drop", "double", "indent", "value", "swap", "cut"]))
        line = lines[at]
        if how == "drop":
            lines[at] = ""
        elif how == "double":
            lines.insert(at, line)
        elif how == "indent":
            lines[at] = "  " + line if data.draw(st.booleans()) else line[2:]
        elif how == "value":
            lines[at] = line.partition(":")[0] + ": " + data.draw(st.sampled_from(ODD))
        elif how == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], line
        else:
            lines[at] = line[: data.draw(st.integers(0, len(line)))]
    return "\n".join(lines)


@OFTEN
@given(st.data())
def test_mutated_manifests(shared: Path, data: st.DataObject) -> None:
    text = mutated(data, data.draw(st.sampled_from(corpus(shared))))
    reading = read(Source("x.yaml", text), Tree(shared))
    link(reading.resources)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 70000), st.sampled_from(["", "a", "host", "web", "0.0.0.0/0", "$(X)"])
)
KEYS = st.sampled_from(
    [
        "spec", "template", "metadata", "containers", "initContainers", "env", "envFrom", "name", "value", "valueFrom", "image",
        "secretKeyRef", "securityContext", "volumes", "hostPath", "secret", "projected", "sources", "labels", "annotations",
        "selector", "ports", "rules", "http", "paths", "backend", "service", "tls", "hosts", "data", "stringData", "limits",
        "default", "type", "parentRefs", "backendRefs", "resources", "namespace", "serviceAccountName", "capabilities", "add",
    ]
)  # fmt: skip
KINDS = st.sampled_from(
    [
        "v1/Pod", "apps/v1/Deployment", "batch/v1/CronJob", "v1/Service", "v1/Secret", "v1/ConfigMap", "v1/ServiceAccount",
        "networking.k8s.io/v1/Ingress", "gateway.networking.k8s.io/v1/HTTPRoute", "gateway.networking.k8s.io/v1/Gateway",
        "v1/LimitRange", "route.openshift.io/v1/Route", "eksctl.io/v1alpha5/ClusterConfig",
    ]
)  # fmt: skip


def as_map(entries: dict[str, Value]) -> Value:
    return Map(NOWHERE, 0, 0, -1, entries)


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(
        SCALARS.map(lambda v: Known(NOWHERE, 0, 0, -1, v)),
        st.just(Unknown(NOWHERE, 0, 0, -1, "not known")),
        st.just(Unknown(NOWHERE, 0, 0, -1, "not known", maybe_absent=True)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: Seq(NOWHERE, 0, 0, -1, tuple(items))),
        st.dictionaries(KEYS, inner, max_size=4).map(as_map),
    ),
    max_leaves=25,
)
POD = st.fixed_dictionaries(
    {"containers": st.lists(VALUES, min_size=1, max_size=3).map(lambda i: Seq(NOWHERE, 0, 0, -1, tuple(i)))}
).map(as_map)


@OFTEN
@given(st.lists(st.tuples(KINDS, st.dictionaries(KEYS, VALUES, max_size=5), st.none() | POD), max_size=5))
def test_objects_of_any_shape(objects: list[tuple[str, dict[str, Value], Value | None]]) -> None:
    resources = []
    for at, (kind, entries, pod) in enumerate(objects):
        if pod is not None:
            entries["spec"] = pod if kind == "v1/Pod" else as_map({"template": as_map({"spec": pod})})
        value = as_map(entries)
        resources.append(Resource(kind, f"x/{at}", value, value.span, "kubernetes"))
    link(resources)


KUSTOMIZATION = """\
resources: [app.yaml, ../base]
components: [part]
namespace: shop
namePrefix: a-
commonLabels: {x: y}
labels:
  - pairs: {a: b}
    fields: [{path: spec/template, create: true}]
images: [{name: web, newTag: "1"}]
replicas: [{name: web, count: 3}]
configMapGenerator:
  - name: c
    literals: [a=b]
    files: [app.yaml]
    behavior: merge
secretGenerator: [{name: s, envs: [some.env]}]
patches:
  - path: patch.yaml
  - target: {kind: Deploy.*, labelSelector: "a in (b), !c"}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 4
      - {op: move, from: /spec/template, path: /spec/other/0}
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec: {template: {spec: {containers: [{name: a, $patch: delete}, {$patch: replace}]}}}
patchesJson6902:
  - target: {kind: Deployment, name: web}
    patch: '[{"op": "add", "path": "/metadata/labels/x", "value": 1}]'
replacements:
  - source: {kind: Deployment, name: web, fieldPath: "spec.template.spec.containers.[name=app].image", options: {delimiter: ":", index: 1}}
    targets: [{select: {kind: Deployment}, fieldPaths: ["metadata.annotations.x", "spec.*.spec.containers.0.name"], options: {create: true}}]
vars: [{name: V, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}]
"""
APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {a: b}}
spec:
  template:
    spec:
      serviceAccountName: r
      containers:
        - name: app
          image: web:0
          args: ["$(V)"]
      volumes: [{name: c, configMap: {name: c}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: r}
"""


@OFTEN
@given(st.data())
def test_mutated_kustomizations(tmp_path: Path, data: st.DataObject) -> None:
    files = {
        "kustomization.yaml": KUSTOMIZATION,
        "app.yaml": APP,
        "patch.yaml": APP,
        "part/kustomization.yaml": KUSTOMIZATION,
    }
    changed = data.draw(st.sampled_from(sorted(files)))
    files[changed] = mutated(data, files[changed])
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "some.env").write_text("A=1\nB\n")
    tree = Tree(tmp_path)
    source = tree.source("kustomization.yaml")
    if source is not None:
        link(read_kustomization(source, tree).resources)
    with contextlib.suppress(FileNotFoundError):
        (tmp_path / "some.env").unlink()
