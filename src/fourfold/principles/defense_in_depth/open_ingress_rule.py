from fourfold.findings.check import Findings, check
from fourfold.findings.finding import finding
from fourfold.findings.severity import HIGH, LOW
from fourfold.model.nodes import Rule

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
def open_ingress_rule(rule: Rule) -> Findings:
    """
    Ports of administration or data open to the internet

    Every address on the internet is scanned all the time; a port of administration or of a database that answers is
    tried within minutes.
    Name the addresses or the security group that have business there; reach instances by Session Manager, which needs no
    open port.
    Ports 80 and 443 are left alone; what else is open to all is reported as low.

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
    if rule.protocol.is_("-1"):
        yield finding(f"{rule} lets everyone on the internet in, on every port", at=rule.cidr)
        return
    first, last = int(rule.from_port.number()), int(rule.to_port.number())
    if first < 0 or last < 0:
        first, last = 0, 65535
    reached = sorted({name for port, name in SENSITIVE.items() if first <= port <= last})
    ports = f"port {first}" if first == last else f"ports {first} to {last}"
    if reached:
        names = ", ".join(reached[:4]) + (" and more" if len(reached) > 4 else "")
        yield finding(f"{rule} lets everyone on the internet in on {ports} ({names})", at=rule.cidr)
    elif not set(range(first, last + 1)) <= WEB:
        yield finding(f"{rule} lets everyone on the internet in on {ports}", at=rule.cidr, severity=LOW)
