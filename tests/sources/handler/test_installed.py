"""Packages that lie beside the code, and what is not the program's own."""

from pathlib import Path

from fourfold.sources.handler import Program, program
from fourfold.sources.tree import Tree


def read(folder: Path) -> Program:
    return program(Tree(folder), "", "app.handler", "python")


def test_installed_packages_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import boto3, heavy\ndef handler(event, context):\n    heavy.run(boto3.client('s3'))\n"
    )
    (tmp_path / "heavy").mkdir()
    (tmp_path / "heavy" / "__init__.py").write_text("def run(client):\n    client.delete_bucket(Bucket='b')\n")
    assert [c.operation for c in read(tmp_path).calls] == ["DeleteBucket"]
    (tmp_path / "heavy-1.0.dist-info").mkdir()
    (tmp_path / "heavy-1.0.dist-info" / "METADATA").write_text("Name: heavy\n")
    found = read(tmp_path)
    assert found.calls == ()
    assert [n.reason for n in found.notes] == ["the `s3` client is given to `heavy.run`, which is not read"]
    (tmp_path / "heavy-1.0.dist-info" / "METADATA").write_text("Name: heavy\nRequires-Dist: boto3\n")
    assert [c.operation for c in read(tmp_path).calls] == ["DeleteBucket"]


def test_boto3_beside_the_code_is_boto3(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import boto3\ndef handler(event, context):\n    boto3.client('s3').list_buckets()\n"
    )
    (tmp_path / "boto3").mkdir()
    (tmp_path / "boto3" / "__init__.py").write_text("def client(name): return None\n")
    assert [c.operation for c in read(tmp_path).calls] == ["ListBuckets"]


def test_a_call_on_something_unknown_that_looks_like_an_operation_is_said(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "def handler(event, context):\n    context.store.put_item(Item=1)\n    context.log.info('x')\n"
    )
    assert [n.reason for n in read(tmp_path).notes] == [
        "`put_item` is called like an operation of `dynamodb`; what it is called on is not known"
    ]


def test_lists_that_grow_hold_what_is_put_into_them(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import boto3\ndef handler(event, context):\n    rows = []\n    for x in event:\n        rows.append({'EventBusName': 'orders'})\n"
        "    boto3.client('events').put_events(Entries=rows)\n"
    )
    assert [c.parameters.plain() for c in read(tmp_path).calls] == [{"Entries": [{"EventBusName": "orders"}] * 2}]


def test_the_workloads_own_credentials_are_not_others(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import boto3, os\ndef handler(event, context):\n"
        "    boto3.client('s3', aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'], aws_session_token=None).list_buckets()\n"
        "    boto3.client('sqs', aws_access_key_id=os.environ['OTHER_KEY']).list_queues()\n"
    )
    assert [(c.operation, c.foreign) for c in read(tmp_path).calls] == [("ListBuckets", False), ("ListQueues", True)]


def test_a_paginator_of_something_unknown_is_said(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "def handler(event, context):\n    context.ec2.get_paginator('describe_instances').paginate()\n"
    )
    assert [n.reason for n in read(tmp_path).notes] == [
        "`describe_instances` is called like an operation of `ec2`; what it is called on is not known"
    ]
