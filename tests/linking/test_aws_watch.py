"""Keys, secrets, logs and detectors."""

import pytest
from linking.aws_template import PROD, graph

from fourfold.model.nodes import Container, DataStore, Detector, Function, Gateway, Key, LogSink, Secret
from fourfold.model.nodes.node import NOTHING


def test_keys() -> None:
    g = graph("""
        A: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: []}}}
        B: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
        C: {Type: AWS::KMS::Key, Properties: {KeySpec: RSA_2048}}
        D: {Type: AWS::KMS::ReplicaKey, Properties: {}}
    """)
    a, b, c, d = g.of(Key)
    assert a.rotation.surely(False)
    assert a.rotation.absent
    assert a.policy is not None
    assert b.rotation.surely(True)
    assert c.rotation is NOTHING
    assert d.rotation is NOTHING


def test_the_rotation_of_a_secret_is_folded_in() -> None:
    g = graph("""
        A: {Type: AWS::SecretsManager::Secret, Properties: {}}
        B: {Type: AWS::SecretsManager::Secret, Properties: {KmsKeyId: k}}
        C: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: hunter2}}
        OfB:
          Type: AWS::SecretsManager::RotationSchedule
          Properties: {SecretId: !Ref Attached, RotationRules: {AutomaticallyAfterDays: 30}}
        Attached: {Type: AWS::SecretsManager::SecretTargetAttachment, Properties: {SecretId: !Ref B, TargetId: t}}
        OfC:
          Type: AWS::SecretsManager::RotationSchedule
          Condition: x
          Properties: {SecretId: !Ref C, RotationRules: {AutomaticallyAfterDays: 1}}
        P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: v}}
    """)
    a, b, c, p = g.of(Secret)
    assert a.rotation.absent
    assert a.rotation is not NOTHING
    assert b.rotation.get("AutomaticallyAfterDays").surely(30)
    assert next(when for when, v in c.rotation.alternatives() if not v.absent) == PROD
    assert c.value.surely("hunter2")
    assert (p.kind, p.value.plain()) == ("parameter", "v")
    assert p.rotation is NOTHING


def test_log_groups_and_who_writes_to_them() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        G: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
        H: {Type: AWS::Lambda::Function, Properties: {LoggingConfig: {LogGroup: !Ref Own}}}
        I: {Type: AWS::Lambda::Function, Properties: {}}
        OfF: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/aws/lambda/${F}", RetentionInDays: 30}}
        OfG: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/lambda/orders}}
        Own: {Type: AWS::Logs::LogGroup, Properties: {KmsKeyId: !GetAtt K.Arn}}
        K: {Type: AWS::KMS::Key, Properties: {}}
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions: [{Name: web, LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Own}}}]
        Stage:
          Type: AWS::ApiGatewayV2::Stage
          Properties: {ApiId: !Ref Api, AccessLogSettings: {DestinationArn: !GetAtt Own.Arn}}
        Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
    """)
    sinks = {f.name: [s.name for s in g.out(f, "logs_to")] for f in g.of(Function)}  # type: ignore[union-attr]
    assert sinks == {"F": ["OfF"], "G": ["OfG"], "H": ["Own"], "I": []}
    of_f, of_g, own = g.of(LogSink)
    assert of_f.retention_days.surely(30)
    assert of_g.retention_days.absent
    assert g.out(own, "encrypted_by") == g.of(Key)
    assert g.out(g.of(Container)[0], "logs_to") == [own]
    assert g.out(g.of(Gateway)[0], "logs_to") == [own]


def test_trails_and_flow_logs() -> None:
    g = graph("""
        T: {Type: AWS::CloudTrail::Trail, Properties: {IsLogging: true, IsMultiRegionTrail: true, S3BucketName: !Ref B}}
        F: {Type: AWS::EC2::FlowLog, Properties: {ResourceId: vpc-1, ResourceType: VPC}}
        B: {Type: AWS::S3::Bucket, Properties: {}}
    """)
    trail, flow = g.of(LogSink)
    assert trail.all_regions.surely(True)
    assert trail.validation.surely(False)
    assert trail.enabled.surely(True)
    assert flow.kind == "flow-log"
    assert g.out(trail, "logs_to") == g.of(DataStore)


@pytest.mark.parametrize(
    ("resource", "kind", "enabled"),
    [
        ("AWS::GuardDuty::Detector, Properties: {Enable: true}", "guardduty", True),
        ("AWS::GuardDuty::Detector, Properties: {Enable: false}", "guardduty", False),
        ("AWS::SecurityHub::Hub", "securityhub", True),
        ("AWS::Macie::Session, Properties: {Status: PAUSED}", "macie", False),
        ("AWS::CloudWatch::Alarm, Properties: {Threshold: 1}", "alarm", True),
        ("AWS::ECR::RegistryScanningConfiguration, Properties: {ScanType: BASIC}", "image-scan", False),
    ],
)
def test_detectors(resource: str, kind: str, enabled: bool) -> None:
    (detector,) = graph(f"D: {{Type: {resource}}}").of(Detector)
    assert detector.kind == kind
    assert detector.enabled.surely(enabled)
