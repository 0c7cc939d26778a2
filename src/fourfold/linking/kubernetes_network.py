"""How requests get to pods: Services, Ingresses, routes of the Gateway API and of OpenShift.

Sources: https://kubernetes.io/docs/concepts/services-networking/service/, `ingress/`, https://gateway-api.sigs.k8s.io/,
and for the annotations https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ and
https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer.
"""

from __future__ import annotations

import ipaddress
import posixpath
from collections.abc import Iterator
from typing import Literal, TypeAlias

from fourfold.linking.draft import Draft
from fourfold.linking.kubernetes_names import Scope, in_namespace, namespace_of
from fourfold.linking.kubernetes_pod import field, merged
from fourfold.model.nodes import Entry, Workload
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Known, Ref, Value, known, unknown

Exposure: TypeAlias = Literal["internet", "private", "unknown"]

_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "networking.gke.io/load-balancer-type": ("Internal",),
    "cloud.google.com/load-balancer-type": ("Internal",),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ("true",),
    "service.beta.kubernetes.io/oci-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": ("intranet",),
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": ("private",),
    "service.beta.kubernetes.io/do-loadbalancer-network": ("INTERNAL",),
}
"""Annotations that keep the load balancer of a Service inside, and the values that do."""

_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
_ALB = "alb.ingress.kubernetes.io/"
_NGINX = "nginx.ingress.kubernetes.io/"


class Targets:
    """The workloads of a scan by the labels of their pods."""

    def __init__(self, workloads: list[tuple[Workload, Value]]) -> None:
        """`workloads` come with the metadata of their pods."""
        self._by_label: dict[tuple[str, str], list[tuple[Workload, dict[str, str]]]] = {}
        for workload, metadata in workloads:
            labels = _plain(metadata.get("labels"))
            for pair in labels.items():
                self._by_label.setdefault(pair, []).append((workload, labels))

    def selected(self, asking: Resource, selector: Value) -> list[Workload]:
        """Workloads of the same namespace and delivery whose pods have all labels of a selector.

        Where several folders hold such workloads, those of the nearest one are meant.
        """
        wanted = _plain(selector)
        if not wanted:
            return []
        # The label that the fewest pods have leaves the least to look at.
        fewest = min((self._by_label.get(pair, []) for pair in wanted.items()), key=len)
        candidates = {
            workload.resource.key: workload
            for workload, labels in fewest
            if wanted.items() <= labels.items() and workload.resource.variant == asking.variant
        }
        here = in_namespace([w.resource for w in candidates.values()], namespace_of(asking), asking)
        near = max((_shared(asking, resource) for resource in here), default=0)
        return [candidates[resource.key] for resource in here if _shared(asking, resource) == near]


def _plain(labels: Value) -> dict[str, str]:
    return {key: str(value.plain()) for _, key, value in labels.pairs()}


def _shared(a: Resource, b: Resource) -> int:
    """How many folders two files have in common."""
    common = 0
    for x, y in zip(posixpath.dirname(a.file).split("/"), posixpath.dirname(b.file).split("/"), strict=False):
        if x != y:
            break
        common += 1
    return common


def add_network(draft: Draft, scope: Scope, targets: Targets, objects: list[Resource]) -> None:
    """Entries, and the workloads they lead to."""
    for resource in objects:
        group, _, kind = resource.type.rpartition("/")
        if resource.type == "v1/Service":
            entry = _service(draft, resource)
            _lead(draft, targets, entry, [resource])
        elif kind == "Ingress" and group.partition("/")[0] in ("networking.k8s.io", "extensions"):
            for entry, backend in _ingress(draft, scope, resource):
                _lead(draft, targets, entry, [backend] if backend else [])
        elif kind.endswith("Route") and group.startswith("gateway.networking.k8s.io/"):
            for entry, backends in _gateway_route(draft, scope, resource):
                _lead(draft, targets, entry, backends)
        elif resource.type == "route.openshift.io/v1/Route":
            _lead(draft, targets, *_openshift_route(draft, scope, resource))


def _lead(draft: Draft, targets: Targets, entry: Entry, services: list[Resource]) -> None:
    for service in services:
        for workload in targets.selected(service, service.get("spec", "selector")):
            draft.connect(entry, "routes_to", workload, entry.target.span)


def _service(draft: Draft, resource: Resource) -> Entry:
    spec, annotations = resource.get("spec"), resource.get("metadata", "annotations")
    exposure, decided = _service_exposure(spec, annotations)
    certificate = annotations.get(_AWS + "ssl-cert")
    port = next((item for _, item in spec.get("ports").elements()), spec.get("ports", 0))
    return draft.add(
        Entry(
            resource=resource,
            name=resource.address.rpartition("/")[2],
            at=resource.properties,
            condition=resource.condition,
            kind="service",
            exposure=exposure,
            exposure_value=decided,
            target=spec.get("selector"),
            protocol=field(port.get("protocol"), "TCP") if certificate.absent else known("TLS", at=certificate),
            tls_policy=annotations.get(_AWS + "ssl-negotiation-policy"),
            access_log=annotations.get(_AWS + "access-log-enabled"),
        )
    )


def _service_exposure(spec: Value, annotations: Value) -> tuple[Exposure, Value]:
    kind = field(spec.get("type"), "ClusterIP")
    if kind.surely("ClusterIP") or kind.surely("ExternalName"):
        addresses = spec.get("externalIPs")
        return ("private", kind) if addresses.absent else ("unknown", addresses)
    if not kind.surely("LoadBalancer"):
        return "unknown", kind
    for name, inside in _INTERNAL.items():
        value = annotations.get(name)
        if any(value.surely(i) for i in inside):
            return "private", value
    scheme = annotations.get(_AWS + "scheme")
    if not scheme.absent:
        return _by_scheme(scheme), scheme
    # The AWS Load Balancer Controller, unlike the cloud provider in Kubernetes, keeps to itself by default.
    for value in (annotations.get(_AWS + "type"), spec.get("loadBalancerClass")):
        if any(value.surely(name) for name in ("external", "nlb-ip", "service.k8s.aws/nlb")):
            return "private", value
    ranges = merged(None, spec.get("loadBalancerSourceRanges"), annotations.get(_AWS + "source-ranges"))
    if not ranges.absent:
        return _by_ranges(ranges), ranges
    return "internet", kind


def _by_scheme(scheme: Value) -> Exposure:
    return "internet" if scheme.surely("internet-facing") else "private" if scheme.surely("internal") else "unknown"


def _by_ranges(ranges: Value) -> Exposure:
    """Open where everybody is let in, private where only private addresses are, else not to be said."""
    texts = [part.strip() for _, item in ranges.elements() for part in str(item.plain()).split(",")]
    try:
        networks = [ipaddress.ip_network(text, strict=False) for text in texts]
    except ValueError:
        return "unknown"
    if any(network.prefixlen == 0 for network in networks):
        return "internet"
    return "private" if all(network.is_private for network in networks) else "unknown"


def _ingress(draft: Draft, scope: Scope, resource: Resource) -> Iterator[tuple[Entry, Resource | None]]:
    spec, annotations = resource.get("spec"), resource.get("metadata", "annotations")
    exposure, decided = _ingress_exposure(spec, annotations)
    rules: list[tuple[str, str, Value, Value]] = []
    for _, rule in spec.get("rules").elements():
        for _, item in rule.get("http", "paths").elements():
            rules.append((_text(rule.get("host")), _text(item.get("path")) or "/", item, item.get("backend")))
    default = merged(None, spec.get("defaultBackend"), spec.get("backend"))
    if not default.absent:
        rules.append(("", "/", default, default))
    for at, (host, path, item, backend) in enumerate(rules):
        name = merged(None, backend.get("service", "name"), backend.get("serviceName"))
        service = scope.find(resource, "Service", str(name.plain())) if isinstance(name, Known) else None
        entry = Entry(
            resource=resource,
            name=f"{host}{path}",
            part=f"rule/{at + 1}",
            at=item,
            condition=resource.condition,
            kind="ingress",
            exposure=exposure,
            exposure_value=decided,
            path=path,
            target=_reference(name, service),
            authorizer=_authorizer(annotations),
            protocol=_ingress_protocol(spec, annotations, host),
            tls_policy=annotations.get(_ALB + "ssl-policy"),
            web_acl=merged(None, annotations.get(_ALB + "wafv2-acl-arn"), annotations.get(_ALB + "web-acl-id")),
            redirects=merged(
                None,
                annotations.get(_ALB + "ssl-redirect"),
                annotations.get(_NGINX + "force-ssl-redirect"),
                annotations.get(_NGINX + "ssl-redirect"),
            ),
        )
        yield draft.add(entry), service


def _text(value: Value) -> str:
    return "" if value.absent else str(value)


def _reference(name: Value, service: Resource | None) -> Value:
    return name if service is None else Ref(name.source, name.start, name.end, name.key_start, service.key)


def _authorizer(annotations: Value) -> Value:
    places = (_ALB + "auth-type", _NGINX + "auth-url", _NGINX + "auth-type", _NGINX + "auth-tls-secret")
    return merged("NONE", *(annotations.get(place) for place in places))


def _ingress_exposure(spec: Value, annotations: Value) -> tuple[Exposure, Value]:
    """Only some controllers say where their load balancer stands; of the others it stands elsewhere."""
    scheme = annotations.get(_ALB + "scheme")
    if not scheme.absent:
        return _by_scheme(scheme), scheme
    name = merged(None, spec.get("ingressClassName"), annotations.get("kubernetes.io/ingress.class"))
    if name.surely("alb"):
        return "private", name
    if name.surely("gce"):
        return "internet", name
    if name.surely("gce-internal"):
        return "private", name
    return "unknown", name


def _ingress_protocol(spec: Value, annotations: Value, host: str) -> Value:
    certificate, listen = annotations.get(_ALB + "certificate-arn"), annotations.get(_ALB + "listen-ports")
    if not certificate.absent:
        return known("HTTPS", at=certificate)
    if isinstance(listen, Known) and "HTTPS" in str(listen.value):
        return known("HTTPS", at=listen)
    for _, tls in spec.get("tls").elements():
        hosts = [str(h.plain()) for _, h in tls.get("hosts").elements()]
        if not hosts or any(_covers(pattern, host) for pattern in hosts):
            return known("HTTPS", at=tls)
    tls = spec.get("tls")
    return tls.default("HTTP") if isinstance(tls, Absent) else known("HTTP", at=tls)


def _covers(pattern: str, host: str) -> bool:
    """Whether a certificate for `pattern` serves `host`; `*` stands for one label."""
    return pattern == host or (pattern.startswith("*.") and host.partition(".")[2] == pattern[2:])


def _gateway_route(draft: Draft, scope: Scope, resource: Resource) -> Iterator[tuple[Entry, list[Resource]]]:
    spec = resource.get("spec")
    hosts = [str(host.plain()) for _, host in spec.get("hostnames").elements()]
    protocol = _gateway_protocol(scope, resource, spec.get("parentRefs"))
    for at, (_, rule) in enumerate(spec.get("rules").elements()):
        path = next((str(m.get("path", "value").plain() or "/") for _, m in rule.get("matches").elements()), "/")
        names = [item.get("name") for _, item in rule.get("backendRefs").elements()]
        spaces = [str(item.get("namespace").plain() or "") for _, item in rule.get("backendRefs").elements()]
        services = [
            scope.find(resource, "Service", str(name.plain()), space or None)
            for name, space in zip(names, spaces, strict=True)
        ]
        entry = Entry(
            resource=resource,
            name=f"{hosts[0] if hosts else ''}{path}",
            part=f"rule/{at + 1}",
            at=rule,
            condition=resource.condition,
            kind="ingress",
            exposure_value=spec.get("parentRefs"),
            path=path,
            target=_reference(names[0], services[0]) if names else rule.get("backendRefs"),
            protocol=protocol,
        )
        yield draft.add(entry), [service for service in services if service]


def _gateway_protocol(scope: Scope, resource: Resource, parents: Value) -> Value:
    """What the listeners of the route's gateway speak: `HTTPS` where all are encrypted."""
    listeners: list[Value] = []
    for _, parent in parents.elements():
        name, space = str(parent.get("name").plain()), str(parent.get("namespace").plain() or "")
        gateway = scope.find(resource, "gateway.networking.k8s.io/Gateway", name, space or None)
        section = parent.get("sectionName")
        if gateway is None:
            return unknown("the gateway is not part of the scan", at=parents)
        for _, listener in gateway.get("spec", "listeners").elements():
            if section.absent or listener.get("name").surely(section.plain()):
                listeners.append(listener.get("protocol"))
    plain = [listener for listener in listeners if not (listener.surely("HTTPS") or listener.surely("TLS"))]
    if not listeners:
        return unknown("the route names no listener of the scan", at=parents)
    return plain[0] if plain else listeners[0]


def _openshift_route(draft: Draft, scope: Scope, resource: Resource) -> tuple[Entry, list[Resource]]:
    spec = resource.get("spec")
    service = scope.find(resource, "Service", str(spec.get("to", "name").plain()))
    tls = spec.get("tls")
    path = str(spec.get("path").plain() or "/")
    entry = Entry(
        resource=resource,
        name=f"{spec.get('host').plain() or ''}{path}",
        at=resource.properties,
        condition=resource.condition,
        kind="ingress",
        exposure_value=spec.get("host"),
        path=path,
        target=_reference(spec.get("to", "name"), service),
        protocol=tls.default("HTTP") if tls.absent else known("HTTPS", at=tls),
    )
    return draft.add(entry), [service] if service else []
