"""Secrets by the position they stand in: variables, parameters, user data, manifests."""

from __future__ import annotations

import base64

import pytest

FUNCTION = """
Parameters:
  DbPassword: {{Type: String, NoEcho: true{default}}}
  DbUser: {{Type: String}}
Resources:
  Secret:
    Type: AWS::SecretsManager::Secret
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.14
      Handler: a.b
      Role: arn:aws:iam::123456789012:role/x
      Code: {{S3Bucket: b, S3Key: k}}
      Environment:
        Variables:
          {variable}
"""


def titles(report) -> list[str]:
    return [f.title for f in report.findings]


@pytest.mark.parametrize(
    ("variable", "plain", "handed_on"),
    [
        ("DB_PASSWORD: hunter2", 1, 0),
        ("DB_PASSWORD: !Ref DbPassword", 0, 1),
        ("CONFIG: !Ref DbPassword", 0, 1),
        ("DATABASE: !Sub 'postgres://app:${DbPassword}@db/app'", 0, 1),
        ("DB_PASSWORD: '{{resolve:secretsmanager:db:SecretString:password}}'", 0, 1),
        ("DB_USER: !Ref DbUser", 0, 0),
        ("DB_SECRET: !Ref Secret", 0, 0),
        ("DB_SECRET_ARN: !Ref Secret", 0, 0),
        ("HOOK: !Sub 'https://hooks.slack.com/services/T0/B0/abcdefghijklmnopqrstuvwx'", 1, 0),
        ("STAGE: prod", 0, 0),
    ],
)
def test_variables_of_a_function(scan, variable: str, plain: int, handed_on: int) -> None:
    template = FUNCTION.format(default="", variable=variable)
    assert len(scan(template, "plaintext_secret").findings) == plain
    assert len(scan(template, "secret_parameter_in_environment").findings) == handed_on


def test_a_secret_that_another_stack_gives_is_not_known(scan) -> None:
    report = scan(FUNCTION.format(default="", variable="DB_PASSWORD: !ImportValue db-password"), "plaintext_secret")
    assert not report.findings and [u.address for u in report.unknown] == ["F/environment/DB_PASSWORD"]


def test_the_default_of_a_parameter_is_handed_on(scan) -> None:
    template = FUNCTION.format(default=", Default: hunter2", variable="DB_PASSWORD: !Ref DbPassword")
    assert not scan(template, "plaintext_secret").findings
    (found,) = scan(template, "secret_parameter_in_environment").findings
    assert "NoEcho" in found.title and "hunter2" not in str(found)


MACHINE = """
Resources:
  M:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          export DB_USER=app
          export DB_PASSWORD=hunter2
          TOKEN=$(curl http://169.254.169.254/latest/api/token)
          echo ${AWS::Region}
"""


def test_user_data(scan) -> None:
    (found,) = scan(MACHINE, "plaintext_secret").findings
    assert "DB_PASSWORD" in found.title and "machine `M`" in found.title
    assert [s.source.text[s.start : s.end] for s in found.secrets] == ["hunter2"]
    assert found.span.line == MACHINE[: MACHINE.index("hunter2")].count("\n") + 1
    assert any("metadata service" in place for place in found.evidence["visible in"])


def test_manifests_of_kubernetes(scan) -> None:
    encoded = base64.b64encode(b"x7Gk2pQ9aa").decode()
    manifest = f"""
apiVersion: v1
kind: Secret
metadata: {{name: db}}
data: {{password: {encoded}, username: {base64.b64encode(b"administrator1").decode()}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: app}}
data:
  LOG_LEVEL: debug
  app.properties: |
    db.user=app
    db.password=hunter2
"""
    findings = scan({"k.yaml": manifest}, "plaintext_secret").findings
    assert sorted(t.split("`")[1] for t in (f.title for f in findings)) == ["db.password", "password"]
    hidden = {s.source.text[s.start : s.end] for f in findings for s in f.secrets}
    assert hidden == {encoded, "hunter2"}
