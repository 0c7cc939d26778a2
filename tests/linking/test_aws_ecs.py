"""ECS task definitions, what runs them, and where."""

import pytest
from linking.aws_template import PROD, graph

from fourfold.model.condition import TRUE, negate
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container, Launch, NetworkInterface, Variable, Volume, Workload
from fourfold.model.nodes.node import NOTHING

CONTAINER = "ContainerDefinitions: [{Name: web, Image: i}]"


def container(properties: str, task: str = "") -> Container:
    g = graph(f"""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions: [{{Name: web, {properties}}}]
            {task}
    """)
    return g.of(Container)[0]


def platform(*resources: str, task: str = "NetworkMode: awsvpc") -> str:
    text = f"Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{{CONTAINER}, {task}}}}}\n" + "\n".join(resources)
    return graph(text).of(Workload)[0].platform


def service(properties: str, name: str = "Service", kind: str = "Service") -> str:
    return f"{name}: {{Type: AWS::ECS::{kind}, Properties: {{TaskDefinition: !Ref Task, {properties}}}}}"


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("RequiresCompatibilities: [FARGATE]", "fargate"),
        ("RequiresCompatibilities: [EC2]", "ecs-ec2"),
        ("RequiresCompatibilities: [EC2, FARGATE], NetworkMode: awsvpc", "unknown"),
        ("RequiresCompatibilities: [EXTERNAL]", "unknown"),
        ("RequiresCompatibilities: !Ref AnyList", "unknown"),
        ("NetworkMode: awsvpc", "unknown"),
        ("NetworkMode: !Ref AnyMode", "unknown"),
        ("NetworkMode: bridge", "ecs-ec2"),
        ("Family: orders", "ecs-ec2"),
        ("RequiresCompatibilities: !If [x, [FARGATE], [EC2]]", "unknown"),
        ("RequiresCompatibilities: !If [x, [FARGATE], !Ref AWS::NoValue]", "unknown"),
        ("RequiresCompatibilities: !If [x, [EC2], !Ref AWS::NoValue], NetworkMode: host", "ecs-ec2"),
    ],
)
def test_platform_by_the_task_definition(task: str, expected: str) -> None:
    assert platform(task=task) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([service("LaunchType: FARGATE")], "fargate"),
        ([service("LaunchType: EC2")], "ecs-ec2"),
        ([service("LaunchType: !Ref AnyType")], "unknown"),
        ([service("LaunchType: !If [x, FARGATE, EC2]")], "unknown"),
        ([service("LaunchType: !If [x, FARGATE, FARGATE]")], "fargate"),
        ([service("LaunchType: FARGATE"), service("LaunchType: EC2", "Other")], "unknown"),
        ([service("CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT}]")], "fargate"),
        ([service("CapacityProviderStrategy: [{CapacityProvider: elsewhere}]")], "unknown"),
        ([service("Cluster: !Ref AnyCluster")], "unknown"),
        ([service("DesiredCount: 1")], "unknown"),
        ([service("LaunchType: FARGATE", kind="TaskSet")], "fargate"),
        (
            [service("Cluster: !Ref C"), "C: {Type: AWS::ECS::Cluster, Properties: {}}"],
            "ecs-ec2",
        ),
        (
            [
                service("Cluster: !Ref C"),
                (
                    "C:\n  Type: AWS::ECS::Cluster\n"
                    "  Properties: {DefaultCapacityProviderStrategy: [{CapacityProvider: FARGATE}]}"
                ),
            ],
            "fargate",
        ),
        (
            [
                service("Cluster: shop"),
                "C: {Type: AWS::ECS::Cluster, Properties: {ClusterName: shop}}",
                "P: {Type: AWS::ECS::CapacityProvider, Properties: {AutoScalingGroupProvider: {}}}",
                (
                    "L:\n  Type: AWS::ECS::ClusterCapacityProviderAssociations\n"
                    "  Properties: {Cluster: !Ref C, DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref P}]}"
                ),
            ],
            "ecs-ec2",
        ),
        (
            [
                (
                    "R:\n  Type: AWS::Events::Rule\n"
                    "  Properties: {Targets: [{EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: FARGATE}}]}"
                )
            ],
            "fargate",
        ),
        (
            [
                (
                    "S:\n  Type: AWS::Scheduler::Schedule\n"
                    "  Properties: {Target: {EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: EC2}}}"
                )
            ],
            "ecs-ec2",
        ),
    ],
)
def test_platform_by_what_runs_the_task(resources: list[str], expected: str) -> None:
    assert platform(*resources) == expected


def test_a_service_gives_the_task_its_interface() -> None:
    network = (
        "NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [s], SecurityGroups: [g]}}"
    )
    g = graph(f"""
        Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{Family: orders, {CONTAINER}}}}}
        Service:
          Type: AWS::ECS::Service
          Properties: {{TaskDefinition: "orders:7", DesiredCount: 2, EnableExecuteCommand: true, {network}}}
    """)
    (launch,), (workload,), (interface,) = g.of(Launch), g.of(Workload), g.of(NetworkInterface)
    assert g.out(launch, "runs") == [workload]
    assert g.out(workload, "attached") == [interface]
    assert interface.public_address.surely(True)
    assert interface.owner.endswith("#Service")
    assert launch.execute_command.surely(True)
    assert workload.tasks_desired.surely(2)


def test_a_task_without_public_address_by_default() -> None:
    network = "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [s]}}"
    g = graph(f"Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{{CONTAINER}}}}}\n{service(network)}")
    assert g.of(NetworkInterface)[0].public_address.surely(False)


def test_containers_exist_under_their_conditions() -> None:
    g = graph("""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - {Name: web, Image: a}
              - !If [x, {Name: debug, Image: b}, !Ref AWS::NoValue]
    """)
    assert [(c.name, c.condition) for c in g.of(Container)] == [("web", TRUE), ("debug", PROD)]
    assert [c.name for c in g.out(g.of(Workload)[0], "contains")] == ["web", "debug"]  # type: ignore[union-attr]


def test_defaults_of_a_container_on_instances() -> None:
    c = container("Image: i", "NetworkMode: bridge")
    assert c.privileged.surely(False)
    assert c.read_only_root.surely(False)
    assert c.privilege_escalation.surely(True)
    assert c.seccomp.surely("RuntimeDefault")
    assert c.memory_limit.absent
    assert c.log_configuration.absent


def test_security_options() -> None:
    c = container("DockerSecurityOptions: [no-new-privileges, 'seccomp:unconfined', 'apparmor=shop']")
    assert c.privilege_escalation.surely(False)
    assert c.seccomp.surely("Unconfined")
    assert c.apparmor.surely("Localhost")


def test_a_security_option_under_a_condition() -> None:
    c = container("DockerSecurityOptions: [!If [x, no-new-privileges, !Ref AWS::NoValue]]")
    sides = dict(c.privilege_escalation.alternatives())
    assert sides[PROD].plain() is False
    assert sides[negate(PROD)].plain() is True


def test_security_options_nobody_knows_are_unknown() -> None:
    assert container("DockerSecurityOptions: !Ref AnyList").seccomp.reason
    assert container("DockerSecurityOptions: [!Ref AnyOption]").privilege_escalation.reason


def test_fargate_takes_no_security_options() -> None:
    c = container("Image: i", "RequiresCompatibilities: [FARGATE]")
    assert c.seccomp is NOTHING
    assert c.privilege_escalation is NOTHING


def test_limits_of_the_task_count_for_its_containers() -> None:
    c = container("Cpu: 256", "Memory: 512")
    assert c.memory_limit.surely(512)
    assert c.cpu_limit.surely(256)
    assert container("Memory: 128", "Memory: 512").memory_limit.surely(128)


def test_namespaces_of_the_host() -> None:
    g = graph(f"""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {{{CONTAINER}, NetworkMode: host, PidMode: host, IpcMode: !If [x, host, task]}}
    """)
    (w,) = g.of(Workload)
    assert w.host_network.surely(True)
    assert w.host_pid.surely(True)
    assert [v.plain() for _, v in w.host_ipc.alternatives()] == [True, False]


def test_variables_and_secrets() -> None:
    g = graph("""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - Name: web
                Environment: [{Name: A, Value: "1"}, {Name: !Ref AnyName, Value: "2"}]
                Secrets: [{Name: B, ValueFrom: arn}]
    """)
    a, b = g.of(Variable)
    assert (a.name, a.address, a.owner) == ("A", "Task/container/web/environment/A", "container `web`")
    assert (b.name, b.part) == ("?", "container/web/environment/1")
    assert g.of(Container)[0].secrets.get(0, "Name").surely("B")


def test_volumes_of_the_host_and_of_file_systems() -> None:
    g = graph(f"""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            {CONTAINER}
            Volumes:
              - {{Name: docker, Host: {{SourcePath: /var/run/docker.sock}}}}
              - {{Name: shared, EFSVolumeConfiguration: {{FilesystemId: fs-1, TransitEncryption: ENABLED}}}}
              - {{Name: plain, EFSVolumeConfiguration: {{FilesystemId: fs-1}}}}
    """)
    docker, shared, plain = g.of(Volume)
    assert docker.host_path.surely("/var/run/docker.sock")
    assert docker.encrypted_in_transit is NOTHING
    assert shared.encrypted_in_transit.surely(True)
    assert plain.encrypted_in_transit.surely(False)
    assert plain.encrypted_in_transit.absent
    assert g.of(Workload)[0].volumes == (docker, shared, plain)


def test_roles_of_containers() -> None:
    g = graph("""
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            ContainerDefinitions:
              - {Name: web, DependsOn: [{ContainerName: migrate, Condition: SUCCESS}]}
              - {Name: migrate, Essential: false}
              - {Name: logs, FirelensConfiguration: {Type: fluentbit}}
    """)
    assert [c.role for c in g.of(Container)] == ["main", "init", "sidecar"]


def test_nothing_raises_on_what_makes_no_sense() -> None:
    odd = "ContainerDefinitions: 5, Volumes: x, NetworkMode: [1], RequiresCompatibilities: {a: b}, Family: {c: d}"
    g = graph(f"""
        Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{{odd}}}}}
        Service: {{Type: AWS::ECS::Service, Properties: {{TaskDefinition: [1], Cluster: {{a: 1}}, LaunchType: [2]}}}}
        Rule: {{Type: AWS::Events::Rule, Properties: {{Targets: [1, {{EcsParameters: [x]}}]}}}}
    """)
    assert isinstance(g, Graph)
