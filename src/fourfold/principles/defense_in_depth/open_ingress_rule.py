from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW
from fourfold.model.graph import Graph
from fourfold.model.nodes import NetworkInterface, Rule, SecurityGroup

EVERYONE = ("0.0.0.0/0", "::/0")
WEB = {80, 443}
SENSITIVE = {
    20: "FTP", 21: "FTP", 22: "SSH", 23: "Telnet", 135: "RPC", 139: "SMB", 445: "SMB", 1433: "SQL Server",
    1434: "SQL Server", 1521: "Oracle", 2049: "NFS", 2375: "Docker", 2376: "Docker", 2379: "etcd", 2380: "etcd",
    3306: "MySQL", 3389: "RDP", 4333: "MySQL", 5432: "PostgreSQL", 5439: "Redshift", 5500: "VNC", 5601: "Kibana",
    5900: "VNC", 5984: "CouchDB", 5985: "WinRM", 5986: "WinRM", 6379: "Redis", 7001: "Cassandra", 8086: "InfluxDB",
    9042: "Cassandra", 9092: "Kafka", 9200: "Elasticsearch", 9300: "Elasticsearch", 10250: "kubelet",
    11211: "memcached", 27017: "MongoDB", 27018: "MongoDB", 50070: "Hadoop",
}  # fmt: skip
"""Ports of administration and of databases, which nobody on the internet has business with."""


@check(
    HIGH,
    code="FF3013",
    since="0.1",
    refs=["aws-fsbp:EC2.18", "aws-fsbp:EC2.19", "cis-aws:5.2", "cis-aws:5.3", "cwe:284"],
    no_fix="who has business there is not known",
)
def open_ingress_rule(rule: Rule, graph: Graph) -> Findings:
    """
    Ports of administration or data open to the internet

    Every address on the internet is scanned all the time; a port of administration or of a database that answers is
    tried within minutes.
    Name the addresses or the security group that have business there; reach instances by Session Manager, which needs no
    open port.
    Ports 80 and 443 are left alone; what else is open to all is reported as low, and so is a rule of a group that guards
    nothing with a public address: it opens nothing yet.

    ```diff
      Resources:
        Group:
          Type: AWS::EC2::SecurityGroup
          Properties:
            GroupDescription: instances
            SecurityGroupIngress:
              - IpProtocol: tcp
                FromPort: 22
                ToPort: 22
    -           CidrIp: 0.0.0.0/0
    +           CidrIp: 10.0.0.0/16
    ```
    """
    if rule.direction != "ingress" or not rule.cidr.is_(*EVERYONE):
        return
    if rule.protocol.is_("icmp", "icmpv6", "1", "58"):
        return
    ports, sensitive = _ports(rule)
    if not ports:
        return
    guarded = graph.derived(_guarded).get(id(rule), [])
    private = bool(guarded) and all(interface.public_address.is_(False) for interface in guarded)
    yield finding(
        f"{rule} lets everyone on the internet in on {ports}"
        + (", though nothing that it guards has a public address" if private else ""),
        at=rule.cidr,
        severity=HIGH if sensitive and not private else LOW,
    )


def _ports(rule: Rule) -> tuple[str, bool]:
    """Which ports are open, in words, and whether anything sensitive is among them; nothing for ports of the web."""
    if rule.protocol.is_("-1"):
        return "every port", True
    first, last = int(rule.from_port.number()), int(rule.to_port.number())
    if first < 0 or last < 0:
        return "every port", True
    if set(range(first, min(last, first + 400) + 1)) <= WEB:
        return "", False
    reached = sorted({name for port, name in SENSITIVE.items() if first <= port <= last})
    names = ", ".join(reached[:4]) + (" and more" if len(reached) > 4 else "")
    ports = f"port {first}" if first == last else f"ports {first} to {last}"
    return f"{ports} ({names})" if reached else ports, bool(reached)


def _guarded(graph: Graph) -> dict[int, list[NetworkInterface]]:
    """By rule: the interfaces that its group guards."""
    out: dict[int, list[NetworkInterface]] = {}
    for group in graph.of(SecurityGroup):
        interfaces = [node for node in graph.into(group, "guarded_by") if isinstance(node, NetworkInterface)]
        for rule in group.rules:
            out[id(rule)] = interfaces
    return out
