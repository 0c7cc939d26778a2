"""What watches and records: trails, logs, alarms, detectors, event buses."""

from __future__ import annotations

from fourfold.sources.terraform.translate.row import Row

ROWS: dict[str, Row] = {
    "aws_cloudwatch_log_group": Row("AWS::Logs::LogGroup", {"name": "LogGroupName"}, words={
        "retention_in_days": {0: None, "0": None},
    }),
    "aws_cloudwatch_log_resource_policy": Row("AWS::Logs::ResourcePolicy"),
    "aws_cloudwatch_log_data_protection_policy": Row(parent="log_group_name", into="aws_cloudwatch_log_group", names={
        "policy_document": "DataProtectionPolicy",
    }),
    "aws_cloudwatch_log_destination": Row("AWS::Logs::Destination", {"name": "DestinationName"}),
    "aws_cloudwatch_log_destination_policy": Row(
        parent="destination_name", into="aws_cloudwatch_log_destination", names={"access_policy": "DestinationPolicy"},
    ),
    "aws_cloudwatch_log_stream": Row("AWS::Logs::LogStream"),
    "aws_cloudwatch_log_metric_filter": Row("AWS::Logs::MetricFilter", {"pattern": "FilterPattern"}),
    "aws_cloudwatch_log_subscription_filter": Row("AWS::Logs::SubscriptionFilter"),
    "aws_cloudwatch_metric_alarm": Row("AWS::CloudWatch::Alarm", {
        "alarm_name": "AlarmName", "metric_query": "", "ok_actions": "OKActions",
    }, name="alarm_name"),
    "aws_cloudwatch_composite_alarm": Row("AWS::CloudWatch::CompositeAlarm", name="alarm_name"),
    "aws_cloudwatch_event_bus": Row("AWS::Events::EventBus"),
    "aws_cloudwatch_event_bus_policy": Row(parent="event_bus_name", into="aws_cloudwatch_event_bus"),
    "aws_cloudwatch_event_permission": Row("AWS::Events::EventBusPolicy", provider={"Action": "events:PutEvents"}),
    "aws_cloudwatch_event_api_destination": Row("AWS::Events::ApiDestination"),
    "aws_cloudwatch_event_archive": Row("AWS::Events::Archive", {"event_source_arn": "SourceArn"}),
    "aws_schemas_registry_policy": Row("AWS::EventSchemas::RegistryPolicy"),
    "aws_schemas_registry": Row("AWS::EventSchemas::Registry"),
    "aws_oam_sink_policy": Row(parent="sink_identifier", into="aws_oam_sink"),
    "aws_oam_sink": Row("AWS::Oam::Sink"),
    "aws_cloudwatch_event_connection": Row("AWS::Events::Connection", {
        "auth_parameters.api_key": "ApiKeyAuthParameters", "auth_parameters.basic": "BasicAuthParameters",
        "auth_parameters.oauth": "OAuthParameters", "auth_parameters.api_key.key": "ApiKeyName",
        "auth_parameters.api_key.value": "ApiKeyValue",
    }),
    "aws_cloudtrail": Row("AWS::CloudTrail::Trail", {
        "name": "TrailName", "enable_logging": "IsLogging", "cloud_watch_logs_group_arn": "CloudWatchLogsLogGroupArn",
        "advanced_event_selector": "AdvancedEventSelectors", "event_selector": "EventSelectors",
    }, provider={"IsLogging": True}),
    "aws_guardduty_detector": Row("AWS::GuardDuty::Detector", {"datasources": ""}, provider={"Enable": True}),
    "aws_securityhub_account": Row("AWS::SecurityHub::Hub"),
    "aws_config_configuration_recorder": Row("AWS::Config::ConfigurationRecorder", {"role_arn": "RoleARN"}),
    "aws_inspector2_filter": Row("AWS::InspectorV2::Filter", {"filter_criteria": ""}),
    "aws_inspector_assessment_template": Row("AWS::Inspector::AssessmentTemplate"),
    "aws_macie2_account": Row("AWS::Macie::Session"),
    "aws_accessanalyzer_analyzer": Row("AWS::AccessAnalyzer::Analyzer", {"configuration": ""}),
    "aws_xray_resource_policy": Row("AWS::XRay::ResourcePolicy"),
    "aws_vpclattice_auth_policy": Row("AWS::VpcLattice::AuthPolicy"),
    "aws_vpclattice_resource_policy": Row("AWS::VpcLattice::ResourcePolicy"),
}  # fmt: skip
