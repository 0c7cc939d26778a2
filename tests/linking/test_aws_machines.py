"""Instances, launch templates, Batch jobs, App Runner services and EKS clusters."""

from linking.aws_template import PROD, graph

from fourfold.model.condition import TRUE
from fourfold.model.nodes import Container, Entry, Launch, NetworkInterface, Variable, Workload
from fourfold.model.nodes.node import NOTHING


def test_an_instance_with_its_user_data_and_public_address() -> None:
    g = graph("""
        Web:
          Type: AWS::EC2::Instance
          Properties:
            UserData: IyEvYmluL2Jhc2gKZWNobyBoaQo=
            IamInstanceProfile: !Ref AnyProfile
            MetadataOptions: {HttpTokens: required}
            NetworkInterfaces: [{AssociatePublicIpAddress: true, SubnetId: s, GroupSet: [g], DeviceIndex: 0}]
    """)
    (w,), (v,), (i,) = g.of(Workload), g.of(Variable), g.of(NetworkInterface)
    assert (w.platform, w.metadata_tokens.plain()) == ("ec2", "required")
    assert w.role.reason == "parameter `AnyProfile` has no default"
    assert (v.position, v.value.plain()) == ("user-data", "#!/bin/bash\necho hi\n")
    assert i.public_address.surely(True)
    assert i.security_groups.plain() == ["g"]
    assert g.out(w, "attached") == [i]


def test_user_data_under_base64_is_the_text_itself() -> None:
    g = graph("""
        Web:
          Type: AWS::EC2::Instance
          Properties: {UserData: !Base64 "PASSWORD=abcdefgh"}
    """)
    assert g.of(Variable)[0].value.surely("PASSWORD=abcdefgh")


def test_what_the_account_decides_is_unknown() -> None:
    g = graph("Web: {Type: AWS::EC2::Instance, Properties: {SubnetId: subnet-1}}")
    (w,), (i,) = g.of(Workload), g.of(NetworkInterface)
    assert "account" in w.metadata_tokens.reason
    assert not w.metadata_tokens.absent
    assert "subnet" in i.public_address.reason


def test_a_subnet_of_the_scan_decides_the_public_address() -> None:
    g = graph("""
        Open: {Type: AWS::EC2::Subnet, Properties: {MapPublicIpOnLaunch: true}}
        Closed: {Type: AWS::EC2::Subnet, Properties: {}}
        A: {Type: AWS::EC2::Instance, Properties: {SubnetId: !Ref Open}}
        B: {Type: AWS::EC2::Instance, Properties: {SubnetId: !Ref Closed}}
    """)
    assert [i.public_address.surely(True) for i in g.of(NetworkInterface)] == [True, False]
    assert g.of(NetworkInterface)[1].public_address.surely(False)


def test_an_instance_takes_from_its_launch_template_what_it_does_not_say() -> None:
    g = graph("""
        Template:
          Type: AWS::EC2::LaunchTemplate
          Properties: {LaunchTemplateData: {UserData: "echo hi", MetadataOptions: {HttpTokens: optional}}}
        Web: {Type: AWS::EC2::Instance, Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: "1"}}}
        Other: {Type: AWS::EC2::Instance, Properties: {LaunchTemplate: {LaunchTemplateId: lt-1, Version: "1"}}}
    """)
    web, other = g.of(Workload)
    assert web.metadata_tokens.surely("optional")
    assert other.metadata_tokens.reason == "the launch template is not part of what was read"
    assert [v.address for v in g.of(Variable)] == ["Web/user-data", "Other/user-data"]
    assert g.of(Variable)[1].value.reason


def test_a_scaling_group_runs_its_launch_template() -> None:
    g = graph("""
        Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {IamInstanceProfile: {Name: p}}}}
        Group:
          Type: AWS::AutoScaling::AutoScalingGroup
          Condition: x
          Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: "1"}, DesiredCapacity: "2"}
        Configuration: {Type: AWS::AutoScaling::LaunchConfiguration, Properties: {AssociatePublicIpAddress: false}}
    """)
    template, configuration = g.of(Workload)
    (launch,) = g.of(Launch)
    assert template.role.surely("p")
    assert g.out(launch, "runs") == [template]
    assert launch.condition == PROD
    assert configuration.kind == "AWS::AutoScaling::LaunchConfiguration"
    assert g.of(NetworkInterface)[1].public_address.surely(False)


def test_a_batch_job_on_fargate() -> None:
    g = graph("""
        Job:
          Type: AWS::Batch::JobDefinition
          Properties:
            Type: container
            PlatformCapabilities: [FARGATE]
            ContainerProperties:
              Image: example/job
              JobRoleArn: role
              ResourceRequirements: [{Type: VCPU, Value: "1"}, {Type: MEMORY, Value: "2048"}]
              Environment: [{Name: A, Value: b}]
              NetworkConfiguration: {AssignPublicIp: ENABLED}
    """)
    (w,), (c,), (v,), (i,) = g.of(Workload), g.of(Container), g.of(Variable), g.of(NetworkInterface)
    assert (w.platform, w.role.plain()) == ("fargate", "role")
    assert (c.memory_limit.plain(), c.cpu_limit.plain()) == ("2048", "1")
    assert c.log_configuration is NOTHING
    assert v.owner == "job `Job`"
    assert i.public_address.surely(True)


def test_batch_jobs_of_several_containers() -> None:
    g = graph("""
        Ecs:
          Type: AWS::Batch::JobDefinition
          Properties:
            EcsProperties: {TaskProperties: [{TaskRoleArn: r, Containers: [{Name: a, Image: i}, {Name: b, Image: j}]}]}
        Nodes:
          Type: AWS::Batch::JobDefinition
          Properties: {NodeProperties: {NodeRangeProperties: [{Container: {Image: i, Privileged: true}}]}}
    """)
    assert [c.address for c in g.of(Container)] == [
        "Ecs/task/0/container/a", "Ecs/task/0/container/b", "Nodes/node/0/container/0",
    ]  # fmt: skip
    assert [w.platform for w in g.of(Workload)] == ["ecs-ec2", "ecs-ec2"]
    assert g.of(Container)[2].privileged.surely(True)


def test_an_app_runner_service() -> None:
    g = graph("""
        App:
          Type: AWS::AppRunner::Service
          Properties:
            SourceConfiguration:
              ImageRepository:
                ImageIdentifier: public.ecr.aws/example/app:1
                ImageConfiguration: {RuntimeEnvironmentVariables: [{Name: A, Value: b}]}
            InstanceConfiguration: {InstanceRoleArn: r}
    """)
    (w,), (c,), (v,) = g.of(Workload), g.of(Container), g.of(Variable)
    assert (w.platform, w.role.plain(), w.containers) == ("fargate", "r", (c,))
    assert c.read_only_root is NOTHING
    assert v.value.surely("b")


def test_the_endpoint_of_a_cluster() -> None:
    g = graph("""
        A: {Type: AWS::EKS::Cluster, Properties: {ResourcesVpcConfig: {SubnetIds: [s]}}}
        B:
          Type: AWS::EKS::Cluster
          Properties: {ResourcesVpcConfig: {EndpointPublicAccess: false, SubnetIds: [s]}}
        C:
          Type: AWS::EKS::Cluster
          Properties: {ResourcesVpcConfig: {EndpointPublicAccess: !Ref AnyFlag, PublicAccessCidrs: [10.0.0.0/8]}}
    """)
    assert [e.exposure for e in g.of(Entry)] == ["internet", "private", "unknown"]
    assert g.of(Entry)[0].allowed.surely(["0.0.0.0/0"])
    assert g.of(Entry)[0].allowed.absent
    assert g.of(Entry)[2].allowed.plain() == ["10.0.0.0/8"]


def test_nodes_and_profiles_of_a_cluster() -> None:
    g = graph("""
        Nodes: {Type: AWS::EKS::Nodegroup, Properties: {NodeRole: role, LaunchTemplate: {Id: !Ref Template}}}
        Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}}
        Profile: {Type: AWS::EKS::FargateProfile, Properties: {PodExecutionRoleArn: r}}
    """)
    (nodes,), (profile,) = g.of(Workload), g.of(Launch)
    assert (nodes.platform, nodes.role.plain(), nodes.metadata_tokens.plain()) == ("eks-node", "role", "required")
    assert nodes.condition == TRUE
    assert profile.kind == "AWS::EKS::FargateProfile"
