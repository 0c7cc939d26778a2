"""Answers about random estates against the point evaluator, which gets all documents as they are."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam import ask, spec
from fourfold.engines.iam.estate import Estate, Principal, Target
from fourfold.engines.iam.ground import Document, plain
from fourfold.engines.iam.request import request
from tests.engines.iam.policies import documents, requests

ACCOUNT = "111122223333"
ROLE, USER = f"arn:aws:iam::{ACCOUNT}:role/a", f"arn:aws:iam::{ACCOUNT}:user/u"
OTHER = "arn:aws:iam::444455556666:user/u"
WHOLE = plain({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "identity", "all", lambda _: None)
seeds = st.builds(Random, st.integers(0, 2**32))
slow = [HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large]


def made(found: Any, kind: str) -> tuple[Document, ...]:
    return tuple(plain(one, kind, f"{kind} {n}", lambda _: None) for n, one in enumerate(found))  # type: ignore[arg-type]


@st.composite
def estates(draw: Any) -> Estate:
    def some(kind: str, odds: int) -> tuple[Document, ...]:
        return made([draw(documents())], kind) if draw(st.integers(1, odds)) == 1 else ()

    level = some("scp", 6)
    scp = (level,) if level else ()
    principals = [
        Principal(
            kind=kind,
            name=arn,
            arn=arn,
            asks=arn,
            identity=made(draw(st.lists(documents(), max_size=2)), "identity") if arn != OTHER else (WHOLE,),
            boundary=some("boundary", 4) or None,
            scp=scp if arn != OTHER else (),
        )
        for kind, arn in (("role", ROLE), ("user", USER), ("external", OTHER))
    ]
    principals += [ask.ANONYMOUS, Principal(kind="service", name="sns", asks={"Service": "sns.amazonaws.com"})]
    arn = draw(st.sampled_from(["arn:aws:s3:::b", "arn:aws:s3:::b/x", f"arn:aws:iam::{ACCOUNT}:role/x"]))
    policies = made(draw(st.lists(documents(principal=True), max_size=2)), "resource")
    target = Target(arn=arn, type="", name="target", policies=policies)
    return Estate(principals=tuple(principals), targets=(target,), account=ACCOUNT)


def layers(principal: Principal, target: Target) -> dict[str, Any]:
    out: dict[str, Any] = {**principal.layers("lower"), **target.layers("lower")}
    if not principal.arn.startswith(f"arn:aws:iam::{ACCOUNT}"):
        out.setdefault("resource", [[]])
    return out


@settings(max_examples=60, deadline=None, suppress_health_check=slow)
@given(estates(), st.sampled_from(["s3:GetObject", "s3:PutObject", "iam:PassRole"]), seeds)
def test_answers_agree_with_the_point_evaluator(estate: Estate, action: str, random: Random) -> None:
    target = estate.targets[0]
    answers = {one.principal.key: one for one in ask.can(estate, estate.principals, action, target)}
    patterns = ask.parts(target, action)
    for principal in estate.principals:
        found = answers.get(principal.key)
        below = layers(principal, target)
        account = {"aws:ResourceAccount": ACCOUNT}
        if found is not None and found.verdict != "unknown":
            shown = {**found.request, "context": {**account, **found.request["context"]}}
            assert spec.decide(request(shown), below).allowed
        for asked in requests(random, 15):
            for pattern in patterns:
                resource = pattern.replace("*", random.choice(["x", "any", "y:z", "u/x"]))
                context = {**asked["context"], **account}
                if principal.kind in ("service", "anonymous"):
                    context.pop("aws:PrincipalOrgID", None)
                    context.pop("aws:PrincipalTag/team", None)
                whole = {"principal": principal.asks, "action": action, "resource": resource, "context": context}
                allowed = spec.decide(request(whole), below).allowed
                assert not (allowed and found is None), whole
                assert allowed or found is None or found.verdict != "proved", whole
