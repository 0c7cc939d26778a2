"""What a principal's own policies let it do together, against the point evaluator."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam import shapes
from fourfold.engines.iam.document import parse
from fourfold.engines.iam.effective import effective, never, no_new_access, side
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import decide, evaluate
from tests.engines.iam.policies import documents, requests


def policy(*statements, kind="identity"):
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, kind)


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="*", resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


APP = "arn:aws:iam::111122223333:role/app"
LAYERS = {
    "identity": [[policy(allow("s3:*", "arn:aws:s3:::*"), allow("iam:PassRole"))]],
    "boundary": [[policy(allow(["s3:*", "logs:*"], "arn:aws:s3:::b/*"))]],
    "scp": [[policy(allow(), kind="scp")], [policy(allow(), deny("s3:Delete*"), kind="scp")]],
}


def test_a_boundary_and_control_policies_limit() -> None:
    assert never(LAYERS, actions=["iam:PassRole"]).verdict == "proved"
    assert never(LAYERS, actions=["s3:DeleteObject"]).verdict == "proved"
    assert never(LAYERS, actions=["s3:GetObject"], resources=["arn:aws:s3:::c/*"]).verdict == "proved"
    found = never(LAYERS, who=APP, actions=["s3:GetObject"])
    assert found.request["principal"] == APP
    assert (
        found.trace[0]
        == "allowed by identity[0].Statement[0], boundary[0].Statement[0], scp[0].Statement[0], scp[0].Statement[0]"
    )


def test_the_layers_as_one_policy() -> None:
    found = effective(LAYERS)
    assert found.exact.verdict == "proved"
    assert [(s.effect, s.actions, s.resources) for s in found.policy.statements] == [
        ("Allow", ("s3:*",), ("arn:aws:s3:::b/*",)),
        ("Deny", ("s3:Delete*",), ("*",)),
    ]


def test_variables_are_filled_in_for_one_principal() -> None:
    home = {"identity": [[policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"))]]}
    ann, role = "arn:aws:iam::111122223333:user/staff/ann", APP
    assert never(home, who=ann, actions=["s3:GetObject"], resources=["arn:aws:s3:::home/bob/*"]).verdict == "proved"
    assert never(home, who=ann, actions=["s3:GetObject"], resources=["arn:aws:s3:::home/ann/*"]).verdict == "witness"
    assert never(home, who=role).verdict == "proved"
    assert [s.resources for s in effective(home, who=ann).policy.statements] == [("arn:aws:s3:::home/ann/*",)]


def test_conditions_on_who_asks_are_decided_for_one_principal() -> None:
    mine = {"identity": [[policy(allow(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin*"}}))]]}
    assert never(mine, who=APP).verdict == "proved"
    assert never(mine, who="arn:aws:iam::111122223333:role/admin").verdict == "witness"


def test_a_smaller_boundary_adds_nothing() -> None:
    smaller = {**LAYERS, "boundary": [[policy(allow("s3:Get*", "arn:aws:s3:::b/*"))]]}
    assert no_new_access(LAYERS, smaller).verdict == "proved"
    assert no_new_access(smaller, LAYERS).verdict == "witness"


def test_without_identity_policies_there_is_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="no identity policies"):
        side({"boundary": LAYERS["boundary"]})


large = [HealthCheck.large_base_example, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=large)
@given(documents(), documents(), documents(), st.builds(Random, st.integers(0, 2**32)))
def test_layers_are_decided_as_the_point_evaluator_does(identity, boundary, scp, random) -> None:
    layers = {
        "identity": [[parse(identity)]],
        "boundary": [[parse(boundary, "boundary")]],
        "scp": [[parse(scp, "scp")]],
    }
    found, together = never(layers), effective(layers)
    assert "disagree" not in found.reason
    if found.verdict == "witness":
        assert side(layers).allows(request(found.request))
    for asked in requests(random, 40):
        if "111122223333:" not in asked["resource"] and "121122223333" not in asked["resource"]:
            asked["context"]["aws:ResourceAccount"] = "111122223333"
        made = request(asked)
        allowed = side(layers).allows(made)
        if made.context["aws:resourceaccount"] == ("111122223333",):
            assert allowed == decide(made, layers).allowed
        if not shapes.exists(asked["action"], asked["resource"], map(str.lower, asked["context"])):
            continue
        if found.verdict == "proved":
            assert not allowed, asked
        if together.exact.verdict == "proved":
            assert allowed == (evaluate([together.policy], made).outcome == "allowed"), asked
