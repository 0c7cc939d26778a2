"""Which calls a JavaScript or TypeScript handler can make."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.sources.handler import Program, program
from fourfold.sources.tree import Tree

pytest.importorskip(
    "tree_sitter_typescript", reason="tree-sitter's grammars are not installed (`./test` installs them)"
)


def read(tmp_path: Path, files: dict[str, str], handler: str = "index.handler") -> Program:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return program(Tree(tmp_path), "", handler, "javascript")


def calls(found: Program) -> list[tuple[str, object]]:
    return [(f"{c.client}.{c.operation}", c.parameters.plain()) for c in found.calls]


def names(found: Program) -> set[str]:
    return {f"{c.client}.{c.operation}" for c in found.calls}


VERSIONS = {
    "commands": "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\n"
    "const c = new SQSClient({});\nexport const handler = async () => c.send(new SendMessageCommand({ QueueUrl: 'u' }));",
    "aggregated": "import { SQS } from '@aws-sdk/client-sqs';\nexport const handler = async () => new SQS({}).sendMessage({ QueueUrl: 'u' });",
    "namespace": "const sqs = require('@aws-sdk/client-sqs');\n"
    "exports.handler = async () => { await new sqs.SQSClient().send(new sqs.SendMessageCommand({ QueueUrl: 'u' })); };",
    "version 2": "const AWS = require('aws-sdk');\nconst c = new AWS.SQS({ apiVersion: '2012-11-05' });\n"
    "exports.handler = async () => { await c.sendMessage({ QueueUrl: 'u' }).promise(); };",
    "version 2, one service": "const SQS = require('aws-sdk/clients/sqs');\nmodule.exports.handler = async () => new SQS().sendMessage({ QueueUrl: 'u' }).promise();",
    "callback": "const { SQS } = require('aws-sdk');\nexports.handler = (event, context, done) => { new SQS().sendMessage({ QueueUrl: 'u' }, (e, d) => done(e, d)); };",
    "traced": "const x = require('aws-xray-sdk');\nconst AWS = x.captureAWS(require('aws-sdk'));\nexports.handler = async () => new AWS.SQS().sendMessage({ QueueUrl: 'u' }).promise();",
    "renamed": "import { SQSClient as C, SendMessageCommand as S } from '@aws-sdk/client-sqs';\nasync function handler() { return new C().send(new S({ QueueUrl: 'u' })); }\nexport { handler };",
    "wrapped": "import middy from '@middy/core';\nimport { SQS } from '@aws-sdk/client-sqs';\nconst base = async () => new SQS().sendMessage({ QueueUrl: 'u' });\nexport const handler = middy(base).use({});",
    "unknown client": "import { SendMessageCommand } from '@aws-sdk/client-sqs';\nimport { send } from 'elsewhere';\nexport const handler = async () => send(new SendMessageCommand({ QueueUrl: 'u' }));",
    "a class": "const { SQS } = require('aws-sdk');\nclass A { constructor(c) { this.c = c; } go(QueueUrl) { return this.c.sendMessage({ QueueUrl }); } }\n"
    "class B extends A { constructor() { super(new SQS()); } }\nexports.handler = async (event) => [1].forEach(() => new B().go('u'));",
    "bound": "const { SQS } = require('aws-sdk');\nclass A { c = new SQS(); async handler() { await this.c.sendMessage({ QueueUrl: 'u' }); } }\nconst a = new A();\nexports.handler = a.handler.bind(a);",
}  # fmt: skip


@pytest.mark.parametrize("code", VERSIONS.values(), ids=VERSIONS)
def test_each_version_of_the_sdk_is_read(code: str, tmp_path: Path) -> None:
    assert calls(read(tmp_path, {"index.mjs": code})) == [("sqs.SendMessage", {"QueueUrl": "u"})]


CALLS = {
    "document client": ("new AWS.DynamoDB.DocumentClient().batchGet({ RequestItems: {} })", {"dynamodb.BatchGetItem"}),
    "document command": ("lib.DynamoDBDocumentClient.from(new AWS.DynamoDB()).send(new lib.PutCommand({ TableName: 't' }))", {"dynamodb.PutItem"}),
    "document": ("lib.DynamoDBDocument.from(x).query({ TableName: 't' })", {"dynamodb.Query"}),
    "paginator": ("s3.paginateListObjectsV2({ client: x }, { Bucket: 'b' })", {"s3.ListObjectsV2"}),
    "waiter": ("s3.waitUntilObjectExists({ client: x }, { Bucket: 'b' })", {"s3.HeadObject"}),
    "presigned": ("getSignedUrl(new s3.S3Client(), new s3.PutObjectCommand({ Bucket: 'b' }))", {"s3.PutObject"}),
    "presigned, version 2": ("new AWS.S3().getSignedUrl('getObject', { Bucket: 'b' })", {"s3.GetObject"}),
    "upload": ("new Upload({ client: new s3.S3Client(), params: { Bucket: 'b' } }).done()", {"s3.PutObject"}),
    "promise": ("Promise.all(event.Records.map(async (r) => new AWS.SNS().publish({ TopicArn: r.arn })))", {"sns.Publish"}),
    "other name": ("new AWS.StepFunctions().startExecution({ stateMachineArn: 'x' })", {"stepfunctions.StartExecution"}),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CALLS.values(), ids=CALLS)
def test_what_makes_a_call(code: str, expected: set[str], tmp_path: Path) -> None:
    head = (
        "const AWS = require('aws-sdk');\nconst lib = require('@aws-sdk/lib-dynamodb');\nconst s3 = require('@aws-sdk/client-s3');\n"
        "const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');\nconst { Upload } = require('@aws-sdk/lib-storage');\n"
    )
    text = f"{head}exports.handler = async (event, x) => {{ await {code}; }};\n"
    assert names(read(tmp_path, {"index.js": text})) == expected


def test_typescript_with_modules_environment_and_templates(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "src/index.ts": "import { Store } from './store.js';\nimport * as config from './config';\nimport type { X } from 'x';\n"
            "export const handler = async (event: X): Promise<void> => {\n"
            "  const { id = 'none', ...rest } = event as any;\n"
            "  await new Store(process.env.BUCKET!, config.prefix).put(`${id}.json`);\n};\n",
            "src/store.ts": "import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';\n"
            "export class Store {\n  private s3: S3Client = new S3Client({});\n"
            "  constructor(private readonly bucket: string, private prefix?: string) {}\n"
            "  async put(key: string) {\n    const params = { Bucket: this.bucket, Key: `${this.prefix}/${key}` };\n"
            "    return this.s3.send(new PutObjectCommand(params));\n  }\n"
            "  async never() { return this.s3.send(new PutObjectCommand({ Bucket: 'x', Key: 'y' })); }\n}\n",
            "src/config.json": '{"prefix": "in"}',
        },
        "src/index.handler",
    )
    assert calls(found) == [("s3.PutObject", {"Bucket": "env:BUCKET", "Key": ["in/${event.id}.json", "in/none.json"]})]
    assert found.calls[0].span.file == "src/store.ts"
    assert found.calls[0].span.line == 7
    assert [(c.operation, c.span.line) for c in found.unreached] == [("PutObject", 9)]


def test_environment_variables_are_found_however_they_are_written(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "index.js": "const AWS = require('aws-sdk');\nconst { A, B: b, C = 'c' } = process.env;\nconst d = process.env['D'] || 'dd';\n"
            "exports.handler = async () => { for (const QueueUrl of [A, b, C, d]) await new AWS.SQS().sendMessage({ QueueUrl }); };\n"
        },
    )
    assert calls(found) == [("sqs.SendMessage", {"QueueUrl": ["env:A", "env:B", "env:C", "env:D"]})]


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "index.js": "const AWS = require('aws-sdk');\nconst = 3;\nexports.handler = async () => new AWS.S3().listBuckets();\n"
        },
    )
    assert [(p.file, p.line) for p in found.problems] == [("index.js", 2)]
    assert names(found) == {"s3.ListBuckets"}


def test_without_the_grammars_it_is_said_how_to_install_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fourfold.sources.handler import javascript

    monkeypatch.setattr(javascript, "_parser", lambda kind: None)
    found = read(tmp_path, {"index.js": "exports.handler = () => 1;"})
    assert [p.reason for p in found.problems] == [javascript.MISSING]


PIECES = st.sampled_from([
    "const x = require('aws-sdk');", "import x, { y as z } from '@aws-sdk/client-s3';", "x.y?.(z, ...w)", "new x.S3().getObject({ Bucket })",
    "exports.handler = async (e) => {", "}", "class A extends B { #x = 1; static y = 2; get z() { return this.#x } }", "const { a, b: [c], ...d } = e;",
    "for (const k in e) {", "switch (x) { case 1: break; default: y() }", "try { x() } catch { } finally { }", "`${x}${`y`}`", "x ||= y ?? z;", "export * from './x';",
    "export default function () {}", "enum E { A = 1 }", "x as any as string", "<T>(x: T) => x", "(" * 300, "\x00", "label: while (x) continue label;", "async function* g() { yield* x }",
    "[...x].map(({ a }) => a).reduce((p, c) => p + c, '')", "x.send(new x.y.GetObjectCommand())", "super.x()", "this.x = y", "import('x')", "a?.b!.c[d]", "({ [k]: v, m() {} })",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12).map("\n".join), st.sampled_from(["index.js", "index.ts", "index.tsx"]))
def test_no_input_raises(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / name).write_text(text)
    found = program(Tree(folder), "", "index.handler", "javascript")
    assert found.entry is not None or found.problems
