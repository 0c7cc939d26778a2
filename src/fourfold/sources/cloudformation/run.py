"""What the stacks of one reading share: the tree, the problems, and the limits."""

from __future__ import annotations

from fourfold.model.place import Problem, Source
from fourfold.model.value import Map, Value
from fourfold.sources.cloudformation.tags import long_form
from fourfold.sources.syntax.json import parse_json
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

PROBLEMS_MAX = 200
"""Problems of one reading that are told."""
STEPS_MAX = 200_000
"""Elements of lists, blocks of addresses and keys of mappings tried for one reading; more is taken for an attack."""


class ExhaustedError(Exception):
    """More steps than a reading may take; evaluation of the resource at hand stops."""


class Run:
    """One reading: a file, and what is read as part of it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.depth = 0
        self.stacks = 0
        self.fragments = 0
        self.assets: dict[str, str] | None = None
        """Templates that the CDK wrote, by the name they are uploaded under; None until somebody asks."""
        self.covers: set[str] = set()
        self.cycles: set[str] = set()
        """Files that nest themselves: they stand for themselves, too."""
        self.active: set[object] = set()
        """What is being evaluated, to see what asks for itself."""
        self.including: list[Value] = []
        """Contents of files that are being evaluated where they are included."""
        self.problems: list[Problem] = []
        self._said: set[Problem] = set()
        self._steps = 0
        self._documents: dict[str, Value | None] = {}

    def problem(self, at: Value, reason: str) -> None:
        """Tell a problem once, at the place of a value."""
        self.tell(Problem(at.source.path, at.source.position(at.start)[0], reason))

    def tell(self, problem: Problem) -> None:
        """Tell a problem once."""
        if problem in self._said or len(self.problems) > PROBLEMS_MAX:
            return
        self._said.add(problem)
        full = len(self.problems) == PROBLEMS_MAX
        self.problems.append(Problem(problem.file, 0, f"more than {PROBLEMS_MAX} problems") if full else problem)

    def spend(self, steps: int) -> None:
        """Count steps; raises `ExhaustedError` where there were too many."""
        self._steps += steps
        if self._steps > STEPS_MAX:
            raise ExhaustedError

    def template(self, source: Source) -> Map | None:
        """The top of a template; None (and a problem) where there is none."""
        if source.path not in self._documents:
            documents = self._parse(source)
            tops = [d for d in documents if isinstance(d, Map) and "Resources" in d.entries_]
            if len(tops) > 1:
                self.problem(tops[1], "a second template in one file; only the first is read")
            if not tops and documents:
                self.problem(documents[0], "the template has no `Resources`")
            self._documents[source.path] = tops[0] if tops else None
        top = self._documents[source.path]
        return top if isinstance(top, Map) else None

    def include(self, path: str) -> Value | None:
        """The content of a file that a template includes."""
        if path not in self._documents:
            source = self.tree.source(path)
            documents = [] if source is None else self._parse(source)
            self._documents[path] = documents[0] if documents else None
            self.covers.add(path)
        return self._documents[path]

    def _parse(self, source: Source) -> list[Value]:
        documents: list[Value] = []
        problems: list[Problem] = []
        if source.text.lstrip()[:1] == "{":
            value, problems = parse_json(source)
            documents = [] if value is None else [value]
        if not documents and not (problems and source.path.endswith(".json")):
            documents, problems = parse_yaml(source, long_form)
        for problem in problems:
            self.tell(problem)
        return documents
