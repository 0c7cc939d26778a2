"""One Compose project: its file with the override file, what these include, and the services they extend.

Sources: https://docs.docker.com/reference/compose-file/ (`include`, `extends`, `merge`) and
https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/ (which files are read by themselves).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from fourfold.model.place import Problem
from fourfold.model.value import Known, Map, Unknown, Value
from fourfold.sources.compose.merge import merge, merged, settled, tagged
from fourfold.sources.compose.variables import Environment, interpolated, read_variables
from fourfold.sources.syntax.yaml import parse_yaml
from fourfold.sources.tree import Tree

FILES_MAX = 200
"""Files of one project, included ones and those of extended services among them."""
SERVICES_MAX = 2_000
DEPTH_MAX = 20
"""Of includes in includes, and of services that extend each other."""

BASES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""The first of these that a folder holds is read when no file is named."""
OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
"""The first of these is merged onto it."""

COMPLETE = ("image", "build", "extends", "provider")
"""A service has one of these; what has none only adds to a service of another file."""


class Model(msgspec.Struct):
    """What some files declare together."""

    services: dict[str, Value] = msgspec.field(default_factory=dict)
    others: dict[str, dict[str, Value]] = msgspec.field(default_factory=dict)
    """`volumes`, `networks`, `secrets` and `configs`, by name."""


class Project:
    """Reads the files of one project; `problems` and `covers` grow while it does."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.path = path
        self.problems: list[Problem] = []
        self.covers: set[str] = set()
        self._files = 0
        self._including = [path]
        self._cyclic = False
        self._texts: dict[tuple[str, int], Map | None] = {}
        self._environments: dict[str, Environment] = {}

    # -- models ----------------------------------------------------------------------------------------------------

    def read(self) -> Model:
        """The model of the project's file: with its override file where it is the one that Compose would choose."""
        folder, _, name = self.path.rpartition("/")
        if name in OVERRIDES and name == self._first(folder, OVERRIDES) and self._first(folder, BASES):
            return Model()  # it is read with its base
        environment = self.environment(folder)
        model = self._model([self.path], environment, 0)
        if name in BASES and name == self._first(folder, BASES):
            override = self._first(folder, OVERRIDES)
            if override is not None:
                path = f"{folder}/{override}" if folder else override
                self.covers.add(path)
                model = self._over(model, path, environment)
        elif _is_partial(model):
            model = self._onto_base(model, folder, environment)
        if self._cyclic:
            self.covers.clear()  # else each of the files would leave itself to the other
        return self._finished(model)

    def _first(self, folder: str, names: tuple[str, ...]) -> str | None:
        return next((n for n in names if self.tree.has(f"{folder}/{n}" if folder else n)), None)

    def _onto_base(self, model: Model, folder: str, environment: Environment) -> Model:
        """An overlay (`docker-compose.prod.yml`): the services it speaks of, with what the base says of them."""
        base = self._first(folder, BASES)
        path = f"{folder}/{base}" if folder and base else base
        if path is None or path == self.path:
            return model
        below = self._model([path], environment, 0)
        services = {
            name: merge(below.services[name], service) if name in below.services else service
            for name, service in model.services.items()
        }
        return Model(services, model.others)

    def _model(self, paths: list[str], environment: Environment, depth: int) -> Model:
        """The files merged in their order, and what they include."""
        model = Model()
        for path in paths:
            model = self._over(model, path, environment, depth)
        return model

    def _over(self, model: Model, path: str, environment: Environment, depth: int = 0) -> Model:
        """The model with one more file merged onto it."""
        document = self.document(path, environment)
        if document is None:
            return model
        for included in self._included(document, path, depth):
            model = Model({**included.services, **model.services}, _joined(included.others, model.others))
        services = dict(model.services)
        for name, service in _services(document).items():
            if len(services) >= SERVICES_MAX:
                self.problem(service, f"more than {SERVICES_MAX} services; the rest was left out")
                break
            extended = self._extended(service, name, path, document, environment, ())
            services[name] = merge(services[name], extended) if name in services else extended
        others = {
            kind: {k: v for _, k, v in document.get(kind).pairs()}
            for kind in ("volumes", "networks", "secrets", "configs")
        }
        return Model(services, _joined(model.others, others))

    def _included(self, document: Map, path: str, depth: int) -> Iterator[Model]:
        for _, item in document.get("include").elements():
            if depth >= DEPTH_MAX:
                self.problem(item, f"includes nested deeper than {DEPTH_MAX} files; it was left out")
                continue
            named = item.get("path") if isinstance(item, Map) else item
            paths = [self._beside(path, one, "included file") for _, one in named.elements()]
            found = [p for p in paths if p is not None]
            if any(p in self._including for p in found):
                self.problem(item, "the file includes itself; it was left out")
                self._cyclic = True
            elif found:
                self.covers.update(found)
                self._including.extend(found)
                yield self._model(found, self._inner(found[0].rpartition("/")[0]), depth + 1)
                del self._including[-len(found) :]

    def _finished(self, model: Model) -> Model:
        """Without marks, and with what is not known of services whose base was not read."""
        services = {name: settled(service) for name, service in model.services.items()}
        others = {kind: {k: settled(v) for k, v in named.items()} for kind, named in model.others.items()}
        for name, service in services.items():
            if isinstance(service, Map) and service.rest is None and not any(k in service.entries_ for k in COMPLETE):
                services[name] = _open(service, service, "it only adds to a service of another file")
        return Model(services, others)

    # -- files -----------------------------------------------------------------------------------------------------

    def document(self, path: str, environment: Environment) -> Map | None:
        """The mapping that one file holds, with variables replaced; None (and a problem) where it cannot be read."""
        key = (path, id(environment))
        if key not in self._texts:
            self._texts[key] = self._document(path, environment)
        return self._texts[key]

    def _document(self, path: str, environment: Environment) -> Map | None:
        self._files += 1
        if self._files > FILES_MAX:
            self.problems.append(Problem(self.path, 0, f"made of more than {FILES_MAX} files; the rest was left out"))
            return None
        source = self.tree.source(path)
        if source is None:
            return None
        documents, problems = parse_yaml(source, tagged)
        self.problems.extend(problems)
        whole = merged(d for d in documents if isinstance(d, Map))
        if whole is None:
            return None
        if "$" in source.text:
            whole = interpolated(whole, environment)
        return whole if isinstance(whole, Map) else None

    def environment(self, folder: str) -> Environment:
        """What names stand for in the files of a folder: what the `.env` of a project's folder sets, unless version control ignores it: then nobody else has it."""
        if folder not in self._environments:
            path = f"{folder}/.env" if folder else ".env"
            outer = Environment({}, _UNSET)
            values: dict[str, Value] = {}
            if self.tree.has(path) and not self.tree.ignored(path):
                source = self.tree.source(path)
                if source is not None:
                    values, problems = read_variables(source, outer)
                    self.problems.extend(problems)
            self._environments[folder] = Environment(values, _UNSET)
        return self._environments[folder]

    def _inner(self, folder: str) -> Environment:
        """For included files: the `.env` of their folder, and before it that of the project."""
        key = f"{folder}/\0"
        if key not in self._environments:
            outer = self.environment(self.path.rpartition("/")[0])
            self._environments[key] = outer.with_(self.environment(folder).values)
        return self._environments[key]

    def problem(self, at: Value, reason: str) -> None:
        problem = Problem(at.source.path, at.span.line, reason)
        if problem not in self.problems:
            self.problems.append(problem)

    def _beside(self, path: str, named: Value, what: str) -> str | None:
        """The path that a value in the file `path` names; None (and a problem) where there is no such file."""
        if not isinstance(named, Known) or not isinstance(named.value, str):
            self.problem(named, f"the path of the {what} is not known: {named.reason or 'it is no text'}")
            return None
        found = self.tree.beside(path, named.value)
        if found is not None and self.tree.has(found):
            return found
        where = "leads out of the scanned folder" if found is None else "is not there"
        self.problem(named, f"the {what} `{named.value[:200]}` {where}")
        return None

    # -- extends ---------------------------------------------------------------------------------------------------

    def _extended(
        self,
        service: Value,
        name: str,
        path: str,
        document: Map,
        environment: Environment,
        chain: tuple[tuple[str, str], ...],
    ) -> Value:
        """A service with what it extends below it."""
        if not isinstance(service, Map) or "extends" not in service.entries_:
            return service
        extends = service.entries_["extends"]
        chain = (*chain, (path, name))
        base_name = extends.get("service") if isinstance(extends, Map) else extends
        own = replace(service, entries_={k: v for k, v in service.entries_.items() if k != "extends"})
        base = self._base(extends, base_name, path, document, environment, chain)
        if base is None:
            return _open(own, extends, f"service `{base_name}`, which it extends, was not read")
        return merge(base, own)

    def _base(
        self,
        extends: Value,
        name: Value,
        path: str,
        document: Map,
        environment: Environment,
        chain: tuple[tuple[str, str], ...],
    ) -> Value | None:
        """The service that is extended; None (and a problem) where it is not found."""
        if isinstance(extends, Map) and "file" in extends.entries_:
            found = self._beside(path, extends.get("file"), "file of the extended service")
            other = self.document(found, environment) if found is not None else None
            if found is None or other is None:
                return None
            path, document = found, other
        if not isinstance(name, Known):
            self.problem(extends, "which service is extended is not known")
            return None
        text = str(name.value)
        if (path, text) in chain or len(chain) > DEPTH_MAX:
            self.problem(
                extends, f"service `{text[:80]}` extends itself" if (path, text) in chain else "extends too deep"
            )
            return None
        service = _services(document).get(text)
        if service is None:
            self.problem(extends, f"there is no service `{text[:80]}` to extend in `{path}`")
            return None
        return self._extended(service, text, path, document, environment, chain)


_UNSET = "is set by no file; it is taken from where Compose is started"


def _open(service: Map, at: Value, why: str) -> Map:
    """The service, but what it does not set may be set by what was not read."""
    return replace(service, rest=Unknown(at.source, at.start, at.end, at.key_start, why, (), maybe_absent=True))


def _services(document: Map) -> dict[str, Value]:
    """The services by name. Files of the first format hold nothing else."""
    services = document.entries_.get("services")
    out: dict[str, Value] = {}
    if isinstance(services, Map):
        out.update((name, value) for name, value in services.entries_.items() if isinstance(value, Map))
    if services is not None or "version" in document.entries_:
        return out
    old = {k: v for k, v in document.entries_.items() if isinstance(v, Map) and not k.startswith("x-")}
    sure = all("image" in v.entries_ or "build" in v.entries_ for v in old.values())
    if sure:
        out.update(old)
    return out


def _joined(first: dict[str, dict[str, Value]], second: dict[str, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    out = {kind: dict(named) for kind, named in first.items()}
    for kind, named in second.items():
        mine = out.setdefault(kind, {})
        for name, value in named.items():
            mine[name] = merge(mine[name], value) if name in mine else value
    return out


def _is_partial(model: Model) -> bool:
    return any(isinstance(s, Map) and not any(k in s.entries_ for k in COMPLETE) for s in model.services.values())
