"""Estates of templates, and who can do what in them."""

from pathlib import Path

from fourfold.engines.iam import spec
from fourfold.engines.iam.estate import layers
from fourfold.engines.iam.request import request
from tests.engines.iam.estates import target, template, who

ROLE = """
  {name}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]
      Policies:
      - PolicyName: p
        PolicyDocument:
          Version: "2012-10-17"
          Statement: {statement}
"""
BUCKET = """
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}
"""
KEY = """
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
        - {Effect: Allow, Principal: {AWS: %s}, Action: kms:*, Resource: "*"}
"""
OWN_ROOT = '!Sub "arn:aws:iam::${AWS::AccountId}:root"'


def role(name: str, statement: str) -> str:
    return ROLE.format(name=name, statement=statement)


def test_a_reference_is_the_resource_it_leads_to(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        """
  Orders: {Type: AWS::DynamoDB::Table}
  Users: {Type: AWS::DynamoDB::Table}
"""
        + role("Reader", "{Effect: Allow, Action: 'dynamodb:Get*', Resource: !GetAtt Orders.Arn}"),
    )
    assert who(found, "dynamodb:GetItem", "Orders") == {"Reader": "proved"}
    assert who(found, "dynamodb:GetItem", "Users") == {}
    assert who(found, "dynamodb:PutItem", "Orders") == {}
    arn = "arn:aws:dynamodb:<region>:000000000000:table/<stack>-Orders-<id of Orders>"
    assert target(found, "Orders").arn == arn


def test_a_name_that_is_made_up_is_matched_as_far_as_it_is_known(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        "  Orders: {Type: AWS::DynamoDB::Table}\n"
        + role("All", "{Effect: Allow, Action: 'dynamodb:GetItem', Resource: 'arn:aws:dynamodb:*:*:table/*'}")
        + role("Stack", "{Effect: Allow, Action: 'dynamodb:GetItem', Resource: "
               "!Sub 'arn:aws:dynamodb:*:*:table/${AWS::StackName}-*'}")
        + role("Shop", "{Effect: Allow, Action: 'dynamodb:GetItem', Resource: 'arn:aws:dynamodb:*:*:table/shop-*'}")
        + role("Other", "{Effect: Allow, Action: 'dynamodb:GetItem', Resource: "
               "!Sub 'arn:aws:dynamodb:*:*:table/${AWS::StackName}-Users-*'}")
        + role("Region", "{Effect: Allow, Action: 'dynamodb:GetItem', Resource: 'arn:aws:dynamodb:eu-west-1:*:table/*'}"),
    )  # fmt: skip
    answers = who(found, "dynamodb:GetItem", "Orders")
    assert answers.pop("Shop").startswith("unknown whether `arn:aws:dynamodb:*:*:table/shop-*` matches")
    assert answers == {"All": "proved", "Stack": "proved", "Region": "when AWS::Region = eu-west-1"}


def test_conditions_of_the_template_stay(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        BUCKET
        + role("A", "[!If [IsProd, {Effect: Allow, Action: s3:GetObject, Resource: '*'}, !Ref AWS::NoValue]]")
        + role("B", "[{Effect: Allow, Action: s3:GetObject, Resource: !If [IsProd, 'arn:aws:s3:::data/*', "
               "'arn:aws:s3:::other/*']}]")
        + role("C", "[{Effect: Allow, Action: s3:GetObject, Resource: !Sub 'arn:aws:s3:::${OrgId}/*'}]"),
    )  # fmt: skip
    assert who(found, "s3:GetObject", "Data") == {
        "A": "when Env = prod",
        "B": "when Env = prod",
        "C": "unknown whether `arn:aws:s3:::<OrgId>/*` matches `arn:aws:s3:::data/any` is known only once it is deployed",
    }


def test_a_bucket_policy_lets_in_others(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        BUCKET
        + role("Nobody", "{Effect: Allow, Action: sqs:*, Resource: '*'}")
        + """
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Statement:
        - {Effect: Allow, Principal: {AWS: "111122223333"}, Action: s3:GetObject, Resource: "arn:aws:s3:::data/*"}
        - Effect: Allow
          Principal: "*"
          Action: s3:GetObject
          Resource: arn:aws:s3:::data/public/*
          Condition: {StringEquals: {aws:PrincipalOrgID: !Ref OrgId}}
        - Effect: Deny
          Principal: "*"
          Action: s3:*
          Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
          Condition: {Bool: {aws:SecureTransport: false}}
""",
    )
    answers = who(found, "s3:GetObject", "Data")
    assert answers == {
        "account 111122223333": "possible aws:securetransport=true",
        "any AWS account": "possible aws:principalorgid=<OrgId> aws:securetransport=true",
        "Nobody": "possible aws:principalorgid=<OrgId> aws:securetransport=true",
    }


def test_a_key_policy_must_delegate(tmp_path: Path) -> None:
    user = role("User", "{Effect: Allow, Action: kms:Decrypt, Resource: '*'}")
    assert who(template(tmp_path, KEY % OWN_ROOT + user), "kms:Decrypt", "Key") == {"User": "proved"}
    assert who(template(tmp_path, KEY % "!GetAtt Boss.Arn" + user + role("Boss", "[]")), "kms:Decrypt", "Key") == {
        "Boss": "proved"
    }


def test_boundaries_and_groups(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        BUCKET
        + """
  Limit:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
  Team:
    Type: AWS::IAM::Group
    Properties: {ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]}
  Ann: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Team]}}
  Bob: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Team], PermissionsBoundary: !Ref Limit}}
  Eve: {Type: AWS::IAM::User, Properties: {ManagedPolicyArns: ["arn:aws:iam::999999999999:policy/own"]}}
""",
    )
    assert who(found, "s3:GetObject", "Data") == {
        "Ann": "proved",
        "Eve": "unknown the policy `arn:aws:iam::999999999999:policy/own` is not part of what was read",
    }


def test_a_trust_policy_says_who_becomes_a_role(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        role("Caller", "{Effect: Allow, Action: sts:AssumeRole, Resource: !GetAtt Deploy.Arn}")
        + role("Idle", "[]")
        + """
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
        - {Effect: Allow, Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}, Action: sts:AssumeRole}
        - Effect: Allow
          Principal: {AWS: "arn:aws:iam::111122223333:role/ci"}
          Action: sts:AssumeRole
          Condition: {StringEquals: {sts:ExternalId: secret}}
""",
    )
    assert who(found, "sts:AssumeRole", "Deploy") == {
        "arn:aws:iam::111122223333:role/ci": "possible sts:externalid=secret",
        "Caller": "proved",
    }


def test_service_control_policies_deny(tmp_path: Path) -> None:
    found = template(
        tmp_path,
        BUCKET
        + role("Reader", "{Effect: Allow, Action: s3:*, Resource: '*'}")
        + """
  Guard:
    Type: AWS::Organizations::Policy
    Properties:
      Type: SERVICE_CONTROL_POLICY
      TargetIds: [r-abcd]
      Content: {Statement: [{Effect: Deny, Action: "s3:Put*", Resource: "*"}]}
  Maybe:
    Type: AWS::Organizations::Policy
    Properties:
      Type: SERVICE_CONTROL_POLICY
      TargetIds: [ou-abcd-12345678]
      Content: {Statement: [{Effect: Deny, Action: "s3:List*", Resource: "*"}]}
""",
    )
    assert who(found, "s3:GetObject", "Data") == {"Reader": "proved"}
    assert who(found, "s3:PutObject", "Data") == {}
    assert who(found, "s3:ListBucket", "Data") == {
        "Reader": "unknown whether the SCP `Maybe` is attached to the account is not known"
    }


def test_the_bounds_enclose_what_is_not_known(tmp_path: Path) -> None:
    found = template(tmp_path, BUCKET + role("A", "{Effect: Allow, Action: s3:GetObject, Resource: !Sub '${OrgId}/*'}"))
    asked = request(
        {
            "principal": found.principals[0].arn,
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::data/x",
            "context": {"aws:ResourceAccount": found.account},
        }
    )
    outcomes = [spec.decide(asked, layers(found.principals[0], target(found, "Data"), b)).outcome for b in ("lower", "upper")]  # type: ignore[arg-type]  # fmt: skip
    assert outcomes == ["implicit_deny", "allowed"]
