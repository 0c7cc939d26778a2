"""Which calls a Python handler can make."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.knowledge.sdk import actions_of, sdk
from fourfold.sources.handler import Program, program
from fourfold.sources.tree import Tree


def read(tmp_path: Path, handler: str = "app.handler", **files: str) -> Program:
    for name, text in files.items():
        path = tmp_path / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return program(Tree(tmp_path), "", handler, "python")


def calls(found: Program) -> list[tuple[str, object]]:
    return [(f"{c.client}.{c.operation}", c.parameters.plain()) for c in found.calls]


def names(found: Program) -> set[str]:
    return {f"{c.client}.{c.operation}" for c in found.calls}


def test_a_call_has_its_place_and_its_parameters(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="import boto3, os\n"
        "s3 = boto3.client('s3')\n"
        "def handler(event, context):\n"
        "    return s3.get_object(Bucket=os.environ['BUCKET'], Key=f\"in/{event['id']}.json\")\n",
    )
    assert calls(found) == [("s3.GetObject", {"Bucket": "env:BUCKET", "Key": "in/${event.id}.json"})]
    assert (found.calls[0].span.file, found.calls[0].span.line) == ("app.py", 4)
    assert found.entry is not None
    assert found.entry.line == 3
    assert (found.notes, found.problems, found.unreached) == ((), (), ())


FACTORIES = {
    "a function": "def make(name):\n    return boto3.client(name)\nc = make('sqs')",
    "a cache": "_c = {}\ndef get(n):\n    if n not in _c:\n        _c[n] = boto3.client(n)\n    return _c[n]\nc = get('sqs')",
    "a session": "c = boto3.Session(region_name='eu-west-1').client('sqs')",
    "an attribute": "class A:\n    def __init__(self):\n        self.q = boto3.client('sqs')\nc = A().q",
    "a class attribute": "class A:\n    q = boto3.client('sqs')\nc = A.q",
    "a base class": "class B:\n    def __init__(self, n):\n        self.q = boto3.client(n)\n"
    "class A(B):\n    def __init__(self):\n        super().__init__('sqs')\nc = A().q",
    "a property": "class A:\n    @property\n    def q(self):\n        return boto3.client('sqs')\nc = A().q",
    "a global": "c = None\ndef init():\n    global c\n    c = boto3.client('sqs')\ninit()",
    "partial": "from functools import partial\nc = partial(boto3.client, 'sqs')()",
    "lru_cache": "from functools import lru_cache\n@lru_cache(maxsize=1)\ndef f():\n    return boto3.client('sqs')\nc = f()",
    "a resource's client": "c = boto3.resource('sqs').meta.client",
    "a dictionary": "clients = {n: boto3.client(n) for n in ['sqs']}\nc = dict(q=boto3.client('sqs'))['q']",
    "a choice": "import os\nc = boto3.client('sqs') if os.environ.get('X') else boto3.client('sqs', region_name='a')",
}


@pytest.mark.parametrize("made", FACTORIES.values(), ids=FACTORIES)
def test_the_type_of_a_client_is_inferred_through(made: str, tmp_path: Path) -> None:
    code = f"import boto3\n{made}\ndef handler(event, context):\n    c.send_message(QueueUrl='u', MessageBody='b')\n"
    assert calls(read(tmp_path, app=code)) == [("sqs.SendMessage", {"QueueUrl": "u", "MessageBody": "b"})]


CALLS = {
    "paginator": ("boto3.client('s3').get_paginator('list_objects_v2').paginate(Bucket='b')", {"s3.ListObjectsV2"}),
    "waiter": ("boto3.client('s3').get_waiter('object_exists').wait(Bucket='b', Key='k')", {"s3.HeadObject"}),
    "upload": ("boto3.client('s3').upload_file('f', 'b', 'k')", {"s3.PutObject"}),
    "presigned": ("boto3.client('s3').generate_presigned_url('get_object', Params={'Bucket': 'b'})", {"s3.GetObject"}),
    "table": ("boto3.resource('dynamodb').Table('t').put_item(Item={})", {"dynamodb.PutItem"}),
    "attribute": ("boto3.resource('dynamodb').Table('t').item_count", {"dynamodb.DescribeTable"}),
    "collection": ("[o.delete() for o in boto3.resource('s3').Bucket('b').objects.all()]", {"s3.ListObjects", "s3.DeleteObject"}),
    "batch": ("boto3.resource('dynamodb').Table('t').batch_writer()", {"dynamodb.BatchWriteItem"}),
    "object": ("boto3.resource('s3').Object('b', 'k').get()['Body'].read()", {"s3.GetObject"}),
    "bucket": ("boto3.resource('s3').Bucket('b').upload_file('f', 'k')", {"s3.PutObject"}),
    "queue": ("boto3.resource('sqs').get_queue_by_name(QueueName='q').send_message(MessageBody='')", {"sqs.GetQueueUrl", "sqs.SendMessage"}),
    "getattr": ("getattr(boto3.client('sns'), 'publish')(TopicArn='t')", {"sns.Publish"}),
    "map": ("list(map(lambda b: boto3.client('s3').delete_bucket(Bucket=b), ['x']))", {"s3.DeleteBucket"}),
    "callback": ("unknown_library.run(lambda: boto3.client('sns').publish(TopicArn='t'))", {"sns.Publish"}),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CALLS.values(), ids=CALLS)
def test_what_makes_a_call(code: str, expected: set[str], tmp_path: Path) -> None:
    text = f"import boto3, unknown_library\ndef handler(event, context):\n    {code}\n"
    assert names(read(tmp_path, app=text)) == expected


def test_parameters_go_through_functions_and_mappings(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="import boto3\nfrom lib.store import put\nfrom lib import names\n"
        "def handler(event, context):\n    put(names.TABLE, Item={'a': 1})\n",
        lib____init__="",
        lib__names="PREFIX = 'shop'\nTABLE = '{}-{}'.format(PREFIX, 'orders')\n",
        lib__store="import boto3\n_d = boto3.client('dynamodb')\n"
        "def put(table, **rest):\n    params = {'TableName': table}\n    params.update(rest)\n    _d.put_item(**params)\n",
    )
    assert calls(found) == [("dynamodb.PutItem", {"TableName": "shop-orders", "Item": {"a": 1}})]
    assert sorted(found.files) == ["app.py", "lib/names.py", "lib/store.py"]


def test_code_that_the_handler_does_not_reach_is_told_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="import boto3\ns3 = boto3.client('s3')\n"
        "def helper():\n    s3.delete_bucket(Bucket='b')\n"
        "def handler(event, context):\n    s3.list_buckets()\n"
        "if __name__ == '__main__':\n    s3.create_bucket(Bucket='b')\n",
    )
    assert names(found) == {"s3.ListBuckets"}
    assert [(c.operation, c.span.line) for c in found.unreached] == [("DeleteBucket", 4)]


def test_routes_are_reached(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="import boto3\nfrom aws_lambda_powertools.event_handler import APIGatewayRestResolver\n"
        "app = APIGatewayRestResolver()\n@app.get('/x')\ndef route():\n    boto3.client('s3').list_buckets()\n"
        "def handler(event, context):\n    return app.resolve(event, context)\n",
    )
    assert names(found) == {"s3.ListBuckets"}


def test_powertools_call_aws(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="from aws_lambda_powertools.utilities import parameters\n"
        "from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent\n"
        "layer = DynamoDBPersistenceLayer(table_name='t')\n"
        "@idempotent(persistence_store=layer)\ndef handler(event, context):\n"
        "    parameters.get_secret('prod/db')\n    parameters.get_parameter('/a/b')\n",
    )
    assert ("secretsmanager.GetSecretValue", {"SecretId": "prod/db"}) in calls(found)
    assert ("ssm.GetParameter", {"Name": "/a/b"}) in calls(found)
    assert {n for n in names(found) if n.startswith("dynamodb")} == {
        f"dynamodb.{o}" for o in ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
    }


def test_other_credentials_are_not_the_workload(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        app="import boto3\ndef handler(event, context):\n"
        "    c = boto3.client('sts').assume_role(RoleArn='r', RoleSessionName='s')['Credentials']\n"
        "    boto3.client('s3', aws_access_key_id=c['AccessKeyId']).list_buckets()\n"
        "    boto3.Session(aws_session_token=c['SessionToken']).client('ec2').describe_instances()\n",
    )
    assert {(c.operation, c.foreign) for c in found.calls} == {
        ("AssumeRole", False), ("ListBuckets", True), ("DescribeInstances", True),
    }  # fmt: skip


UNTOLD = {
    "service": ("boto3.client(event['service'])", "a client is made, and which service it is for is decided at run time"),
    "method": ("getattr(boto3.client('s3'), event['m'])()", "the method of the `s3` client is chosen at run time"),
    "library": ("unknown_library.use(boto3.client('s3'))", "the `s3` client is given to `unknown_library.use`, which is not read"),
    "no operation": ("boto3.client('s3').get_objekt()", "`get_objekt` is no operation of `s3` that is known"),
    "opaque": ("awswrangler.s3.read_csv('x')", "`awswrangler` calls AWS by itself; which operations is not known"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "reason"), UNTOLD.values(), ids=UNTOLD)
def test_what_cannot_be_told_is_said(code: str, reason: str, tmp_path: Path) -> None:
    text = f"import boto3, unknown_library, awswrangler\ndef handler(event, context):\n    {code}\n"
    found = read(tmp_path, app=text)
    assert [(n.span.line, n.reason) for n in found.notes] == [(3, reason)]
    assert found.calls == ()


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    found = read(
        tmp_path, app="import boto3, broken\ndef handler(event, context):\n    broken.f()\n", broken="def f(:\n"
    )
    assert [(p.file, p.line) for p in found.problems] == [("broken.py", 1)]
    missing = read(tmp_path, "nothing.handler")
    assert [p.reason for p in missing.problems] == ["the handler `nothing.handler` is not found below `.`"]
    (tmp_path / "app.py").write_text("")
    assert [p.reason for p in read(tmp_path, "app.other").problems] == ["no function `other` is found in it"]


def test_recursion_and_large_programs_end(tmp_path: Path) -> None:
    functions = "".join(f"def f{i}(x):\n    f{i + 1}(x); f{i + 1}(x)\n" for i in range(30))
    found = read(
        tmp_path,
        app=f"import boto3\n{functions}def f30(x):\n    boto3.client('s3').list_buckets()\n"
        "def handler(event, context):\n    handler(event, context)\n    f0(1)\n",
    )
    assert names(found) == {"s3.ListBuckets"}
    assert any("too large" in p.reason for p in found.problems)


PIECES = st.sampled_from([
    "import boto3", "from os import *", "import a.b.c", "x = boto3.client('s3')", "x.get_object(Bucket=y)", "def handler(e, c):",
    "    return x", "    for y in x: y()", "class A(B):", "    def f(self, *a, **k): return self.f(*a, **k)", "handler = A().f",
    "    with x() as (a, *b): a[b] = {**a, b: 1}", "lambda *a: a", "x = {x: y for x in y}", "    yield x", "    try: x()\n    except E: pass",
    "@x.y(1)", "x, y = y, x", "match x:\n  case [a, *_]: a()", "x += f'{x!r:>{y}}'", "    del x", "print((lambda: (yield))())", "\x00", "(" * 500,
    "x = x.x[x](x)", "async def handler(e, c):", "    await x.y()", "    global x; x = x + 1", "    raise x from y", "x: int = 'a' % x",
    "'{} {a}'.format(x, a=1).split(x)", "x = boto3.resource('dynamodb').Table(x)", "x.batch_writer().__enter__()", "x = x if x else x or x",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=14).map("\n".join))
def test_no_input_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "app.py").write_text(text)
    found = program(Tree(folder), "", "app.handler", "python")
    assert found.entry is not None or found.problems


def test_every_operation_of_the_commonest_services_has_an_action() -> None:
    for service in (
        "s3",
        "dynamodb",
        "sqs",
        "sns",
        "lambda",
        "stepfunctions",
        "kms",
        "sts",
        "apigateway",
        "ecs",
        "iam",
    ):
        client = sdk().client(service)
        assert client is not None
        unknown = [o for o in client.operations.values() if not actions_of(client, o)]
        assert len(unknown) <= 6, unknown
