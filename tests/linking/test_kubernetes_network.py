"""Services, ingresses and routes: where requests come in, and which pods they reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.linking import link
from fourfold.model.graph import Graph
from fourfold.model.nodes import Entry
from fourfold.model.place import Source
from fourfold.sources.kubernetes import read
from fourfold.sources.tree import Tree


def graph(*texts: str, **files: str) -> Graph:
    """The graph of manifests, each its own file."""
    named = {f"{at}.yaml": text for at, text in enumerate(texts)} | {
        f"{k.replace('__', '/')}.yaml": v for k, v in files.items()
    }
    tree = Tree(Path())
    return link(r for path, text in named.items() for r in read(Source(path, text), tree).resources)


def pod(name: str, labels: str, namespace: str = "") -> str:
    metadata = f"{{name: {name}, labels: {{{labels}}}{', namespace: ' + namespace if namespace else ''}}}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{containers: [{{name: c, image: i}}]}}\n---\n"


def service(spec: str, annotations: str = "", name: str = "web") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  annotations: {{{annotations}}}\n"
        f"spec: {{selector: {{app: web}}, {spec}}}\n---\n"
    )


AWS = "service.beta.kubernetes.io/aws-load-balancer-"


@pytest.mark.parametrize(
    ("spec", "annotations", "exposure"),
    [
        ("", "", "private"),
        ("type: ClusterIP, externalIPs: [192.0.2.1]", "", "unknown"),
        ("type: NodePort", "", "unknown"),
        ("type: LoadBalancer", "", "internet"),
        ("type: LoadBalancer", f'{AWS}internal: "true"', "private"),
        ("type: LoadBalancer", f'{AWS}internal: "false"', "internet"),
        ("type: LoadBalancer", f"{AWS}scheme: internal", "private"),
        ("type: LoadBalancer", f"{AWS}scheme: internet-facing, {AWS}type: external", "internet"),
        ("type: LoadBalancer", f"{AWS}type: external", "private"),
        ("type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb", "", "private"),
        ("type: LoadBalancer", "networking.gke.io/load-balancer-type: Internal", "private"),
        ("type: LoadBalancer, loadBalancerSourceRanges: [0.0.0.0/0]", "", "internet"),
        ("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]", "", "private"),
        ("type: LoadBalancer, loadBalancerSourceRanges: [8.8.8.8/32]", "", "unknown"),
        ("type: LoadBalancer, loadBalancerSourceRanges: [what]", "", "unknown"),
        ("type: LoadBalancer", f"{AWS}source-ranges: '10.0.0.0/8, 192.168.0.0/16'", "private"),
    ],
)
def test_exposure_of_services(spec: str, annotations: str, exposure: str) -> None:
    assert [e.exposure for e in graph(service(spec, annotations)).of(Entry)] == [exposure]


def test_selectors() -> None:
    g = graph(
        service("", "")
        + pod("right", "app: web, tier: front")
        + pod("other", "app: api")
        + pod("elsewhere", "app: web", "shop").removesuffix("---\n")
    )
    entry = g.of(Entry)[0]
    assert [w.address for w in g.out(entry, "routes_to")] == ["Pod/right"]


def test_the_nearest_folder_is_meant() -> None:
    g = graph(one__service=service(""), one__deep__pod=pod("a", "app: web"), two__pod=pod("b", "app: web"))
    assert [w.name for w in g.out(g.of(Entry)[0], "routes_to")] == ["a"]


INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, annotations: {%s}}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
  tls: [{hosts: ["*.example.org"], secretName: t}]
  rules:
    - host: a.example.org
      http: {paths: [{path: /x, pathType: Prefix, backend: {service: {name: web}}}]}
    - host: a.b.example.org
      http: {paths: [{backend: {service: {name: missing}}}]}
"""


def test_ingress() -> None:
    g = graph(service("") + pod("p", "app: web") + INGRESS % "kubernetes.io/ingress.class: gce")
    entries = [e for e in g.of(Entry) if e.kind == "ingress"]
    assert [(e.name, e.path, e.protocol.plain(), e.exposure) for e in entries] == [
        ("a.example.org/x", "/x", "HTTPS", "internet"),
        ("a.b.example.org/", "/", "HTTP", "internet"),
        ("/", "/", "HTTP", "internet"),
    ]
    assert [[w.name for w in g.out(e, "routes_to")] for e in entries] == [["p"], [], ["p"]]
    assert entries[0].authorizer.surely("NONE")


@pytest.mark.parametrize(
    ("annotations", "exposure", "protocol"),
    [
        ("alb.ingress.kubernetes.io/scheme: internet-facing", "internet", "HTTP"),
        ("kubernetes.io/ingress.class: alb", "private", "HTTP"),
        ("kubernetes.io/ingress.class: nginx", "unknown", "HTTP"),
        ("alb.ingress.kubernetes.io/certificate-arn: x", "unknown", "HTTPS"),
        ("alb.ingress.kubernetes.io/listen-ports: '[{\"HTTPS\":443}]'", "unknown", "HTTPS"),
    ],
)
def test_annotations_of_ingress_controllers(annotations: str, exposure: str, protocol: str) -> None:
    entry = graph(INGRESS % annotations).of(Entry)[1]
    assert (entry.exposure, entry.protocol.plain()) == (exposure, protocol)


ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec:
  hostnames: [shop.example.org]
  parentRefs: [{name: edge%s}]
  rules: [{matches: [{path: {value: /buy}}], backendRefs: [{name: web, port: 80}]}]
---
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec: {listeners: [{name: a, protocol: HTTPS}, {name: b, protocol: HTTP}]}
---
"""


def test_gateway_routes() -> None:
    whole = GATEWAY + service("") + pod("p", "app: web")
    for section, protocol in (("", "HTTP"), (", sectionName: a", "HTTPS")):
        g = graph(whole + ROUTE % section)
        entry = next(e for e in g.of(Entry) if e.kind == "ingress")
        assert (entry.name, entry.protocol.plain()) == ("shop.example.org/buy", protocol)
        assert [w.name for w in g.out(entry, "routes_to")] == ["p"]
    assert graph(ROUTE % "").of(Entry)[0].protocol.reason == "the gateway is not part of the scan"


def test_openshift_routes() -> None:
    route = (
        "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: r}\n"
        "spec: {host: h, to: {kind: Service, name: web}, tls: {termination: edge}}\n"
    )
    g = graph(service("") + pod("p", "app: web") + route)
    entry = next(e for e in g.of(Entry) if e.kind == "ingress")
    assert entry.protocol.plain() == "HTTPS"
    assert [w.name for w in g.out(entry, "routes_to")] == ["p"]
