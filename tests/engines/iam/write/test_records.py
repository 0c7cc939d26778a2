"""Access records of every shape."""

import gzip
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.iam.write import Policy, functions, write
from fourfold.engines.iam.write.records import Records, read
from fourfold.linking import link
from fourfold.pipeline import read as read_tree
from fourfold.sources.tree import Tree

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders, KeySchema: []}}
  Function:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.13}
"""


def event(name: str, source: str = "dynamodb", role: str = "app-FunctionRole-1", **more: Any) -> dict[str, Any]:
    identity = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": role}}}
    return {"eventSource": f"{source}.amazonaws.com", "eventName": name, "userIdentity": identity, **more}


def seen(*events: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {s.action: s.resources for s in read([("a", json.dumps(list(events)).encode())], "").seen}


def policy(folder: Path, *events: dict[str, Any]) -> Policy:
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    pass\n")
    tree = Tree(folder)
    graph = link(read_tree(tree)[0])
    return write(graph, tree, functions(graph)[0], [("trail.json", json.dumps({"Records": events}).encode())])


def test_events_are_named_like_operations_with_exceptions() -> None:
    found = seen(event("HeadObject", "s3"), event("Invoke", "lambda"), event("ListBuckets", "s3"), event("PutMetricData", "monitoring"),
                 event("CreateFunction20150331", "lambda"), event("NoSuchThing", "s3"), event("GetCallerIdentity", "sts"))  # fmt: skip
    assert set(found) == {
        "s3:GetObject",
        "lambda:InvokeFunction",
        "s3:ListAllMyBuckets",
        "cloudwatch:PutMetricData",
        "lambda:CreateFunction",
    }


def test_only_what_the_action_works_on_counts() -> None:
    both = [{"ARN": "arn:aws:s3:::b/k"}, {"ARN": "arn:aws:s3:::b", "accountId": "1"}]
    assert seen(event("GetObject", "s3", resources=both)) == {"s3:GetObject": ("arn:aws:s3:::b/k",)}


def test_parameters_name_what_no_arn_names(tmp_path: Path) -> None:
    found = policy(
        tmp_path,
        event("UpdateItem", requestParameters={"tableName": "orders", "key": {"id": "x"}}),
        event("ListObjects", "s3", requestParameters={"bucketName": "b", "prefix": "x/"}),
    )
    rows = {a: [found.names.text(r) for r in s.resources] for s in found.statements for a in s.actions}
    assert rows["dynamodb:UpdateItem"] == ["arn:aws:dynamodb:<region>:000000000000:table/orders"]
    assert rows["s3:ListBucket"] == ["arn:aws:s3:::b"]


def test_every_container_of_events_is_read() -> None:
    row = event("GetItem")
    packed = gzip.compress(json.dumps({"Records": [row]}).encode())
    looked_up = json.dumps({"Events": [{"CloudTrailEvent": json.dumps(row)}]}).encode()
    lines = json.dumps(row).encode() + b"\n" + json.dumps(row).encode()
    for data in (packed, looked_up, lines, json.dumps(row).encode()):
        assert [s.action for s in read([("a", data)], "").seen] == ["dynamodb:GetItem"]
    assert [p.reason[:11] for p in read([("a", b"{"), ("b", b"\x1f\x8bno")], "").problems] == [
        "is not JSON",
        "is not a gz",
    ]


def test_events_of_other_roles_are_counted_and_left_out() -> None:
    data = json.dumps([event("GetItem"), event("PutItem", role="other")]).encode()
    found = read([("a", data)], "<stack>-FunctionRole-<id of FunctionRole>")
    assert [s.action for s in found.seen] == ["dynamodb:GetItem"]
    assert found.others == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["Records", "Events", "eventSource", "eventName", "userIdentity", "resources", "ARN", "requestParameters", "CloudTrailEvent",
                         "ServicesLastAccessed", "ServiceNamespace", "TrackedActionsLastAccessed", "sessionContext", "sessionIssuer", "errorCode"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON | st.just(event("GetItem")), st.text(max_size=4))
def test_no_input_raises(data: Any, role: str) -> None:
    assert isinstance(read([("a", json.dumps(data).encode())], role), Records)


@given(st.binary(max_size=40))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(read([("a", data)], ""), Records)
