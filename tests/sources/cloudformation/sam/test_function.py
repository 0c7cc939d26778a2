"""Functions with the roles, versions, URLs and events SAM makes for them."""

from sources.cloudformation.sam.sam_template import expand

from fourfold.model.value import Absent, Map

FUNCTION = """
    Resources:
      Orders:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: app.handler
          CodeUri: src/
"""


def test_a_function_and_its_role() -> None:
    got = expand(FUNCTION)
    assert got.types() == {"Orders": "AWS::Lambda::Function", "OrdersRole": "AWS::IAM::Role"}
    assert got["Orders"].origin == "AWS::Serverless::Function"
    assert got["Orders"].format == "sam"
    assert got.plain("Orders", "Role") == "OrdersRole.Arn"
    assert got.plain("Orders", "Code") == "src/"
    assert got.plain("OrdersRole", "ManagedPolicyArns") == [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    ]
    assert got.problems == []


def test_values_keep_their_places_and_inserts_go_to_the_functions_properties() -> None:
    got = expand(FUNCTION)
    function = got["Orders"]
    assert function.get("Runtime").span.line == 7
    missing = function.get("TracingConfig", "Mode")
    assert isinstance(missing, Absent)
    assert isinstance(missing.parent, Map)
    assert missing.parent.style == "sam:Function"
    assert missing.parent.value_span.line == 7


def test_policies_of_all_kinds() -> None:
    got = expand(
        FUNCTION
        + """
          Policies:
            - AWSLambdaVPCAccessExecutionRole
            - AmazonS3ReadOnlyAccess
            - !Ref Extra
            - S3CrudPolicy: {BucketName: !Ref Files}
            - Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]
      Files: {Type: AWS::S3::Bucket}
      Extra: {Type: AWS::IAM::ManagedPolicy}
"""
    )
    arns = got.plain("OrdersRole", "ManagedPolicyArns")
    assert arns[1:] == [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "Extra",
    ]
    template, written = got["OrdersRole"].get("Policies").elements()
    assert template[1].get("PolicyDocument", "Statement", 0, "Resource").plain() == [
        "arn:${AWS::Partition}:s3:::${Files}",
        "arn:${AWS::Partition}:s3:::${Files}/*",
    ]
    assert template[1].get("PolicyName").plain() == "OrdersRolePolicy3"
    assert template[1].get("PolicyDocument", "Statement", 0).span.line == 15
    assert written[1].get("PolicyDocument", "Statement", 0, "Action").span.line == 16


def test_an_unknown_policy_template_is_told_and_stays_unknown() -> None:
    got = expand(FUNCTION + "          Policies: [{NoSuchPolicy: {A: b}}]\n")
    ((_, policy),) = got["OrdersRole"].get("Policies").elements()
    assert policy.get("PolicyDocument").reason == "`NoSuchPolicy` is not a known policy template"
    assert got.problems == ["`NoSuchPolicy` is not a policy template that is known; what it allows is not known"]


def test_a_policy_under_a_condition_keeps_it() -> None:
    got = expand(
        """
    Parameters:
      Env: {Type: String, AllowedValues: [dev, prod]}
    Conditions:
      IsDev: !Equals [!Ref Env, dev]
"""
        + FUNCTION
        + "          Policies: [!If [IsDev, AdministratorAccess, !Ref 'AWS::NoValue']]\n"
    )
    *_, (when, arn) = got["OrdersRole"].get("ManagedPolicyArns").elements()
    assert str(when) == "Env = dev"
    assert arn.plain() == "arn:aws:iam::aws:policy/AdministratorAccess"


def test_a_role_that_is_given_is_not_made() -> None:
    got = expand(FUNCTION + "          Role: arn:aws:iam::123456789012:role/own\n")
    assert "OrdersRole" not in got
    assert got.plain("Orders", "Role") == "arn:aws:iam::123456789012:role/own"


def test_settings_that_are_spelled_otherwise() -> None:
    got = expand(
        FUNCTION
        + """
          Tracing: Active
          Tags: {Team: shop}
          VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
          DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Dead: {Type: AWS::SQS::Queue}
"""
    )
    assert got.plain("Orders", "TracingConfig") == {"Mode": "Active"}
    assert got.plain("Orders", "DeadLetterConfig") == {"TargetArn": "Dead.Arn"}
    assert got.plain("Orders", "Tags", 0) == {"Key": "Team", "Value": "shop"}
    assert [a.rpartition("/")[2] for a in got.plain("OrdersRole", "ManagedPolicyArns")] == [
        "AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSLambdaVPCAccessExecutionRole",
    ]  # fmt: skip
    assert got.plain("OrdersRole", "Policies", 0, "PolicyDocument", "Statement", 0, "Action") == "sqs:SendMessage"


def test_a_public_url_gives_permissions_to_everyone() -> None:
    got = expand(FUNCTION + "          FunctionUrlConfig: {AuthType: NONE}\n")
    assert got.plain("OrdersUrl", "AuthType") == "NONE"
    assert got.plain("OrdersUrlPublicPermissions", "Principal") == "*"
    assert "OrdersUrlPublicPermissions" not in expand(FUNCTION + "          FunctionUrlConfig: {AuthType: AWS_IAM}\n")


def test_an_alias_is_what_events_call() -> None:
    got = expand(
        FUNCTION
        + """
          AutoPublishAlias: live
          Events:
            Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
"""
    )
    assert got["OrdersAliaslive"].type == "AWS::Lambda::Alias"
    assert got.plain("OrdersNightly", "Targets", 0, "Arn") == "OrdersAliaslive"
    assert got.plain("OrdersNightlyPermission", "FunctionName") == "OrdersAliaslive"
    assert got["OrdersNightly"].span.line == 13


def test_an_event_under_a_condition_keeps_it() -> None:
    got = expand(
        """
    Parameters:
      Env: {Type: String, AllowedValues: [dev, prod]}
    Conditions:
      IsDev: !Equals [!Ref Env, dev]
"""
        + FUNCTION
        + """
          Events:
            Nightly: !If [IsDev, {Type: Schedule, Properties: {Schedule: rate(1 day)}}, !Ref 'AWS::NoValue']
"""
    )
    assert str(got["OrdersNightly"].condition) == "Env = dev"
    assert str(got["OrdersNightlyPermission"].condition) == "Env = dev"


def test_an_event_that_nobody_knows_is_told() -> None:
    got = expand(FUNCTION + "          Events: {Odd: {Type: Telegraph}}\n")
    assert got.problems == [
        "event `Odd` of `Orders` is `Telegraph`, which is not an event type that is known; what it makes is not known"
    ]
