"""Random requests decided by us and by iam-simulate, an independent implementation, run as a program of its own.

Left out is where it goes other ways than the documentation: the root user, `NotPrincipal`, session policies beside direct
grants, policy variables in `NotResource` or in the older version of the language, `0.0.0.0/0`, dates as seconds, and
`ForAnyValue` with `IfExists`.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from fourfold.iam import decide

PROJECT = Path(__file__).resolve().parents[3]
PACKAGE = "@cloud-copilot/iam-simulate"
OUTCOMES = {"Allowed": "allowed", "ImplicitlyDenied": "implicit_deny", "ExplicitlyDenied": "explicit_deny"}
OURS, OTHERS = "111122223333", "444455556666"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/app/me"
USER = f"arn:aws:iam::{OURS}:user/b"
WHO = [USER, SESSION, f"arn:aws:sts::{OURS}:assumed-role/app/you", "sns.amazonaws.com", "anonymous"]
NAMED = [
    "*", {"AWS": "*"}, {"AWS": OURS}, {"AWS": f"arn:aws:iam::{OURS}:root"}, {"AWS": f"arn:aws:iam::{OURS}:role/app"}, {"AWS": SESSION},
    {"AWS": USER}, {"Service": "sns.amazonaws.com"}, {"AWS": OTHERS},
]  # fmt: skip
ACTIONS = ["s3:GetObject", "s3:Get*", "S3:getobject", "s3:*", "*", "s3:?et*", "s3:PutObject", "s3:*Object"]
RESOURCES = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::*/x",
    "arn:aws:s3:::?/x",
    "arn:*:s3:::b/x",
]
WITH_VARIABLES = ["arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team, 'b'}/x"]
CONDITIONS = [
    (["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
     ["aws:PrincipalOrgID", "aws:TagKeys", "aws:UserAgent", "aws:principalorgid"], ["o-1", "O-1", "o-*", "?-1", "*"]),
    (["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"], ["aws:SourceArn"],
     ["arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:sns:*:*:abc", "arn:aws:sns:us-east-1:111122223333:a*"]),
    (["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"], ["aws:MultiFactorAuthAge"], ["1", "2.5", "10"]),
    (["DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals"], ["aws:CurrentTime"],
     ["2024-01-01T00:00:00Z", "2025-06-30T00:00:00Z"]),
    (["Bool"], ["aws:SecureTransport"], ["true", "false"]),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp"], ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "2001:db8::/32"]),
    (["Null"], ["aws:PrincipalOrgID", "aws:TagKeys", "aws:SourceArn"], ["true", "false"]),
]  # fmt: skip
CONTEXT = {
    "aws:PrincipalOrgID": ["o-1", "O-1", "zz"],
    "aws:TagKeys": [["o-1"], ["o-1", "zz"], ["O-1", "zz", "o-1"]],
    "aws:PrincipalTag/team": ["b", "c", "*"],
    "aws:UserAgent": ["o-1", "a"],
    "aws:SourceArn": ["arn:aws:s3:::b", "arn:aws:sns:us-east-1:111122223333:abc"],
    "aws:CurrentTime": ["2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
    "aws:SourceIp": ["10.1.2.3", "10.2.9.9", "192.0.2.1", "2001:db8::5"],
    "aws:SecureTransport": ["true", "false"],
}


def installed() -> Path | None:
    named = os.environ.get("FOURFOLD_IAM_SIMULATE")
    for folder in (Path(named) if named else None, PROJECT / ".venv/npm-iam"):
        if folder is not None and (folder / "node_modules" / PACKAGE).is_dir() and shutil.which("node"):
            return folder
    return None


def statement(random, *, principal=False):
    out = {"Effect": random.choice(["Allow", "Allow", "Allow", "Deny"])}
    out[random.choice(["Action"] * 4 + ["NotAction"])] = random.sample(ACTIONS, random.randint(1, 2))
    element = random.choice(["Resource"] * 5 + ["NotResource"])
    out[element] = random.sample(RESOURCES + (WITH_VARIABLES if element == "Resource" else []), random.randint(1, 2))
    for _ in range(random.choice([0, 0, 1, 2])):
        operators, keys, values = random.choice(CONDITIONS)
        operator = random.choice(operators)
        key = random.choice(keys)
        if operator != "Null":
            qualifier = random.choice(["ForAllValues:", "ForAnyValue:"]) if key == "aws:TagKeys" else ""
            operator = qualifier + operator + ("" if qualifier else random.choice(["", "IfExists"]))
        out.setdefault("Condition", {})[operator] = {key: random.sample(values, random.randint(1, 2))}
    if principal:
        out["Principal"] = random.choice(NAMED)
    return out


def policy(random, **more):
    wide = {"Effect": "Allow", "Action": "*", "Resource": "*", **({"Principal": "*"} if more else {})}
    statements = [statement(random, **more) for _ in range(random.randint(1, 2))]
    return {"Version": "2012-10-17", "Statement": [*statements, *([wide] if random.random() < 0.5 else [])]}


def situation(random):
    """A request and its layers."""
    who, owner = random.choice(WHO), random.choice([OURS, OURS, OTHERS])
    context = {k: random.choice(v) for k, v in CONTEXT.items() if random.random() < 0.5}
    layers = {}
    if who.startswith("arn:"):
        layers["identity"] = [policy(random)] if random.random() < 0.8 else []
        if random.random() < 0.3:
            layers["boundary"] = [policy(random)]
        if random.random() < 0.3:
            layers["scp"] = [policy(random), policy(random)]
    else:
        context = {k: v for k, v in context.items() if not k.startswith("aws:Principal")}
    if random.random() < 0.7:
        layers["resource"] = [policy(random, principal=True)]
    asked = {"principal": who, "action": random.choice(["s3:GetObject", "s3:PutObject"]),
             "resource": random.choice(["arn:aws:s3:::b/x", "arn:aws:s3:::b/y", "arn:aws:s3:::bb/x"]),
             "context": {**context, "aws:ResourceAccount": owner}}  # fmt: skip
    return asked, layers


def simulation(asked, layers):
    """The same in the words of iam-simulate, which does not fill in what follows from the principal."""
    context = dict(asked["context"])
    who = asked["principal"]
    if who == USER:
        context["aws:username"] = "b"
    out = {
        "request": {
            "principal": who, "action": asked["action"], "contextVariables": context,
            "resource": {"resource": asked["resource"], "accountId": context["aws:ResourceAccount"]},
        },
        "identityPolicies": [{"name": "i", "policy": p} for p in layers.get("identity", [])],
        "serviceControlPolicies": [
            {"orgIdentifier": str(i), "policies": [{"name": "s", "policy": p}]} for i, p in enumerate(layers.get("scp", []))
        ],
        "resourceControlPolicies": [],
    }  # fmt: skip
    if "resource" in layers:
        out["resourcePolicy"] = layers["resource"][0]
    if "boundary" in layers:
        out["permissionBoundaryPolicies"] = [{"name": "b", "policy": p} for p in layers["boundary"]]
    return out


def test_random_requests_are_decided_as_by_iam_simulate(tmp_path) -> None:
    folder = installed()
    if folder is None:
        pytest.skip(
            f"no {PACKAGE}: `./test` installs it, or name the folder of its node_modules in FOURFOLD_IAM_SIMULATE"
        )
    random = Random(20261122)
    situations = [situation(random) for _ in range(1500)]
    file = tmp_path / "simulations.jsonl"
    file.write_text("\n".join(json.dumps(simulation(*one)) for one in situations))
    runner = Path(__file__).with_name("peer.mjs")
    run = subprocess.run(["node", runner, folder, file], capture_output=True, text=True, check=True)
    theirs = [json.loads(line) for line in run.stdout.splitlines()]
    ours = [decide(*one).outcome for one in situations]
    assert min(map(ours.count, OUTCOMES.values())) > 100
    differ = [(one, a, b) for one, a, b in zip(situations, ours, theirs, strict=True) if OUTCOMES.get(str(b)) != a]
    assert not differ, (len(differ), differ[0])
