"""Previews of Pulumi programs in the one vocabulary."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fourfold
from fourfold.model.value import Unknown
from fourfold.sources.pulumi import SECRET, UNKNOWN


def step(kind: str, name: str, inputs: Any, op: str = "create") -> dict[str, Any]:
    urn = f"urn:pulumi:dev::shop::{kind}::{name}"
    return {"op": op, "urn": urn, "newState": {"urn": urn, "custom": True, "type": kind, "inputs": inputs}}


STEPS = [
    step("pulumi:pulumi:Stack", "shop-dev", {}),
    step("aws:rds/instance:Instance", "db", {"engine": "mysql", "publiclyAccessible": True, "__defaults": [],
                                             "password": {SECRET: "1b47061264138c4ac30d75fd1eb44270", "value": UNKNOWN}}),
    step("aws:ec2/securityGroup:SecurityGroup", "web", {"vpcId": UNKNOWN, "ingress": [
        {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"], "self": False}]}),
    step("aws-native:s3:Bucket", "logs", {"bucketName": "logs", "versioningConfiguration": {"status": "Enabled"}}),
    step("kubernetes:core/v1:Pod", "web", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {
        "containers": [{"name": "web", "image": "python:3.13", "securityContext": {"privileged": True}}]}}),
    step("aws:s3/bucket:Bucket", "old", {}, "delete"),
    step("azure:storage/account:Account", "x", {}),
]  # fmt: skip


def scanned(root: Path, steps: Any) -> fourfold.Report:
    (root / "preview.json").write_text(json.dumps({"steps": steps, "changeSummary": {"create": 4}}, indent=2))
    return fourfold.scan(root)


def test_resources_of_three_packages(tmp_path: Path) -> None:
    report = scanned(tmp_path, STEPS)
    found = {r.address: r for r in report.graph.resources.values()}
    assert {a: r.type for a, r in found.items()} == {
        "Instance/db": "AWS::RDS::DBInstance",
        "SecurityGroup/web": "AWS::EC2::SecurityGroup",
        "Bucket/logs": "AWS::S3::Bucket",
        "web": "v1/Pod",
    }
    assert isinstance(found["Instance/db"].get("MasterUserPassword"), Unknown)
    assert found["Bucket/logs"].get("VersioningConfiguration", "Status").plain() == "Enabled"
    checks = {f.check for f in report.findings}
    assert {"public_database", "open_ingress_rule", "privileged_container"} <= checks
    assert "bucket_without_versioning" not in checks
    assert [p.reason for p in report.problems] == [
        "resources of type `azure:storage/account:Account` are not translated; they are not judged"
    ]


def test_parts_of_a_resource_find_it_by_its_dependency(tmp_path: Path) -> None:
    bucket = step("aws:s3/bucketV2:BucketV2", "site", {"bucketPrefix": "site"})
    block = step("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "site", {
        "bucket": UNKNOWN, "blockPublicAcls": False, "blockPublicPolicy": False})  # fmt: skip
    block["newState"]["propertyDependencies"] = {"bucket": [bucket["urn"]]}
    encryption = step(
        "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "site",
        {"bucket": UNKNOWN, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]},
    )  # fmt: skip
    encryption["newState"]["propertyDependencies"] = {"bucket": [bucket["urn"]]}
    report = scanned(tmp_path, [bucket, block, encryption])
    (found,) = report.graph.resources.values()
    assert not report.problems
    assert found.get("PublicAccessBlockConfiguration").plain() == {"BlockPublicAcls": False, "BlockPublicPolicy": False}
    rules = found.get("BucketEncryption", "ServerSideEncryptionConfiguration")
    assert rules.plain() == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]


def test_repeated_blocks_are_called_in_the_plural(tmp_path: Path) -> None:
    balancer = step("aws:lb/loadBalancer:LoadBalancer", "web", {"internal": False})
    listener = step("aws:lb/listener:Listener", "http", {
        "loadBalancerArn": UNKNOWN, "port": 80, "protocol": "HTTP",
        "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}]})  # fmt: skip
    listener["newState"]["propertyDependencies"] = {"loadBalancerArn": [balancer["urn"]]}
    report = scanned(tmp_path, [balancer, listener])
    found = next(r for r in report.graph.resources.values() if r.address == "Listener/http")
    assert found.get("DefaultActions").plain() == [
        {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    ]
    assert found.get("LoadBalancerArn").plain() == "LoadBalancer/web"
    assert "listener_without_tls" not in {f.check for f in report.findings}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_input_raises(tmp_path: Path, data: st.DataObject) -> None:
    text = json.dumps({"steps": STEPS})
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    piece = data.draw(st.sampled_from(["", "null", "[]", "{}", '"', "5", "true"]))
    (tmp_path / "preview.json").write_text(text[:start] + piece + text[end:])
    fourfold.scan(tmp_path)
