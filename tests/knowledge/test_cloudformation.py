"""The schemas of CloudFormation's resource types."""

from fourfold.knowledge.cloudformation import plain, schemas


def test_a_type_says_how_its_properties_are_spelled() -> None:
    queue = schemas().get("AWS::SQS::Queue")
    assert queue is not None
    assert queue.properties["KmsMasterKeyId"] == "s"
    assert queue.properties["Tags"] == "[@Tag"
    assert queue.definitions["Tag"] == {"Key": "s", "Value": "s"}
    assert queue.identifier == ("QueueUrl",)
    assert "Arn" in queue.attributes


def test_a_type_is_found_by_its_letters() -> None:
    assert schemas().named("wafv2_web_acl_association") == "AWS::WAFv2::WebACLAssociation"
    assert schemas().named("nothing_of_the_kind") == ""
    assert plain("KMSMasterKeyID") == plain("kms_master_key_id")


def test_recursive_definitions_end() -> None:
    acl = schemas().get("AWS::WAFv2::WebACL")
    assert acl is not None
    assert acl.definitions["NotStatement"]["Statement"] == "@Statement"


def test_the_facts_are_dated() -> None:
    assert schemas().date >= "2026-01-01"
    assert schemas().sources[0]["licence"] == "MIT-0"
    assert len(schemas().types) > 1500
