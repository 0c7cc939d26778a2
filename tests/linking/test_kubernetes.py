"""Kubernetes objects to nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Variable, Volume, Workload
from fourfold.model.place import Source
from fourfold.sources.kubernetes import read
from fourfold.sources.tree import Tree


def graph(*texts: str) -> Graph:
    """The graph of manifests, each its own file."""
    tree = Tree(Path())
    return link(r for at, text in enumerate(texts) for r in read(Source(f"{at}.yaml", text), tree).resources)


POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: true
  volumes:
    - {name: host, hostPath: {path: /var/run}}
    - {name: tmp, emptyDir: {}}
  securityContext:
    runAsUser: 1000
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: app
      image: example/app:1
      env:
        - {name: MODE, value: fast}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: t, key: t}}}
      securityContext:
        runAsUser: 0
        seccompProfile: {type: Unconfined}
    - name: other
      securityContext: {runAsNonRoot: null, readOnlyRootFilesystem: true}
  initContainers:
    - name: first
    - {name: proxy, restartPolicy: Always}
"""


def test_a_pod() -> None:
    g = graph(POD)
    workload = g.of(Workload)[0]
    assert (workload.kind, workload.platform) == ("Pod", "eks-node")
    assert workload.host_network.surely(True)
    assert workload.network_mode.surely("host")
    assert workload.host_pid.surely(False)
    assert workload.automount_token.surely(True)
    assert workload.role.surely("default")
    assert [(c.name, c.role) for c in workload.containers] == [
        ("app", "main"),
        ("other", "main"),
        ("first", "init"),
        ("proxy", "sidecar"),
    ]
    assert [(v.name, v.host_path.plain()) for v in g.of(Volume)] == [("host", "/var/run"), ("tmp", None)]
    assert [(v.name, v.value.plain(), v.owner) for v in g.of(Variable)] == [("MODE", "fast", "container `app`")]
    assert g.out(workload, "contains") == list(workload.containers)


def test_the_container_wins_field_by_field() -> None:
    app, other = graph(POD).of(Container)[:2]
    assert (app.user.plain(), app.non_root.plain(), app.seccomp.plain()) == (0, True, "Unconfined")
    assert app.non_root.span.line == 12
    assert (other.user.plain(), other.non_root.plain(), other.seccomp.plain()) == (1000, True, "RuntimeDefault")
    assert other.read_only_root.surely(True)
    assert app.read_only_root.surely(False)
    assert app.privilege_escalation.surely(True)
    assert app.apparmor.surely("RuntimeDefault")


TEMPLATE = "spec: {serviceAccountName: runner, containers: [{name: app, image: a}]}"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("apps/v1 Deployment", "spec: {template: {%s}}"),
        ("apps/v1 StatefulSet", "spec: {template: {%s}}"),
        ("apps/v1 DaemonSet", "spec: {template: {%s}}"),
        ("apps/v1 ReplicaSet", "spec: {template: {%s}}"),
        ("v1 ReplicationController", "spec: {template: {%s}}"),
        ("batch/v1 Job", "spec: {template: {%s}}"),
        ("batch/v1 CronJob", "spec: {jobTemplate: {spec: {template: {%s}}}}"),
        ("v1 PodTemplate", "template: {%s}"),
        ("argoproj.io/v1alpha1 Rollout", "spec: {template: {%s}}"),
        ("serving.knative.dev/v1 Service", "spec: {template: {%s}}"),
        ("keda.sh/v1alpha1 ScaledJob", "spec: {jobTargetRef: {template: {%s}}}"),
    ],
)
def test_every_kind_with_a_pod_template(kind: str, body: str) -> None:
    version, _, name = kind.partition(" ")
    g = graph(f"apiVersion: {version}\nkind: {name}\nmetadata: {{name: x}}\n{body % TEMPLATE}\n")
    assert [(w.kind, w.name, w.role.plain()) for w in g.of(Workload)] == [(name, "x", "runner")]
    assert [c.name for c in g.of(Container)] == ["app"]
