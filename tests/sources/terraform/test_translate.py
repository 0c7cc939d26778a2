"""Terraform's resources in CloudFormation's words: small modules and what they become."""

from __future__ import annotations

from sources.terraform.translating import properties, read, translated


def test_a_function() -> None:
    text = """
        resource "aws_iam_role" "r" {
          name               = "orders"
          assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole" }] })
        }
        resource "aws_lambda_function" "f" {
          function_name = "orders"
          role          = aws_iam_role.r.arn
          runtime       = "python3.12"
          s3_bucket     = "code"
          kms_key_arn   = null
          environment { variables = { STAGE = "prod" } }
          vpc_config {
            subnet_ids         = ["subnet-1"]
            security_group_ids = []
          }
          tags = { team = "a" }
        }
    """
    found = translated(text)["aws_lambda_function.f"]
    assert found.type == "AWS::Lambda::Function"
    assert found.key == "main.tf#aws_lambda_function.f"
    plain = found.properties.plain()
    assert plain["Role"] == "aws_iam_role.r.Arn"
    assert plain["Environment"] == {"Variables": {"STAGE": "prod"}}
    assert plain["VpcConfig"] == {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}
    assert plain["Code"] == {"S3Bucket": "code"}
    assert plain["Tags"] == [{"Key": "team", "Value": "a"}]
    assert found.get("KmsKeyArn").absent
    role = translated(text)["aws_iam_role.r"].properties.plain()
    assert role["AssumeRolePolicyDocument"] == {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}


def test_what_belongs_to_a_bucket_is_part_of_it() -> None:
    text = """
        resource "aws_s3_bucket" "b" { bucket = "orders" }
        resource "aws_s3_bucket_public_access_block" "b" {
          bucket            = aws_s3_bucket.b.id
          block_public_acls = true
        }
        resource "aws_s3_bucket_versioning" "b" {
          bucket = aws_s3_bucket.b.bucket
          versioning_configuration { status = "Enabled" }
        }
        resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
          bucket = aws_s3_bucket_versioning.b.bucket
          rule {
            apply_server_side_encryption_by_default {
              sse_algorithm     = "aws:kms"
              kms_master_key_id = aws_kms_key.k.arn
            }
          }
        }
        resource "aws_kms_key" "k" {}
        resource "aws_s3_bucket_acl" "b" {
          bucket = aws_s3_bucket.b.id
          acl    = "public-read"
        }
        resource "aws_s3_bucket_policy" "b" {
          bucket = aws_s3_bucket.b.id
          policy = jsonencode({ Statement = { Resource = "${aws_s3_bucket.b.arn}/*" } })
        }
    """
    assert properties(text, "aws_s3_bucket.b") == {
        "BucketName": "orders",
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "aws_kms_key.k.Arn"}}
            ]
        },
        "AccessControl": "PublicRead",
    }
    assert properties(text, "aws_s3_bucket_policy.b") == {
        "Bucket": "aws_s3_bucket.b",
        "PolicyDocument": {"Statement": {"Resource": "${aws_s3_bucket.b.Arn}/*"}},
    }


def test_rules_of_a_security_group() -> None:
    text = """
        resource "aws_security_group" "g" {
          name = "web"
          ingress {
            from_port   = 22
            to_port     = 22
            protocol    = "TCP"
            cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
          }
        }
        resource "aws_security_group_rule" "r" {
          type              = "egress"
          security_group_id = aws_security_group.g.id
          protocol          = "all"
          from_port         = 0
          to_port           = 0
          cidr_blocks       = ["0.0.0.0/0"]
          self              = true
        }
        resource "aws_vpc_security_group_ingress_rule" "v" {
          security_group_id = aws_security_group.g.id
          ip_protocol       = "tcp"
          from_port         = 443
          to_port           = 443
          cidr_ipv4         = "0.0.0.0/0"
        }
    """
    assert properties(text, "aws_security_group.g") == {
        "GroupName": "web",
        "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
        ],
    }
    found = translated(text)
    everybody = found["aws_security_group_rule.r/0.0.0.0/0"]
    assert everybody.type == "AWS::EC2::SecurityGroupEgress"
    assert everybody.properties.plain() == {
        "GroupId": "aws_security_group.g", "IpProtocol": "-1", "CidrIp": "0.0.0.0/0",
    }  # fmt: skip
    assert found["aws_security_group_rule.r/self"].get("DestinationSecurityGroupId").plain() == "aws_security_group.g"
    assert found["aws_vpc_security_group_ingress_rule.v"].properties.plain() == {
        "GroupId": "aws_security_group.g", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0",
    }  # fmt: skip


def test_a_task_and_its_service() -> None:
    text = """
        resource "aws_ecs_task_definition" "t" {
          family                   = "orders"
          requires_compatibilities = ["FARGATE"]
          container_definitions    = jsonencode([{ name = "app", image = "x:1", readonlyRootFilesystem = true,
            logConfiguration = { logDriver = "awslogs", options = { awslogs-group = aws_cloudwatch_log_group.l.name } } }])
          volume {
            name = "v"
            efs_volume_configuration {
              file_system_id     = "fs-1"
              transit_encryption = "ENABLED"
            }
          }
        }
        resource "aws_cloudwatch_log_group" "l" {
          name              = "logs"
          retention_in_days = 0
        }
        resource "aws_ecs_cluster" "c" {
          name = "c"
          setting {
            name  = "containerInsights"
            value = "enabled"
          }
        }
        resource "aws_ecs_service" "s" {
          name            = "orders"
          cluster         = aws_ecs_cluster.c.name
          task_definition = aws_ecs_task_definition.t.arn
          network_configuration {
            subnets          = ["subnet-1"]
            assign_public_ip = true
          }
        }
    """
    assert properties(text, "aws_ecs_task_definition.t") == {
        "Family": "orders",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [
            {
                "Name": "app",
                "Image": "x:1",
                "ReadonlyRootFilesystem": True,
                "LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {"awslogs-group": "aws_cloudwatch_log_group.l"},
                },
            }
        ],
        "Volumes": [{"Name": "v", "EFSVolumeConfiguration": {"FilesystemId": "fs-1", "TransitEncryption": "ENABLED"}}],
    }
    assert properties(text, "aws_ecs_cluster.c")["ClusterSettings"] == [
        {"Name": "containerInsights", "Value": "enabled"}
    ]
    assert properties(text, "aws_ecs_service.s") == {
        "ServiceName": "orders",
        "Cluster": "aws_ecs_cluster.c",
        "TaskDefinition": "aws_ecs_task_definition.t",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}},
    }
    assert not translated(text)["aws_cloudwatch_log_group.l"].get("RetentionInDays")._present()


def test_what_the_provider_sends_is_said() -> None:
    text = 'resource "aws_db_instance" "d" {\n  instance_class = "db.t3.micro"\n  username = "a"\n}\n'
    assert properties(text, "aws_db_instance.d") == {
        "DBInstanceClass": "db.t3.micro",
        "MasterUsername": "a",
        "PubliclyAccessible": False,
        "BackupRetentionPeriod": 0,
    }


def test_a_deployment() -> None:
    text = """
        resource "kubernetes_deployment_v1" "d" {
          metadata {
            name   = "orders"
            labels = { app = "orders" }
          }
          spec {
            selector { match_labels = { app = "orders" } }
            template {
              metadata { labels = { app = "orders" } }
              spec {
                service_account_name = "orders"
                container {
                  name  = "app"
                  image = "x:1"
                  security_context { privileged = true }
                  env {
                    name  = "A"
                    value = "1"
                  }
                }
              }
            }
          }
        }
    """
    found = translated(text)["kubernetes_deployment_v1.d"]
    assert found.type == "apps/v1/Deployment"
    assert found.properties.plain() == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "orders", "labels": {"app": "orders"}},
        "spec": {
            "selector": {"matchLabels": {"app": "orders"}},
            "template": {
                "metadata": {"labels": {"app": "orders"}},
                "spec": {
                    "serviceAccountName": "orders",
                    "containers": [
                        {
                            "name": "app",
                            "image": "x:1",
                            "securityContext": {"privileged": True},
                            "env": [{"name": "A", "value": "1"}],
                        }
                    ],
                },
            },
        },
    }


def test_what_is_not_translated_is_counted_once_for_each_type() -> None:
    made, problems = read('resource "aws_nothing" "a" {}\nresource "aws_nothing" "b" {}\nresource "random_id" "r" {}\n')
    assert not made
    assert [p.reason for p in problems] == ["2 resources of type `aws_nothing` are not translated; they are not judged"]


def test_a_name_that_the_provider_chooses_still_leads_to_its_resource() -> None:
    text = """
        variable "name" { default = null }
        resource "aws_iam_role" "r" {
          name               = var.name
          assume_role_policy = "{}"
        }
        resource "aws_iam_role_policy_attachment" "a" {
          role       = aws_iam_role.r.name
          policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        }
    """
    assert properties(text, "aws_iam_role.r")["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/AdministratorAccess"]


def test_what_belongs_to_something_unread_is_said() -> None:
    made, problems = read("""
        variable "role" {}
        resource "aws_iam_role_policy_attachment" "a" {
          role       = var.role
          policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        }
    """)
    assert not made
    assert [p.reason for p in problems] == [
        "1 resource of type `aws_iam_role_policy_attachment` is part of something that was not read; it is not judged"
    ]


def test_a_policy_in_a_heredoc_keeps_its_places() -> None:
    text = 'resource "aws_iam_policy" "p" {\n  policy = <<-EOF\n    {\n      "Statement": [\n        {"Action": "*"}\n'
    text += "      ]\n    }\n  EOF\n}\n"
    action = translated(text)["aws_iam_policy.p"].get("PolicyDocument", "Statement", 0, "Action")
    assert action.plain() == "*"
    assert action.value_span.line == 5
    assert text[action.start : action.end] == '"*"'


def test_a_policy_with_references_in_a_text() -> None:
    text = """
        resource "aws_s3_bucket" "b" { bucket = "b" }
        resource "aws_iam_policy" "p" {
          policy = <<EOF
        {"Statement": [{"Resource": "${aws_s3_bucket.b.arn}/*", "Count": ${aws_s3_bucket.b.id}}]}
        EOF
        }
    """
    statement = translated(text)["aws_iam_policy.p"].get("PolicyDocument", "Statement", 0)
    assert statement.plain() == {"Resource": "${aws_s3_bucket.b.Arn}/*", "Count": "aws_s3_bucket.b"}


def test_parts_of_an_api_find_each_other() -> None:
    text = """
        resource "aws_api_gateway_rest_api" "a" { name = "a" }
        resource "aws_api_gateway_method" "m" {
          rest_api_id   = aws_api_gateway_rest_api.a.id
          resource_id   = aws_api_gateway_rest_api.a.root_resource_id
          http_method   = "GET"
          authorization = "NONE"
        }
        resource "aws_api_gateway_integration" "i" {
          rest_api_id             = aws_api_gateway_rest_api.a.id
          resource_id             = aws_api_gateway_rest_api.a.root_resource_id
          http_method             = aws_api_gateway_method.m.http_method
          type                    = "AWS_PROXY"
          uri                     = aws_lambda_function.f.invoke_arn
        }
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_lambda_permission" "p" {
          action        = "lambda:InvokeFunction"
          function_name = aws_lambda_function.f.function_name
          principal     = "apigateway.amazonaws.com"
        }
        resource "aws_api_gateway_stage" "s" {
          rest_api_id   = aws_api_gateway_rest_api.a.id
          deployment_id = "d"
          stage_name    = "prod"
        }
        resource "aws_api_gateway_method_settings" "s" {
          rest_api_id = aws_api_gateway_rest_api.a.id
          stage_name  = aws_api_gateway_stage.s.stage_name
          method_path = "*/*"
          settings { throttling_rate_limit = 5 }
        }
    """
    assert properties(text, "aws_api_gateway_method.m") == {
        "RestApiId": "aws_api_gateway_rest_api.a",
        "ResourceId": "aws_api_gateway_rest_api.a.RootResourceId",
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "AWS_PROXY", "Uri": "aws_lambda_function.f.InvokeArn"},
    }
    assert properties(text, "aws_lambda_permission.p")["FunctionName"] == "aws_lambda_function.f"
    assert properties(text, "aws_api_gateway_stage.s")["MethodSettings"] == [
        {"ThrottlingRateLimit": 5, "HttpMethod": "*", "ResourcePath": "/*"}
    ]


def test_a_load_balancer_and_its_listener() -> None:
    text = """
        resource "aws_lb" "l" {
          internal                   = false
          drop_invalid_header_fields = true
          access_logs {
            bucket  = "logs"
            enabled = true
          }
        }
        resource "aws_lb_listener" "h" {
          load_balancer_arn = aws_lb.l.arn
          port              = 80
          protocol          = "HTTP"
          default_action {
            type = "redirect"
            redirect {
              protocol    = "HTTPS"
              status_code = "HTTP_301"
            }
          }
        }
    """
    assert properties(text, "aws_lb.l") == {
        "Scheme": "internet-facing",
        "LoadBalancerAttributes": [
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": True},
            {"Key": "access_logs.s3.enabled", "Value": True},
            {"Key": "access_logs.s3.bucket", "Value": "logs"},
        ],
    }
    assert properties(text, "aws_lb_listener.h")["DefaultActions"] == [
        {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    ]


def test_disks_of_a_machine() -> None:
    text = """
        resource "aws_instance" "i" {
          ami                         = "ami-1"
          associate_public_ip_address = true
          subnet_id                   = "subnet-1"
          root_block_device { encrypted = true }
          ebs_block_device {
            device_name = "/dev/sdb"
            encrypted   = false
          }
          metadata_options { http_tokens = "required" }
        }
    """
    assert properties(text, "aws_instance.i") == {
        "ImageId": "ami-1",
        "SubnetId": "subnet-1",
        "BlockDeviceMappings": [
            {"Ebs": {"Encrypted": True}},
            {"DeviceName": "/dev/sdb", "Ebs": {"Encrypted": False}},
        ],
        "MetadataOptions": {"HttpTokens": "required"},
        "NetworkInterfaces": [{"AssociatePublicIpAddress": True, "SubnetId": "subnet-1", "DeviceIndex": "0"}],
    }


def test_an_api_described_in_yaml() -> None:
    text = """
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_apigatewayv2_api" "a" {
          name          = "a"
          protocol_type = "HTTP"
          body          = <<-EOT
            openapi: "3.0.1"
            paths:
              /orders:
                get:
                  x-amazon-apigateway-integration:
                    uri: ${aws_lambda_function.f.arn}
          EOT
        }
    """
    body = translated(text)["aws_apigatewayv2_api.a"].get("Body")
    assert body.get("paths", "/orders", "get", "x-amazon-apigateway-integration", "uri").plain() == (
        "aws_lambda_function.f.Arn"
    )


def test_a_resource_has_a_version_and_a_source_of_its_own() -> None:
    text = """
        resource "aws_eks_cluster" "c" { version = "1.29" }
        resource "aws_codebuild_project" "p" {
          source {
            type     = "GITHUB"
            location = "https://github.com/example/app"
          }
        }
    """
    assert properties(text, "aws_eks_cluster.c") == {"Version": "1.29"}
    assert properties(text, "aws_codebuild_project.p")["Source"]["Location"] == "https://github.com/example/app"
