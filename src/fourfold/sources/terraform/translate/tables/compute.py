"""What runs: functions, containers, machines, builds."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row, enabled

_BLOCK_DEVICES = {
    f"{block}{below}": to
    for block in ("root_block_device", "ebs_block_device")
    for below, to in {
        "": "BlockDeviceMappings", ".device_name": "DeviceName", ".encrypted": "Ebs.Encrypted",
        ".kms_key_id": "Ebs.KmsKeyId", ".snapshot_id": "Ebs.SnapshotId", ".volume_size": "Ebs.VolumeSize",
        ".volume_type": "Ebs.VolumeType", ".iops": "Ebs.Iops", ".delete_on_termination": "Ebs.DeleteOnTermination",
    }.items()
}  # fmt: skip
_AWSVPC = {
    "network_configuration": "NetworkConfiguration.AwsvpcConfiguration",
}
_PUBLIC = enabled("network_configuration.assign_public_ip")

ROWS: dict[str, Row] = {
    "aws_lambda_function": Row("AWS::Lambda::Function", {
        "s3_bucket": "Code.S3Bucket", "s3_key": "Code.S3Key", "s3_object_version": "Code.S3ObjectVersion",
        "image_uri": "Code.ImageUri", "source_kms_key_arn": "Code.SourceKMSKeyArn", "filename": "Code.ZipFile", "source_code_hash": "", "publish": "",
    }, name="function_name", finish="function"),
    "aws_lambda_permission": Row("AWS::Lambda::Permission", {"qualifier": "", "statement_id": ""}),
    "aws_lambda_function_url": Row("AWS::Lambda::Url", {
        "authorization_type": "AuthType", "function_name": "TargetFunctionArn",
    }),
    "aws_lambda_alias": Row("AWS::Lambda::Alias", {"function_version": "FunctionVersion"}),
    "aws_lambda_function_event_invoke_config": Row("AWS::Lambda::EventInvokeConfig", provider={"Qualifier": "$LATEST"}),
    "aws_lambda_layer_version": Row("AWS::Lambda::LayerVersion", {
        "filename": "", "s3_bucket": "Content.S3Bucket", "s3_key": "Content.S3Key",
    }, name="layer_name", finish="layer"),
    "aws_lambda_layer_version_permission": Row("AWS::Lambda::LayerVersionPermission", {"layer_name": "LayerVersionArn"}),
    "aws_lambda_event_source_mapping": Row("AWS::Lambda::EventSourceMapping", {
        "destination_config.on_failure.destination_arn": "Destination",
    }),
    "aws_lambda_code_signing_config": Row("AWS::Lambda::CodeSigningConfig"),
    "aws_ecs_cluster": Row("AWS::ECS::Cluster", {
        "setting": "ClusterSettings", "configuration.execute_command_configuration.log_configuration.s3_bucket_encryption_enabled":
        "S3EncryptionEnabled",
        "capacity_providers": "CapacityProviders",
    }),
    "aws_ecs_cluster_capacity_providers": Row("AWS::ECS::ClusterCapacityProviderAssociations", {
        "cluster_name": "Cluster",
    }),
    "aws_ecs_capacity_provider": Row("AWS::ECS::CapacityProvider"),
    "aws_ecs_task_definition": Row("AWS::ECS::TaskDefinition", {"volume.host_path": "Host.SourcePath"}, name="family"),
    "aws_ecs_service": Row("AWS::ECS::Service", {
        **_AWSVPC, "iam_role": "Role", "deployment_circuit_breaker": "DeploymentConfiguration.DeploymentCircuitBreaker",
        "deployment_maximum_percent": "DeploymentConfiguration.MaximumPercent",
        "deployment_minimum_healthy_percent": "DeploymentConfiguration.MinimumHealthyPercent",
        "load_balancer.elb_name": "LoadBalancerName", "ordered_placement_strategy": "PlacementStrategies",
        "force_delete": "", "force_new_deployment": "",
    }, words=_PUBLIC),
    "aws_ecs_task_set": Row("AWS::ECS::TaskSet", {
        "network_configuration": "NetworkConfiguration.AwsVpcConfiguration",
    }, words=_PUBLIC),
    "aws_instance": Row("AWS::EC2::Instance", {
        **_BLOCK_DEVICES, "ami": "ImageId", "vpc_security_group_ids": "SecurityGroupIds",
        "launch_template.id": "LaunchTemplateId", "launch_template.name": "LaunchTemplateName",
        "user_data_base64": "UserData", "associate_public_ip_address": "", "volume_tags": "",
        "primary_network_interface": "NetworkInterfaces", "private_ip": "PrivateIpAddress",
    }, finish="instance"),
    "aws_spot_instance_request": Row("AWS::EC2::Instance", {
        **_BLOCK_DEVICES, "ami": "ImageId", "vpc_security_group_ids": "SecurityGroupIds",
        "launch_template.id": "LaunchTemplateId", "launch_template.name": "LaunchTemplateName",
        "user_data_base64": "UserData", "associate_public_ip_address": "", "volume_tags": "",
    }, finish="instance"),
    "aws_launch_template": Row("AWS::EC2::LaunchTemplate", {
        "name": "/LaunchTemplateName", "description": "/VersionDescription",
        "vpc_security_group_ids": "SecurityGroupIds", "security_group_names": "SecurityGroups", "tags": "",
        "network_interfaces.security_groups": "Groups",
    }, below="LaunchTemplateData"),
    "aws_launch_configuration": Row("AWS::AutoScaling::LaunchConfiguration", {
        **_BLOCK_DEVICES, "name": "LaunchConfigurationName", "user_data_base64": "UserData",
        "enable_monitoring": "InstanceMonitoring",
    }),
    "aws_autoscaling_group": Row("AWS::AutoScaling::AutoScalingGroup", {
        "name": "AutoScalingGroupName", "launch_configuration": "LaunchConfigurationName",
        "launch_template.id": "LaunchTemplateId", "launch_template.name": "LaunchTemplateName",
        "load_balancers": "LoadBalancerNames", "target_group_arns": "TargetGroupARNs",
        "vpc_zone_identifier": "VPCZoneIdentifier", "tag": "Tags",
        "mixed_instances_policy.launch_template.override": "Overrides",
    }),
    "aws_autoscaling_traffic_source_attachment": Row(parent="autoscaling_group_name", into="aws_autoscaling_group", names={
        "traffic_source": "TrafficSources",
    }),
    "aws_autoscaling_attachment": Row(parent="autoscaling_group_name", into="aws_autoscaling_group", names={
        "lb_target_group_arn": "TargetGroupARNs", "alb_target_group_arn": "TargetGroupARNs", "elb": "LoadBalancerNames",
    }),
    "aws_eks_cluster": Row("AWS::EKS::Cluster", {
        "vpc_config": "ResourcesVpcConfig", "enabled_cluster_log_types": "Logging.ClusterLogging.EnabledTypes",
        "encryption_config.provider": "Provider",
    }, finish="eks_cluster"),
    "aws_eks_node_group": Row("AWS::EKS::Nodegroup", {
        "node_role_arn": "NodeRole", "subnet_ids": "Subnets", "remote_access.ec2_ssh_key": "Ec2SshKey",
        "remote_access.source_security_group_ids": "SourceSecurityGroups", "node_group_name": "NodegroupName",
        "launch_template.id": "Id", "launch_template.name": "Name", "remote_access": "RemoteAccess",
    }, name="node_group_name"),
    "aws_eks_fargate_profile": Row("AWS::EKS::FargateProfile", {"subnet_ids": "Subnets"}, name="fargate_profile_name"),
    "aws_eks_pod_identity_association": Row("AWS::EKS::PodIdentityAssociation"),
    "aws_eks_addon": Row("AWS::EKS::Addon"),
    "aws_batch_job_definition": Row("AWS::Batch::JobDefinition", {"name": "JobDefinitionName"}),
    "aws_ebs_snapshot_block_public_access": Row("AWS::EC2::SnapshotBlockPublicAccess"),
    "aws_signer_signing_profile_permission": Row("AWS::Signer::ProfilePermission"),
    "aws_batch_compute_environment": Row("AWS::Batch::ComputeEnvironment"),
    "aws_apprunner_service": Row("AWS::AppRunner::Service", name="service_name"),
    "aws_codebuild_project": Row("AWS::CodeBuild::Project", {
        "environment.environment_variable": "EnvironmentVariables", "source.buildspec": "BuildSpec",
        "build_timeout": "TimeoutInMinutes", "queued_timeout": "QueuedTimeoutInMinutes", "source.auth": "",
        "secondary_source_version": "SecondarySourceVersions",
    }),
    "aws_codepipeline": Row("AWS::CodePipeline::Pipeline", {
        "artifact_store": "ArtifactStore", "stage.action.category": "ActionTypeId.Category",
        "stage.action.owner": "ActionTypeId.Owner", "stage.action.provider": "ActionTypeId.Provider",
        "stage.action.version": "ActionTypeId.Version", "stage.action.input_artifacts": "",
        "stage.action.output_artifacts": "",
    }),
    "aws_codepipeline_webhook": Row("AWS::CodePipeline::Webhook", {
        "authentication_configuration.allowed_ip_range": "AllowedIPRange", "filter": "Filters",
    }),
    "aws_sfn_state_machine": Row("AWS::StepFunctions::StateMachine", {
        "definition": "DefinitionString", "name": "StateMachineName", "type": "StateMachineType",
        "logging_configuration.log_destination": "Destinations.CloudWatchLogsLogGroup.LogGroupArn",
    }, finish="state_machine"),
    "aws_cloudwatch_event_rule": Row("AWS::Events::Rule", {"is_enabled": "", "state": "State"}),
    "aws_cloudwatch_event_target": Row(parent="rule", into="aws_cloudwatch_event_rule", below="Targets", names={
        "target_id": "Id", "ecs_target": "EcsParameters", "ecs_target.network_configuration":
        "NetworkConfiguration.AwsVpcConfiguration",
        "event_bus_name": "", "batch_target": "BatchParameters", "kinesis_target": "KinesisParameters",
        "sqs_target": "SqsParameters", "run_command_targets": "",
        "input_transformer.input_paths": "InputPathsMap", "http_target": "HttpParameters",
    }, words=enabled("ecs_target.network_configuration.assign_public_ip")),
    "aws_scheduler_schedule": Row("AWS::Scheduler::Schedule", {
        "target.ecs_parameters.network_configuration": "NetworkConfiguration.AwsvpcConfiguration",
    }, words=enabled("target.ecs_parameters.network_configuration.assign_public_ip")),
    "aws_pipes_pipe": Row("AWS::Pipes::Pipe"),
    "aws_amplify_app": Row("AWS::Amplify::App"),
    "aws_sagemaker_notebook_instance": Row("AWS::SageMaker::NotebookInstance"),
}  # fmt: skip
