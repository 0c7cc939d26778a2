"""Worlds: what is certain, what depends on a condition, and what hangs on an unknown."""

from fourfold.model.condition import FALSE, TRUE, Equals, Variable
from fourfold.model.value import NOWHERE, Choice, Ref, Text, Unknown, Value, known, unknown
from fourfold.model.world import Undecided, explore, verdict

ENV = Equals(Variable("t.yaml", "Env", ("dev", "prod")), "prod")
OPEN = Equals(Variable("t.yaml", "Size"), "small")


def choice(condition: object, yes: Value, no: Value) -> Choice:
    return Choice(NOWHERE, 0, 0, -1, condition, yes, no)  # type: ignore[arg-type]


def ask(question: object) -> object:
    leaves = explore(lambda: [("found", None)] if question() else [])  # type: ignore[operator]
    return verdict(leaves, "found")


def test_known_values_need_one_run() -> None:
    leaves = explore(lambda: [("x", known(True).is_(True))])
    assert len(leaves) == 1


def test_a_choice_is_true_under_its_condition() -> None:
    answer = ask(lambda: choice(ENV, known(True), known(False)).is_(True))
    assert answer.must == ENV
    assert str(answer.must) == "Env = prod"


def test_both_sides_alike_leave_no_condition() -> None:
    assert ask(lambda: choice(ENV, known("a"), known("b")).is_("a", "b")).must == TRUE


def test_the_same_variable_is_decided_once() -> None:
    def both_hold() -> bool:
        first = choice(ENV, known(True), known(False)).is_(True)
        second = choice(ENV, known(False), known(True)).is_(True)
        return first and second

    assert ask(both_hold).may == FALSE


def test_a_domain_of_two_values_is_exhausted() -> None:
    dev = Equals(ENV.variable, "dev")
    value = choice(ENV, known("x"), choice(dev, known("x"), known("y")))
    assert ask(lambda: value.is_("x")).must == TRUE


def test_open_variables_keep_a_rest() -> None:
    answer = ask(lambda: choice(OPEN, known(1), known(2)).is_(2))
    assert str(answer.must) == "Size != small"


def test_unknown_is_neither_true_nor_false() -> None:
    value = unknown("no default", at=known(None))
    answer = ask(lambda: value.is_(True))
    assert (answer.must, answer.may, answer.reason) == (FALSE, TRUE, "no default")


def test_an_unknown_that_does_not_matter_is_proved() -> None:
    value = unknown("no default", at=known(None))
    assert ask(lambda: value.is_(True) or known(1).is_(1)).must == TRUE


def test_a_question_to_the_content_of_an_unknown_is_undecided() -> None:
    def run() -> bool:
        return unknown("no default", at=known(None)).text() == "x"

    answer = ask(run)
    assert answer.may == TRUE and answer.reason == "no default"


def test_without_a_world_a_choice_cannot_be_asked() -> None:
    try:
        choice(ENV, known(1), known(2)).is_(1)
    except Undecided as stop:
        assert stop.reason == "depends on Env = prod"
    else:
        raise AssertionError


def test_partial_text_answers_what_its_known_parts_tell() -> None:
    hole = Unknown(NOWHERE, 0, 0, -1, "account unknown", (), False, "AWS::AccountId")
    arn = Text(NOWHERE, 0, 0, -1, ("arn:aws:s3:::", hole, "-logs"))
    assert ask(lambda: arn.startswith("arn:aws:s3")).must == TRUE
    assert ask(lambda: arn.endswith("-data")).may == FALSE
    assert ask(lambda: arn.is_("*")).may == FALSE
    assert ask(lambda: arn.contains("prod")).reason == "account unknown"


def test_too_many_conditions_are_an_unknown_not_a_guess() -> None:
    values = [choice(Equals(Variable("t", f"V{i}"), "on"), known(1), known(0)) for i in range(12)]
    answer = ask(lambda: sum(v.is_(1) for v in values) >= 11)
    assert answer.must != TRUE
    assert "combinations" in answer.reason


def test_a_single_text_or_reference_is_a_list_of_one() -> None:
    hole = Unknown(NOWHERE, 0, 0, -1, "account unknown", (), False, "AWS::AccountId")
    arn = Text(NOWHERE, 0, 0, -1, ("arn:aws:s3:::", hole, "-logs"))
    assert arn.items() == [arn]
    reference = Ref(NOWHERE, 0, 0, -1, "t.yaml#Bucket", "Arn")
    assert reference.items() == [reference]


def test_what_a_reference_gives_is_not_empty() -> None:
    text = Text(NOWHERE, 0, 0, -1, (Ref(NOWHERE, 0, 0, -1, "t.yaml#Bucket", "Arn"), "*"))
    assert ask(lambda: text.is_("*")).may == FALSE
    assert ask(lambda: text.is_("arn:aws:s3:::b*")).may == TRUE
