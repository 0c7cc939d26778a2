"""IAM, and what else says who may do what."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

_ROLE = "aws_iam_role"
_ARN = {"arn": ""}
"""Where `Ref` gives the ARN."""

ROWS: dict[str, Row] = {
    "aws_iam_role": Row("AWS::IAM::Role", {
        "assume_role_policy": "AssumeRolePolicyDocument",
        "inline_policy": "Policies",
        "inline_policy.name": "PolicyName",
        "inline_policy.policy": "PolicyDocument",
        "force_detach_policies": "",
    }),
    "aws_iam_role_policy": Row("AWS::IAM::RolePolicy", {
        "role": "RoleName", "policy": "PolicyDocument", "name": "PolicyName", "name_prefix": "",
    }),
    "aws_iam_user_policy": Row("AWS::IAM::UserPolicy", {
        "user": "UserName", "policy": "PolicyDocument", "name": "PolicyName",
    }),
    "aws_iam_group_policy": Row("AWS::IAM::GroupPolicy", {
        "group": "GroupName", "policy": "PolicyDocument", "name": "PolicyName",
    }),
    "aws_iam_policy": Row("AWS::IAM::ManagedPolicy", {"policy": "PolicyDocument", "name": "ManagedPolicyName"},
        refers=_ARN),
    "aws_iam_role_policy_attachment": Row(parent="role", into=_ROLE, names={"policy_arn": "ManagedPolicyArns"}),
    "aws_iam_role_policy_attachments_exclusive": Row(parent="role_name", into=_ROLE, names={
        "policy_arns": "ManagedPolicyArns",
    }),
    "aws_iam_user_policy_attachments_exclusive": Row(parent="user_name", into="aws_iam_user", names={
        "policy_arns": "ManagedPolicyArns",
    }),
    "aws_iam_group_policy_attachments_exclusive": Row(parent="group_name", into="aws_iam_group", names={
        "policy_arns": "ManagedPolicyArns",
    }),
    "aws_iam_user_group_membership": Row(parent="user", into="aws_iam_user", names={"groups": "Groups"}),
    "aws_iam_service_linked_role": Row("AWS::IAM::ServiceLinkedRole", name="role_name"),
    "aws_iam_user_policy_attachment": Row(parent="user", into="aws_iam_user", names={"policy_arn": "ManagedPolicyArns"}),
    "aws_iam_group_policy_attachment": Row(
        parent="group", into="aws_iam_group", names={"policy_arn": "ManagedPolicyArns"},
    ),
    "aws_iam_policy_attachment": Row(parent="roles users groups", into=_ROLE, names={
        "policy_arn": "ManagedPolicyArns", "name": "",
    }),
    "aws_iam_instance_profile": Row("AWS::IAM::InstanceProfile", {"role": "Roles", "name": "InstanceProfileName"}),
    "aws_iam_access_key": Row("AWS::IAM::AccessKey", {"user": "UserName", "status": "Status"}),
    "aws_iam_group_membership": Row("AWS::IAM::UserToGroupAddition", {"group": "GroupName", "name": ""}),
    "aws_iam_user_login_profile": Row(parent="user", into="aws_iam_user", names={
        "password_reset_required": "LoginProfile.PasswordResetRequired",
    }),
    "aws_iam_openid_connect_provider": Row("AWS::IAM::OIDCProvider", {}),
    "aws_kms_key": Row("AWS::KMS::Key", {
        "policy": "KeyPolicy", "customer_master_key_spec": "KeySpec", "is_enabled": "Enabled",
        "deletion_window_in_days": "PendingWindowInDays",
    }),
    "aws_kms_replica_key": Row("AWS::KMS::ReplicaKey", {"policy": "KeyPolicy"}),
    "aws_kms_key_policy": Row(parent="key_id", into="aws_kms_key", names={"policy": "KeyPolicy"}),
    "aws_kms_grant": Row("AWS::KMS::Grant", {
        "key_id": "KeyId", "grantee_principal": "Principal", "operations": "Action", "constraints": ".",
        "constraints.encryption_context_equals": "EncryptionContextEquals",
        "constraints.encryption_context_subset": "EncryptionContextSubset",
    }, finish="grant"),
    "aws_kms_alias": Row("AWS::KMS::Alias", {"name": "AliasName", "target_key_id": "TargetKeyId"}),
    "aws_kms_external_key": Row("AWS::KMS::Key", {
        "policy": "KeyPolicy", "deletion_window_in_days": "PendingWindowInDays",
    }, provider={"Origin": "EXTERNAL"}),
    "aws_secretsmanager_secret": Row("AWS::SecretsManager::Secret", {"policy": "", "replica": "ReplicaRegions"},
        refers=_ARN, finish="secret"),
    "aws_secretsmanager_secret_policy": Row("AWS::SecretsManager::ResourcePolicy", {
        "secret_arn": "SecretId", "policy": "ResourcePolicy", "block_public_policy": "BlockPublicPolicy",
    }),
    "aws_secretsmanager_secret_rotation": Row("AWS::SecretsManager::RotationSchedule", {
        "secret_id": "SecretId", "rotation_lambda_arn": "RotationLambdaARN",
    }),
    "aws_secretsmanager_secret_version": Row(parent="secret_id", into="aws_secretsmanager_secret", names={
        "secret_string": "SecretString", "secret_string_wo": "SecretString",
    }),
    "aws_ssm_parameter": Row("AWS::SSM::Parameter", {"insecure_value": "Value", "value_wo": "Value"}),
    "aws_organizations_policy": Row("AWS::Organizations::Policy", {"content": "Content"}, provider={
        "Type": "SERVICE_CONTROL_POLICY",
    }),
    "aws_organizations_policy_attachment": Row(parent="policy_id", into="aws_organizations_policy", names={
        "target_id": "TargetIds",
    }),
    "aws_organizations_resource_policy": Row("AWS::Organizations::ResourcePolicy", {"content": "Content"}),
    "aws_ssoadmin_permission_set": Row("AWS::SSO::PermissionSet", {}),
    "aws_ssoadmin_permission_set_inline_policy": Row(
        parent="permission_set_arn", into="aws_ssoadmin_permission_set", names={"inline_policy": "InlinePolicy"},
    ),
    "aws_ssoadmin_managed_policy_attachments_exclusive": Row(parent="permission_set_arn",
        into="aws_ssoadmin_permission_set", names={"managed_policy_arns": "ManagedPolicies"}),
    **{
        f"aws_ssoadmin_customer_managed_policy_{name}": Row(
            parent="permission_set_arn", into="aws_ssoadmin_permission_set",
            names={"customer_managed_policy_reference": "CustomerManagedPolicyReferences"},
        )
        for name in ("attachment", "attachments_exclusive")
    },
    "aws_ssoadmin_permissions_boundary_attachment": Row(
        parent="permission_set_arn", into="aws_ssoadmin_permission_set",
    ),
    "aws_ssoadmin_account_assignment": Row("AWS::SSO::Assignment"),
    "aws_ssoadmin_managed_policy_attachment": Row(
        parent="permission_set_arn", into="aws_ssoadmin_permission_set", names={"managed_policy_arn": "ManagedPolicies"},
    ),
}  # fmt: skip
