"""The Terraform of one scanned tree: folders, which of them are root modules, and what each root module gives.

A folder with configuration files is a root module unless another folder of the tree calls it by a local path; then it is
evaluated as its callers use it. Folders that only call each other in a circle have no root; the first one then counts.
Each file is parsed once, however many calls use it.
Sources: Terraform language documentation, "Files and Directories", "Modules"; for `.tofu` files OpenTofu's "Files and
Directories".
"""

from __future__ import annotations

import posixpath

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.model.value import Value
from fourfold.sources.terraform.data_sources import DataSources
from fourfold.sources.terraform.evaluate.config import Config, Declaration, config_of
from fourfold.sources.terraform.evaluate.expressions import joined
from fourfold.sources.terraform.evaluate.kinds import known, unknown
from fourfold.sources.terraform.evaluate.module import Instance, Module, Workspace
from fourfold.sources.terraform.files import TreeFiles, inside
from fourfold.sources.terraform.hcl.parser import parse
from fourfold.sources.terraform.hcl.syntax import Body
from fourfold.sources.terraform.json_syntax import parse_json_body
from fourfold.sources.terraform.modules import below, is_local, key_of, manifest, reference, shown
from fourfold.sources.terraform.terragrunt import NAME, Unit, unit_of
from fourfold.sources.terraform.variables import inputs_of
from fourfold.sources.tree import Tree

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")


def project_of(tree: Tree) -> Project:
    """The Terraform of a tree, looked at once."""
    return tree.derived(Project)


def is_configuration(name: str) -> bool:
    """Whether Terraform or OpenTofu read a file of this name (without its folder)."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


class Missing(msgspec.Struct, frozen=True):
    """A module that is called and not in the tree."""

    shown: str
    source: str
    version: str
    key: str
    """Its name in `.terraform/modules`."""
    file: str
    line: int
    reference: str = ""
    """The branch or tag of a git source."""


class Evaluated(msgspec.Struct, frozen=True):
    """What one root module gives."""

    root: Module
    instances: list[Instance]
    problems: list[Problem]
    files: set[str]
    """All files that were read for it."""
    missing: list[Missing] = msgspec.field(default_factory=list)
    """The modules that were not there."""


class Project:
    """Everything Terraform in one tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._configs: dict[str, Config | None] = {}
        self._evaluated: dict[str, Evaluated | None] = {}
        self.units: dict[str, Unit] = {}
        """Terragrunt's units, by the path of their file."""
        self.roots = self._roots()
        """Folders of root modules."""
        self._given: set[str] = set()

    # -- what is declared ------------------------------------------------------------------------------------------

    def config(self, folder: str) -> Config | None:
        """The declarations of a folder; None where it holds no configuration."""
        if folder not in self._configs:
            self._configs[folder] = self._parse(folder)
        return self._configs[folder]

    def _parse(self, folder: str) -> Config | None:
        paths = [posixpath.join(folder, name) for name in _read_names(self.tree.listing(folder))]
        parsed: list[tuple[Source, Body]] = []
        problems: list[Problem] = []
        for path in paths:
            source = self.tree.source(path)
            if source is not None:
                body, wrong = _parse_file(source)
                parsed.append((source, body))
                problems += wrong
        if not parsed:
            return None
        config = config_of(folder, parsed)
        config.problems[:0] = problems
        return config

    def _roots(self) -> set[str]:
        paths = tuple(self.tree.files()) if self.tree.chosen is None else self.tree.chosen
        folders = sorted({posixpath.dirname(p) for p in paths if is_configuration(posixpath.basename(p))})
        calls = {folder: self._called(folder) for folder in folders}
        self.units = {path: unit_of(self.tree, path) for path in paths if posixpath.basename(path) == NAME}
        run = {unit.module for unit in self.units.values() if unit.module is not None}
        called = {target for folder, targets in calls.items() for target in targets if target != folder}
        roots = [folder for folder in folders if folder not in called and folder not in run]
        reached: set[str] = set()
        for folder in (*run, *roots, *folders):
            if folder in reached:
                continue
            if folder not in run and folder not in roots:
                roots.append(folder)
            waiting = [folder]
            while waiting:
                one = waiting.pop()
                if one not in reached:
                    reached.add(one)
                    waiting += calls.get(one, ())
        return set(roots)

    def _called(self, folder: str) -> set[str]:
        """The folders that a folder calls by local paths."""
        config = self.config(folder)
        found = set()
        for declared in config.modules.values() if config else ():
            source = declared.text("source")
            where = inside(folder, source) if is_local(source) else None
            if where is not None:
                found.add(where)
        return found

    # -- what it gives ---------------------------------------------------------------------------------------------

    def first(self, folder: str) -> bool:
        """Whether a root module is asked for the first time: its later files add nothing."""
        if folder not in self.roots or folder in self._given:
            return False
        self._given.add(folder)
        return True

    def evaluate(self, folder: str) -> Evaluated | None:
        """What the root module in a folder gives; None where the folder holds no configuration."""
        if folder not in self._evaluated:
            config = self.config(folder)
            # Two root modules that read each other's state see nothing of each other.
            self._evaluated[folder] = None
            self._evaluated[folder] = _Root(self, folder, config).evaluate() if config is not None else None
        return self._evaluated[folder]

    def evaluate_unit(self, path: str) -> Evaluated | None:
        """What the module of a Terragrunt unit gives with the unit's inputs; None where it is not in the tree."""
        unit = self.units.get(path)
        config = self.config(unit.module) if unit is not None and unit.module is not None else None
        if unit is None or unit.module is None or config is None:
            return None
        return _Root(self, unit.module, config, unit, posixpath.dirname(path) or ".").evaluate()


class _Root:
    """One root module while it is evaluated."""

    def __init__(self, project: Project, folder: str, config: Config, unit: Unit | None = None, key: str = "") -> None:
        """`unit` is the Terragrunt unit that runs the module, `key` then its folder."""
        self.unit = unit
        self.project = project
        self.tree = project.tree
        self.folder = folder
        self.manifest = manifest(self.tree, folder)
        self.configs: dict[str, Config] = {}
        self.files: set[str] = set()
        self.problems: list[Problem] = []
        self.missing: list[Missing] = []
        self.world = Workspace(
            functions=lambda _module: self.view.functions,
            find=self.find,
            facts=self.facts(),
            root_key=key or folder or ".",
            data=DataSources(project, folder, lambda: self.view).table,
        )
        self.view = TreeFiles(self.tree, folder, self.world.budget)
        self.config = self.adopt(folder, config)

    def facts(self) -> dict[tuple[str, str], Value]:
        """`path.root`, `path.cwd` and `terraform.workspace`: terraform is run in the root module's folder."""
        workspace = self.tree.terraform.workspace
        cwd: Value = unknown("where the folder lies is not known", name="path.cwd")
        if self.folder:
            cwd = joined([cwd, f"/{self.folder}"])
        selected = unknown("it is not known which workspace is selected", name="terraform.workspace")
        return {
            ("path", "root"): known("."),
            ("path", "cwd"): cwd,
            ("terraform", "workspace"): known(workspace) if workspace else selected,
            ("terraform", "applying"): unknown("it is known only while applying"),
        }

    def adopt(self, folder: str, config: Config) -> Config:
        """The declarations as this root sees them: `path.module` is relative to the root's folder."""
        if folder not in self.configs:
            self.files.update(config.files)
            self.problems += config.problems
            relative = posixpath.relpath(folder or ".", self.folder or ".")
            self.configs[folder] = msgspec.structs.replace(config, folder="" if relative == "." else relative)
        return self.configs[folder]

    def evaluate(self) -> Evaluated:
        inputs, problems = inputs_of(self.tree, self.folder, self.config, self.tree.terraform, self.world.budget)
        if self.unit is not None:
            problems = [*self.unit.problems, *problems]
            inputs |= self.unit.inputs
        root = Module(self.config, self.world, inputs=inputs)
        instances = root.walk()
        said = [*problems, *self.problems, *self.world.problems]
        return Evaluated(root, instances, said, self.files, self.missing)

    # -- called modules --------------------------------------------------------------------------------------------

    def find(self, module: Module, name: str, declared: Declaration) -> Config | None:
        """The declarations of a called module; None (and a problem) where its files are not there."""
        folder = self.folder_of(module, name, declared)
        if folder is None:
            return None
        config = self.project.config(folder)
        if config is None:
            why = "there is no configuration in" if self.tree.is_folder(folder) else "there is no folder"
            self.world.note(declared, f"{shown(name, declared)} was not read: {why} `{folder or '.'}`")
            return None
        return self.adopt(folder, config)

    def folder_of(self, module: Module, name: str, declared: Declaration) -> str | None:
        """The folder of a called module, from the tree's root; None (and a problem) where it is not there."""
        source = declared.text("source")
        if is_local(source):
            caller = posixpath.normpath(posixpath.join(self.folder, module.config.folder))
            where = inside(caller, source)
            if where is None:
                reason = f"module `{name}` was not read: `{source}` leads out of the scanned folder"
                self.world.note(declared, f"{reason}; scan the folder that holds both")
            return where
        key = key_of(module.path, name)
        cloned = posixpath.join(self.folder, ".terraform/modules", key, below(source))
        for installed in (self.manifest.get(key), posixpath.normpath(cloned)):
            if installed is not None and self.project.config(installed) is not None:
                return installed
        line = declared.source.position(declared.block.start)[0]
        found = (shown(name, declared), source, declared.text("version"), key, declared.source.path, line)
        self.missing.append(Missing(*found, reference(source)))
        self.world.note(declared, f"{shown(name, declared)} was not read: run `fourfold vendor` to see how to bring it")
        return None


def _read_names(names: list[str]) -> list[str]:
    """The files of a folder that are read: a `.tofu` file stands for the `.tf` file of its name."""
    ours = [name for name in names if is_configuration(name)]
    tofu = {name.replace(".tofu", ".tf") for name in ours if name.endswith((".tofu", ".tofu.json"))}
    return [name for name in ours if name not in tofu]


def _parse_file(source: Source) -> tuple[Body, list[Problem]]:
    return parse_json_body(source) if source.path.endswith(".json") else parse(source)
