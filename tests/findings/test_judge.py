"""The runner: conditions, unknowns, possible findings, identities, platforms, checks of the whole graph."""

from __future__ import annotations

from typing import Any

from fourfold.findings.check import Check, Findings, check
from fourfold.findings.finding import Finding, Undetermined, finding
from fourfold.findings.judge import judge, subjects
from fourfold.model.condition import TRUE, Equals, Variable
from fourfold.model.edit import set_
from fourfold.model.graph import Graph
from fourfold.model.nodes import Container
from fourfold.model.place import Source, Span
from fourfold.model.resource import Resource
from fourfold.model.value import Absent, Choice, Known, Map, Value, unknown

SOURCE = Source("t.yaml", "0123456789" * 20)
PROD = Equals(Variable("t.yaml", "Env", ("dev", "prod")), "prod")


def at(start: int, value: Any) -> Known:
    return Known(SOURCE, start, start + 3, -1, value)


def bag(
    address: str = "Bag", *, condition: Any = TRUE, file: Source = SOURCE, start: int = 0, **entries: Value
) -> Resource:
    properties = Map(file, start, start + 9, -1, entries)
    return Resource("Test::Bag", address, properties, Span(file, start, start + 9), "test", condition)


def choice(yes: Value, no: Value) -> Choice:
    return Choice(SOURCE, 0, 9, -1, PROD, yes, no)


@check("medium", code="FF3999", since="0.1")
def bad(resource: Resource) -> Findings:
    """Bad"""
    value = resource.get("Bad")
    if value.is_(True):
        yield finding("is bad", at=value, fix=set_(value, data=False))


def run(*resources: Resource, by: Check = bad) -> tuple[list[Finding], list[Undetermined]]:
    return judge(Graph(resources), [by])


def test_what_is_written_is_proved() -> None:
    (found,), unknowns = run(bag(Bad=at(5, True)))
    assert (found.certainty, found.condition, found.span.start, found.principle) == (
        "proved",
        "",
        5,
        "defense_in_depth",
    )
    assert unknowns == []


def test_one_side_of_a_choice_comes_when_its_condition_holds() -> None:
    (found,), _ = run(bag(Bad=choice(at(5, True), at(9, False))))
    assert (found.certainty, found.condition) == ("when", "Env = prod")
    assert found.span.start == 5


def test_both_sides_of_a_choice_are_one_proved_finding_that_is_mended_in_both_places() -> None:
    (found,), _ = run(bag(Bad=choice(at(5, True), at(9, True))))
    assert found.certainty == "proved"
    assert found.fix is not None and [e.at.start for e in found.fix.edits] == [5, 9]


def test_a_resource_that_exists_under_a_condition() -> None:
    (found,), _ = run(bag(condition=PROD, Bad=at(5, True)))
    assert (found.certainty, found.condition) == ("when", "Env = prod")


def test_the_condition_of_the_resource_decides_its_choices() -> None:
    found, unknowns = run(bag(condition=PROD, Bad=choice(at(5, False), at(9, True))))
    assert (found, unknowns) == ([], [])


def test_an_unknown_is_neither_a_finding_nor_silence() -> None:
    found, (open_,) = run(bag(Bad=unknown("no default", at=at(5, None))))
    assert found == []
    assert (open_.check, open_.address, open_.reason) == ("bad", "Bag", "no default")


def test_an_unknown_on_one_side_leaves_the_other_certain() -> None:
    (found,), (open_,) = run(bag(Bad=choice(at(5, True), unknown("no default", at=at(9, None)))))
    assert (found.certainty, found.condition, open_.reason) == ("when", "Env = prod", "no default")


@check("low", code="FF3998", since="0.1")
def hangs(resource: Resource) -> Findings:
    """Hangs"""
    if resource.get("Bad").is_(True):
        yield finding("may be bad", at=resource.get("Bad"), possible="the image was not seen")


def test_a_possible_finding_says_what_it_hangs_on() -> None:
    (found,), unknowns = run(bag(Bad=at(5, True)), by=hangs)
    assert (found.certainty, found.condition) == ("possible", "the image was not seen")
    assert unknowns == []


def test_a_possible_finding_under_a_condition_stays_possible() -> None:
    (found,), _ = run(bag(Bad=choice(at(5, True), at(9, False))), by=hangs)
    assert (found.certainty, found.condition) == ("possible", "the image was not seen, when Env = prod")


@check("low", code="FF3997", since="0.1")
def asks_the_content(resource: Resource) -> Findings:
    """Asks"""
    if resource.get("First").is_(True):
        yield finding("first", at=resource.get("First"), cause="first")
    if resource.get("Second").text() == "x":
        yield finding("second", at=resource.get("Second"), cause="second")


def test_what_was_found_before_a_run_stopped_is_kept() -> None:
    hidden = unknown("no default", at=at(9, None))
    (found,), _ = run(bag(First=at(5, True), Second=hidden), by=asks_the_content)
    assert found.title == "first"


def test_a_run_that_stopped_without_a_finding_is_said() -> None:
    hidden = unknown("no default", at=at(9, None))
    _, (open_,) = run(bag(First=at(5, False), Second=hidden), by=asks_the_content)
    assert open_.reason == "no default"


def test_one_address_in_two_files_gives_two_identities() -> None:
    other = Source("u.yaml", SOURCE.text)
    found, _ = run(bag(Bad=at(5, True)), bag(file=other, Bad=Known(other, 5, 8, -1, True)))
    assert len({f.id for f in found}) == 2


def test_mending_one_of_them_leaves_the_other_identity_alone() -> None:
    other = Source("u.yaml", SOURCE.text)
    mine, its = bag(Bad=at(5, True)), bag(file=other, Bad=Known(other, 5, 8, -1, True))
    before = {f.span.file: f.id for f in run(mine, its)[0]}
    (after,), _ = run(bag(Bad=at(5, False)), its)
    assert after.id == before["u.yaml"]


def test_an_identity_survives_moved_lines() -> None:
    (before,), _ = run(bag(Bad=at(5, True)))
    (after,), _ = run(bag(Bad=at(50, True)))
    assert before.id == after.id


@check("low", code="FF3996", since="0.1")
def twice(resource: Resource) -> Findings:
    """Twice"""
    for name in ("First", "Second"):
        if resource.get(name).is_(True):
            yield finding("is bad", at=resource.get(name), cause="same")


def test_two_facts_of_one_cause_are_two_findings() -> None:
    found, _ = run(bag(First=at(5, True), Second=at(9, True)), by=twice)
    assert len(found) == len({f.id for f in found}) == 2


@check("low", code="FF3995", since="0.1")
def whole(graph: Graph) -> Findings:
    """Whole"""
    for resource in graph.resources.values():
        if resource.get("Bad").is_(True):
            yield finding("is bad", at=resource.get("Bad"), about=resource)


def test_a_check_of_the_whole_graph_says_whom_it_is_about() -> None:
    found, _ = run(bag("A", Bad=at(5, True)), bag("B", start=20, Bad=at(25, True)), by=whole)
    assert [(f.address, f.resource_type) for f in found] == [("A", "Test::Bag"), ("B", "Test::Bag")]
    assert len({f.id for f in found}) == 2


@check("low", code="FF3994", since="0.1", not_on={"fargate": "no such setting"})
def only_elsewhere(container: Container) -> Findings:
    """Elsewhere"""
    yield finding("is here", at=container.at)


def test_a_check_is_not_run_where_it_makes_no_sense() -> None:
    resource = bag()
    nodes = [Container(resource=resource, name=p, part=p, platform=p, at=at(5, 1)) for p in ("fargate", "ecs-ec2")]  # type: ignore[arg-type]
    graph = Graph([resource], nodes)
    found, _ = judge(graph, [only_elsewhere])
    assert [f.address for f in found] == ["Bag/ecs-ec2"]
    assert len(subjects(graph, only_elsewhere)) == 1


def test_an_absence_is_placed_where_it_would_be_written() -> None:
    @check("low", code="FF3993", since="0.1")
    def missing(resource: Resource) -> Findings:
        """Missing"""
        if not resource.get("Good").present:
            yield finding("is not good", at=resource.get("Good"), fix=set_(resource.get("Good"), data=True))

    (found,), _ = run(bag(), by=missing)
    assert (found.span.start, found.span.end) == (0, 9)
    assert found.fix is not None and isinstance(found.fix.edits[0].at, Map) and found.fix.edits[0].keys == ("Good",)
    assert isinstance(bag().get("Good"), Absent)
