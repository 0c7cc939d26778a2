"""Lambda functions as workloads, functions, variables and interfaces."""

from linking.aws_template import PROD, graph

from fourfold.model.condition import TRUE
from fourfold.model.nodes import Function, NetworkInterface, Variable, Workload


def test_a_zip_function_with_the_services_defaults() -> None:
    g = graph("""
        Orders:
          Type: AWS::Lambda::Function
          Properties: {Runtime: python3.12, Handler: app.handler, Role: !Ref AnyRole, Code: {ZipFile: "x"}}
    """)
    (workload,), (function,) = g.of(Workload), g.of(Function)
    assert (workload.platform, workload.kind, workload.name) == ("lambda-zip", "AWS::Lambda::Function", "Orders")
    assert function.workload is workload
    assert function.timeout_s.surely(3)
    assert function.memory_mb.surely(128)
    assert function.tracing.surely("PassThrough")
    assert function.tracing.absent
    assert function.package_type.surely("Zip")
    assert g.out(workload, "contains") == [function]
    assert g.of(NetworkInterface) == []


def test_an_image_function_is_known_by_its_package_type_or_its_code() -> None:
    g = graph("""
        A: {Type: AWS::Lambda::Function, Properties: {PackageType: Image, Code: {ImageUri: !Ref AnyImage}}}
        B: {Type: AWS::Lambda::Function, Properties: {Code: {ImageUri: example/orders@sha256:0}}}
        C: {Type: AWS::Lambda::Function, Properties: {PackageType: !Ref AnyType, Code: {S3Bucket: b, S3Key: k}}}
        D: {Type: AWS::Lambda::Function, Properties: {PackageType: !If [x, Zip, Image], Code: {S3Bucket: b}}}
    """)
    assert [w.platform for w in g.of(Workload)] == ["lambda-image", "lambda-image", "unknown", "unknown"]
    assert g.of(Function)[1].image.surely("example/orders@sha256:0")


def test_code_in_a_local_folder_is_a_zip() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler, Code: src/}}
    """)
    assert [w.platform for w in g.of(Workload)] == ["lambda-zip"]


def test_variables_exist_under_their_conditions() -> None:
    g = graph("""
        F:
          Type: AWS::Lambda::Function
          Properties:
            Environment:
              Variables:
                TABLE: !Ref AnyTable
                DEBUG: !If [x, "1", !Ref AWS::NoValue]
                LEVEL: !If [x, info, debug]
    """)
    found = {v.name: v for v in g.of(Variable)}
    assert {name: v.condition for name, v in found.items()} == {"TABLE": TRUE, "DEBUG": PROD, "LEVEL": TRUE}
    assert found["TABLE"].owner == "function `F`"
    assert found["DEBUG"].address == "F/environment/DEBUG"
    assert found["TABLE"].platform == "lambda-zip"


def test_variables_nobody_knows_are_one_unknown_variable() -> None:
    g = graph("F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: !Ref AnyMap}}}")
    (variable,) = g.of(Variable)
    assert variable.name == "?"
    assert variable.value.reason == "parameter `AnyMap` has no default"


def test_a_function_in_a_vpc_has_an_interface_without_public_address() -> None:
    g = graph("""
        F:
          Type: AWS::Lambda::Function
          Properties: {VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [!Ref AnyGroup]}}
    """)
    (interface,) = g.of(NetworkInterface)
    assert interface.owner == "template.yaml#F"
    assert interface.public_address.surely(False)
    assert interface.subnets.get(0).surely("subnet-1")
    assert g.out(g.of(Workload)[0], "attached") == [interface]


def test_failed_calls_go_where_the_invocation_settings_say() -> None:
    g = graph("""
        F: {Type: AWS::Lambda::Function, Properties: {}}
        G: {Type: AWS::Lambda::Function, Properties: {}}
        Settings:
          Type: AWS::Lambda::EventInvokeConfig
          Condition: x
          Properties: {FunctionName: !Ref F, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: q}}}
    """)
    f, g_ = g.of(Function)
    assert next((c, v.plain()) for c, v in f.on_failure.alternatives()) == (PROD, "q")
    assert g_.on_failure.absent
