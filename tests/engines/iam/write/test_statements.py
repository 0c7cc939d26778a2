"""Statements: as few as say the same, and within the quotas."""

from hypothesis import given
from hypothesis import strategies as st

from fourfold.engines.iam.names import Names
from fourfold.engines.iam.write.needs import Limit, Need, Reason, text
from fourfold.engines.iam.write.statements import document, shortened, size, split, statements
from fourfold.knowledge.iam import catalogue
from fourfold.linking import link

NAMES = Names(link([]))
WHY = Reason("is used", "code")


def need(action: str, resource: str, *limits: Limit, wide: str = "") -> Need:
    return Need(action, text(resource), WHY, limits, wide)


def rows(*needs: Need) -> list[tuple[list[str], list[str]]]:
    return [(s["Action"], s["Resource"]) for s in document(statements(needs, NAMES), NAMES)["Statement"]]


def test_actions_on_the_same_resources_are_one_statement() -> None:
    assert rows(need("sqs:SendMessage", "arn:aws:sqs:r:1:a"), need("sqs:ReceiveMessage", "arn:aws:sqs:r:1:a"), need("s3:GetObject", "arn:aws:s3:::b/*")) == [
        (["s3:GetObject"], ["arn:aws:s3:::b/*"]),
        (["sqs:ReceiveMessage", "sqs:SendMessage"], ["arn:aws:sqs:r:1:a"]),
    ]  # fmt: skip


def test_what_another_resource_takes_in_is_left_out() -> None:
    found = statements(
        [need("s3:GetObject", "arn:aws:s3:::b/a"), need("s3:GetObject", "arn:aws:s3:::b/*", wide="x")], NAMES
    )
    assert [[NAMES.text(r) for r in s.resources] for s in found] == [["arn:aws:s3:::b/*"]]
    assert len(found[0].needs) == 2


def test_conditions_keep_statements_apart() -> None:
    limit = Limit("StringEquals", "aws:ResourceAccount", text("1"))
    found = document(
        statements([need("s3:GetObject", "arn:aws:s3:::b/*", limit), need("s3:PutObject", "arn:aws:s3:::b/*")], NAMES),
        NAMES,
    )
    assert [s.get("Condition") for s in found["Statement"]] == [{"StringEquals": {"aws:ResourceAccount": "1"}}, None]


def test_an_action_without_resources_stands_alone_and_is_justified() -> None:
    found = statements([need("s3:ListAllMyBuckets", "*"), need("s3:GetObject", "*", wide="unknown")], NAMES)
    assert [s.justified for s in found] == [False]
    assert [s.justified for s in statements([need("s3:ListAllMyBuckets", "*")], NAMES)] == [True]


ACTIONS = sorted(str(a) for a in catalogue().expand("sqs:*")) + sorted(str(a) for a in catalogue().expand("kms:*"))


@given(st.sets(st.sampled_from(ACTIONS), min_size=1), st.integers(50, 4000))
def test_shorter_actions_take_in_the_same_actions(chosen: set[str], limit: int) -> None:
    found = statements(
        [need(a, "arn:aws:sqs:r:1:a" if a.startswith("sqs") else "arn:aws:kms:r:1:key/a") for a in chosen], NAMES
    )
    made, _ = shortened(found, NAMES, limit)
    taken = {str(a) for s in made for pattern in s.actions for a in catalogue().expand(pattern)}
    assert taken == chosen
    assert size(document(made, NAMES)) <= size(document(found, NAMES))


@given(st.integers(1, 60), st.integers(400, 3000))
def test_parts_hold_everything_and_fit(count: int, limit: int) -> None:
    found = statements(
        [
            need("s3:GetObject", f"arn:aws:s3:::bucket-{i}/*", Limit("StringEquals", "k", text(str(i))))
            for i in range(count)
        ],
        NAMES,
    )
    parts = split(found, NAMES, limit)
    assert [s for part in parts for s in part] == found
    assert all(size(document(part, NAMES)) <= limit for part in parts)
