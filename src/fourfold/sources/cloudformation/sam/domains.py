"""Custom domains of APIs: domain name, path mappings and DNS records.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html
and sam-property-httpapi-httpapidomainconfiguration.html
"""

from __future__ import annotations

import msgspec

from fourfold.model.resource import Resource
from fourfold.model.value import Known, Map, Ref, Value, known, sequence
from fourfold.sources.cloudformation.sam.expansion import Expansion, built, nothing, scalar

_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""Hosted zone of every CloudFront distribution, by which edge-optimized APIs are reached."""


def rest(x: Expansion, resource: Resource, domain: Value, stage: str) -> None:
    """Give the domain of a REST API."""
    if not isinstance(domain, Map):
        return
    get = domain.get
    kind = get("EndpointConfiguration")
    private, edge = scalar(kind) == "PRIVATE", scalar(kind) == "EDGE"
    certificate = "RegionalCertificateArn" if not (private or edge) else "CertificateArn"
    types = known("REGIONAL", at=domain) if nothing(kind) else kind
    endpoint: dict[str, Value] = {"Types": sequence([types], at=types)}
    if not nothing(get("IpAddressType")):
        endpoint["IpAddressType"] = get("IpAddressType")
    name = _domain(
        x,
        resource,
        domain,
        "AWS::ApiGateway::DomainNameV2" if private else "AWS::ApiGateway::DomainName",
        "ApiGatewayDomainNameV2" if private else "ApiGatewayDomainName",
        {
            "DomainName": get("DomainName"),
            certificate: get("CertificateArn"),
            "EndpointConfiguration": built(endpoint, at=domain),
            "SecurityPolicy": get("SecurityPolicy"),
            "EndpointAccessMode": get("EndpointAccessMode"),
            "MutualTlsAuthentication": get("MutualTlsAuthentication"),
            "OwnershipVerificationCertificateArn": get("OwnershipVerificationCertificateArn"),
            "Policy": get("Policy") if private else None,
        },
    )
    reference = "DomainNameArn" if private else "DomainName"
    mapped = "AWS::ApiGateway::BasePathMappingV2" if private else "AWS::ApiGateway::BasePathMapping"
    for suffix, path in _paths(domain):
        x.emit(
            mapped,
            f"{resource.address}{suffix}BasePathMapping",
            {
                "BasePath": path,
                reference: x.ref(name, at=domain),
                "RestApiId": x.ref(resource.address, at=domain),
                "Stage": x.ref(stage, at=domain),
            },
            origin=resource,
            at=domain,
        )
    association = get("AccessAssociation")
    if private and isinstance(association, Map):
        x.emit(
            "AWS::ApiGateway::DomainNameAccessAssociation",
            "DomainNameAccessAssociation",
            {
                "AccessAssociationSource": association.get("VpcEndpointId"),
                "AccessAssociationSourceType": known("VPCE", at=association),
                "DomainNameArn": x.ref(name, at=association),
            },
            origin=resource,
            at=association,
        )
    _records(x, resource, domain, name, edge=edge)


def http(x: Expansion, resource: Resource, domain: Value, stage: str, tags: Value | None) -> None:
    """Give the domain of an HTTP or WebSocket API."""
    if not isinstance(domain, Map):
        return
    get = domain.get
    kind = get("EndpointConfiguration")
    configuration = {
        "CertificateArn": get("CertificateArn"),
        "EndpointType": known("REGIONAL", at=domain) if nothing(kind) else kind,
        "SecurityPolicy": get("SecurityPolicy"),
        "OwnershipVerificationCertificateArn": get("OwnershipVerificationCertificateArn"),
        "IpAddressType": get("IpAddressType"),
    }
    written = {key: value for key, value in configuration.items() if not nothing(value)}
    name = _domain(
        x,
        resource,
        domain,
        "AWS::ApiGatewayV2::DomainName",
        "ApiGatewayDomainNameV2",
        {
            "DomainName": get("DomainName"),
            "DomainNameConfigurations": sequence([built(written, at=domain)], at=domain),
            "MutualTlsAuthentication": get("MutualTlsAuthentication"),
            "Tags": tags,
        },
    )
    for suffix, path in _paths(domain, also="-_"):
        x.emit(
            "AWS::ApiGatewayV2::ApiMapping",
            f"{resource.address}{suffix}ApiMapping",
            {
                "ApiId": x.ref(resource.address, at=domain),
                "ApiMappingKey": path,
                "DomainName": x.ref(name, at=domain),
                "Stage": x.ref(stage, at=domain),
            },
            origin=resource,
            at=domain,
        )
    _records(x, resource, domain, name, edge=False)


def _domain(
    x: Expansion, resource: Resource, domain: Map, kind: str, prefix: str, entries: dict[str, Value | None]
) -> str:
    """Give a domain name once; its logical id."""
    wanted = domain.get("DomainName").plain()
    for address, made in x.out.items():
        if made.type == kind and made.get("DomainName").plain() == wanted and made.origin.startswith("AWS::Serverless"):
            return address
    address = prefix if prefix not in x.out else f"{prefix}{resource.address}"
    x.emit(kind, address, entries, origin=resource, at=domain, style="sam:Domain")
    return address


def _paths(domain: Map, *, also: str = "") -> list[tuple[str, Value | None]]:
    """What each base path adds to logical ids, and the path; without any, one mapping for all paths."""
    listed = domain.get("BasePath")
    paths = [item for _, item in listed.elements()]
    if not paths:
        return [("", None)]
    raw = domain.get("NormalizeBasePath").surely(False)
    out: list[tuple[str, Value | None]] = []
    for item in paths:
        if not isinstance(item, Known):
            out.append(("", item))
            continue
        text = str(item.value)
        kept = "".join(c for c in text if c.isalnum())
        cleaned = "".join(c for c in text if c.isalnum() or c in also)
        out.append((kept, item if raw else msgspec.structs.replace(item, value=cleaned)))
    return out


def _records(x: Expansion, resource: Resource, domain: Map, name: str, *, edge: bool) -> None:
    """Give the records by which the domain is found; domains of one zone share a group."""
    route = domain.get("Route53")
    if not isinstance(route, Map):
        return
    get = route.get

    def attribute(key: str) -> Ref:
        return x.ref(name, key, at=route)

    dns: Value = get("DistributionDomainName") if edge else attribute("RegionalDomainName")
    if nothing(dns):
        dns = attribute("DistributionDomainName")
    zone: Value = known(_CLOUDFRONT_ZONE, at=route) if edge else attribute("RegionalHostedZoneId")
    if not nothing(get("VpcEndpointDomainName")):
        dns, zone = get("VpcEndpointDomainName"), get("VpcEndpointHostedZoneId")
    target = {"DNSName": dns, "HostedZoneId": zone, "EvaluateTargetHealth": get("EvaluateTargetHealth")}
    alias = built({key: value for key, value in target.items() if not nothing(value)}, at=route)
    kinds = ["A", "AAAA"] if get("IpV6").surely(True) else ["A"]
    records: list[Value] = []
    for kind in kinds:
        record = {"Name": domain.get("DomainName"), "Type": known(kind, at=route), "AliasTarget": alias}
        record |= {key: get(key) for key in ("Region", "SetIdentifier") if not nothing(get(key))}
        records.append(built(record, at=route))
    zone_id, zone_name = get("HostedZoneId"), get("HostedZoneName")
    wanted = (zone_id.plain(), zone_name.plain())
    separate = get("SeparateRecordSetGroup").surely(True)
    for address, made in () if separate else x.out.items():
        if made.type == "AWS::Route53::RecordSetGroup" and made.origin == resource.type:
            if (made.get("HostedZoneId").plain(), made.get("HostedZoneName").plain()) != wanted:
                continue
            properties = made.properties
            assert isinstance(properties, Map), "made here"
            held = [v for _, v in properties.get("RecordSets").elements()]
            joined = {**properties.entries_, "RecordSets": sequence([*held, *records], at=route)}
            changed = msgspec.structs.replace(properties, entries_=joined)
            x.out[address] = msgspec.structs.replace(made, properties=changed)
            return
    address = "RecordSetGroup" if "RecordSetGroup" not in x.out else f"RecordSetGroup{resource.address}"
    entries = {"HostedZoneId": zone_id, "HostedZoneName": zone_name, "RecordSets": sequence(records, at=route)}
    x.emit("AWS::Route53::RecordSetGroup", address, {**entries}, origin=resource, at=route)
