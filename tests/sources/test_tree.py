"""Discovery: which files are read, and what is said of those that are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fourfold.sources.tree
import fourfold.sources.walk
from fourfold.fixes.prove import FileChange
from fourfold.sources import FORMATS, _has_words, _may_be, _reader, read_file
from fourfold.sources.names import kind_of, ours_by_name
from fourfold.sources.tree import Tree


def put(root: Path, path: str, content: str | bytes = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())


def problems(tree: Tree) -> list[tuple[str, str]]:
    return [(p.file, p.reason) for p in tree.problems]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("template.yaml", "yaml"),
        ("a.YML", "yaml"),
        ("x.json", "json"),
        ("serverless.template", "template"),
        ("Dockerfile", "dockerfile"),
        ("dockerfile.prod", "dockerfile"),
        ("Dockerfile-alpine", "dockerfile"),
        ("web.Dockerfile", "dockerfile"),
        (".dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.py", ""),
        ("Dockerfile.md", ""),
        ("Dockerfile.j2", ""),
        ("Dockerfile~", ""),
        ("Dockerfile.dockerignore", ""),
        ("Dockerfile.yaml", "yaml"),
        ("dockerfiles", ""),
        ("Kustomization", "yaml"),
        ("flow.log", "log"),
        ("flow.txt", "log"),
        ("main.py", ""),
        (".yaml", ""),
        ("README", ""),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_ours_by_name() -> None:
    assert [n for n in ("template.yaml", "docker-compose.dev.yml", "x.yaml", "Dockerfile.web") if ours_by_name(n)] == [
        "template.yaml",
        "docker-compose.dev.yml",
        "Dockerfile.web",
    ]


def test_only_files_that_may_be_ours_sorted(tmp_path: Path) -> None:
    for path in ("b.yaml", "a/c.json", "a/main.py", "node_modules/x.yaml", ".git/x.yaml", "a/.terraform/x.json"):
        put(tmp_path, path)
    put(tmp_path, "env/pyvenv.cfg")
    put(tmp_path, "env/x.yaml")
    assert list(Tree(tmp_path).files()) == ["a/c.json", "b.yaml"]


def test_the_output_of_the_cdk_is_read_though_ignored(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "cdk.out\n*.json\n")
    for app in ("app", "other"):
        put(tmp_path, f"{app}/cdk.out/Stack.template.json")
        put(tmp_path, f"{app}/cdk.out/asset.0123/package.json")
        put(tmp_path, f"{app}/cdk.out/assembly-Prod/Stack.template.json")
    put(tmp_path, "app/cdk.json")
    assert list(Tree(tmp_path).files()) == [
        "app/cdk.out/Stack.template.json",
        "app/cdk.out/assembly-Prod/Stack.template.json",
    ]


def test_links_inside_are_followed_once_and_links_out_are_said(tmp_path: Path) -> None:
    put(tmp_path, "outside.yaml", "secret")
    put(tmp_path, "outside/x.yaml", "secret")
    root = tmp_path / "root"
    put(root, "a.yaml", "a")
    put(root, "node_modules/lib/b.yaml", "b")
    (root / "again.yaml").symlink_to("a.yaml")
    (root / "one.yaml").symlink_to("node_modules/lib/b.yaml")
    (root / "two.yaml").symlink_to("node_modules/lib/b.yaml")
    (root / "loop").symlink_to(".")
    (root / "self.yaml").symlink_to("self.yaml")
    (root / "none.yaml").symlink_to("missing")
    (root / "out.yaml").symlink_to("../outside.yaml")
    (root / "out.py").symlink_to("../outside.yaml")
    (root / "folder").symlink_to("../outside")
    tree = Tree(root)
    assert list(tree.files()) == ["a.yaml", "one.yaml"]
    assert tree.data("one.yaml") == b"b"
    out = "is a symbolic link that leads out of the scanned folder; it was not followed"
    said = dict(problems(tree))
    assert said["out.yaml"] == said["folder"] == out
    assert set(said) == {"out.yaml", "folder", "self.yaml", "none.yaml"}
    assert tree.data("out.yaml") is None
    assert tree.data("folder/x.yaml") is None
    assert tree.data("../outside.yaml") is None
    assert tree.source("out.yaml") is None
    assert not tree.has("out.yaml")
    assert not tree.has("../outside.yaml")
    assert tree.has("one.yaml")


def test_special_files_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe")
    tree = Tree(tmp_path)
    assert list(tree.files()) == []
    assert problems(tree) == [("pipe.yaml", "is not a regular file; it was not opened")]
    assert tree.data("pipe") is None
    assert tree.head("pipe", 10) == b""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml")
    put(tmp_path, "closed/b.yaml")
    (tmp_path / "a.yaml").chmod(0)
    (tmp_path / "closed").chmod(0)
    tree = Tree(tmp_path)
    assert list(tree.files()) == ["a.yaml"]
    assert tree.data("a.yaml") is None
    (tmp_path / "closed").chmod(0o700)
    assert problems(tree) == [
        ("closed", "cannot be listed: permission denied"),
        ("a.yaml", "cannot be read: permission denied"),
    ]


def test_an_error_of_the_system_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.yaml")
    put(tmp_path, "closed/b.yaml")
    scandir, opened = os.scandir, os.open

    def refuse(path: str, *more: int) -> object:
        if str(path).endswith(("closed", "a.yaml")):
            raise PermissionError(13, "Permission denied")
        return scandir(path) if not more else opened(path, *more)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "open", refuse)
    tree = Tree(tmp_path)
    assert list(tree.files()) == ["a.yaml"]
    assert tree.data("a.yaml") is None
    assert tree.source("a.yaml") is None
    assert problems(tree) == [
        ("closed", "cannot be listed: permission denied"),
        ("a.yaml", "cannot be read: permission denied"),
    ]


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        put(tmp_path, f"{name}.yaml", "12345")
    monkeypatch.setattr(fourfold.sources.tree, "FILE_BYTES_MAX", 4)
    tree = Tree(tmp_path)
    assert tree.data("a.yaml") is None
    assert problems(tree)[0][1].startswith("larger than")
    monkeypatch.setattr(fourfold.sources.tree, "FILE_BYTES_MAX", 100)
    monkeypatch.setattr(fourfold.sources.tree, "TOTAL_BYTES_MAX", 12)
    tree = Tree(tmp_path)
    assert [tree.data(f"{name}.yaml") for name in "aabc"] == [b"12345", b"12345", b"12345", None]
    monkeypatch.setattr(fourfold.sources.walk, "FILES_MAX", 2)
    tree = Tree(tmp_path)
    assert list(tree.files()) == ["a.yaml", "b.yaml"]
    assert problems(tree) == [
        (".", "holds more than 2 files to read; the rest was left out, scan parts of it one by one")
    ]
    monkeypatch.setattr(fourfold.sources.walk, "FILES_MAX", 100)
    monkeypatch.setattr(fourfold.sources.walk, "DEPTH_MAX", 1)
    put(tmp_path, "x/y/z.yaml")
    tree = Tree(tmp_path)
    assert list(tree.files()) == ["a.yaml", "b.yaml", "c.yaml"]
    assert problems(tree) == [("x/y", "more than 1 folders deep; it was not entered")]


def test_encodings(tmp_path: Path) -> None:
    text = "Name: Ω\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        put(tmp_path, f"{encoding}.yaml", text.encode(encoding))
    put(tmp_path, "latin.yaml", "a: 1\nb: é\n".encode("latin-1"))
    put(tmp_path, "nul.yaml", b"a: \0")
    put(tmp_path, "half.yaml", b"\xff\xfea")
    tree = Tree(tmp_path)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        source = tree.source(f"{encoding}.yaml")
        assert source is not None
        assert source.text == text
        assert source.encoding == encoding.removesuffix("-sig")
        assert source.bom is encoding.endswith("-sig")
    assert [tree.source(f"{name}.yaml") for name in ("latin", "nul", "half")] == [None, None, None]
    assert [(p.file, p.line, p.reason) for p in tree.problems] == [
        ("latin.yaml", 2, "is not UTF-8 text; save it as UTF-8"),
        ("nul.yaml", 0, "is binary"),
        ("half.yaml", 1, "is not UTF-8 text; save it as UTF-8"),
    ]


def test_what_is_written_back_in_another_encoding_is_read_as_before(tmp_path: Path) -> None:
    source = Tree(tmp_path, {"a.yaml": "b: Ω\n".encode("utf-16")}).source("a.yaml")
    assert source is not None
    change = FileChange("a.yaml", source.text, "b: ω\n", source.bom, source.encoding)
    assert change.data.decode("utf-16") == "b: ω\n"
    again = Tree(tmp_path, {"a.yaml": change.data})
    assert again.data("a.yaml") == "b: ω\n".encode()


def test_a_file_is_read_and_decoded_once(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", "a: 1\n")
    tree = Tree(tmp_path)
    first = tree.source("a.yaml")
    put(tmp_path, "a.yaml", "a: 2\n")
    assert tree.data("a.yaml") == b"a: 1\n"
    assert tree.source("a.yaml") is first


def test_contents_in_memory_go_before_the_disk(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", "a: 1\n")
    tree = Tree(tmp_path, {"a.yaml": b"a: 2\n", "new.yaml": b"b: 1\n"})
    assert list(tree.files()) == ["a.yaml", "new.yaml"]
    assert tree.data("a.yaml") == b"a: 2\n"
    assert tree.has("new.yaml")
    source = tree.source("new.yaml")
    assert source is not None
    assert source.text == "b: 1\n"


def test_one_file(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "*")
    put(tmp_path, "a.yaml")
    put(tmp_path, "b.yaml", "b")
    tree = Tree(tmp_path / "a.yaml")
    assert list(tree.files()) == ["a.yaml"]
    assert tree.data("b.yaml") == b"b"


def test_names_that_are_no_text_can_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[31m.yaml")
    put(tmp_path, name, "a: 1\n")
    tree = Tree(tmp_path)
    (path,) = tree.files()
    assert path == "\ufffd\ufffd[31m.yaml"
    assert tree.data(path) == b"a: 1\n"


def test_beside() -> None:
    assert Tree.beside("a/b/x.yaml", "../y/./z.yaml") == "a/y/z.yaml"
    assert Tree.beside("x.yaml", "y.yaml") == "y.yaml"
    assert Tree.beside("a/x.yaml", "../../y.yaml") is None
    assert Tree.beside("a/x.yaml", "/etc/passwd") is None
    assert Tree.beside("a/x.yaml", "y\0") is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("template.yaml", b"\0\1\2", "is binary"),
        ("Dockerfile", b"FROM \xff\n", "is not UTF-8 text; save it as UTF-8"),
        ("docker-compose.yml", b"a: [1\n", "not valid YAML"),
        ("template.json", b"{", "not valid JSON"),
        ("other.json", b"{", ""),
        ("other.yaml", b"a: [1\n", ""),
        ("other.json", b"\0", ""),
        ("template.yaml", b"a: 1\n", ""),
        ("template.yaml", b"", ""),
    ],
)
def test_unreadable_files_are_said_where_their_name_is_ours(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    put(tmp_path, name, content)
    tree = Tree(tmp_path)
    readings = [read_file(tree, path) for path in tree.files()]
    said = [*tree.problems, *(p for reading in readings if reading for p in reading.problems)]
    assert len(said) == bool(reason)
    assert all(p.reason.startswith(reason) for p in said)


FLOW = "2 630247214269 eni-0123456a 10.0.1.221 10.76.2.101 27039 22 6 5 268 1466491141 1466491200 REJECT OK"


@pytest.mark.parametrize(
    ("content", "is_log"),
    [
        (FLOW, True),
        (FLOW[2:] + "\n", True),
        ("\n" + FLOW.replace("10.0.1.221", "2001:db8::1"), True),
        ("2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA", True),
        ("version account-id interface-id srcaddr dstaddr srcport dstport", True),
        ("requests==2.31\n", False),
        ("", False),
        ("the interface-id and srcaddr are fields of a record.", False),
    ],
)
def test_flow_logs_are_said_to_be_unread(tmp_path: Path, content: str, is_log: bool) -> None:
    put(tmp_path, "flow.txt", content)
    tree = Tree(tmp_path)
    assert [read_file(tree, path) for path in tree.files()] == [None]
    assert problems(tree) == ([("flow.txt", "a VPC flow log: logs are not read yet")] if is_log else [])


def test_a_file_that_was_named_and_is_nothing_is_said(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", "hello")
    tree = Tree(tmp_path / "notes.txt")
    assert [read_file(tree, path) for path in tree.files()] == [None]
    assert problems(tree) == [("notes.txt", "is nothing that fourfold reads")]


@pytest.mark.parametrize(
    "name",
    ["kustomization.yaml", "Kustomization", "Chart.yaml", "docker-compose.yml", "x.Compose.prod.YAML", "docker-stack.yml",
     "anything.yaml", "main.tf", "main.tf.json", "x.tofu", "x.tofu.json", "terragrunt.hcl", "Dockerfile",
     "policy.json", "task"],
)  # fmt: skip
@pytest.mark.parametrize(
    "data",
    [b"services:\n  web:\n    image: a\n", b"name: a\n", b'{"Statement": [{"Effect": "Allow"}]}',
     b'{"apiVersion": "v1", "kind": "Pod"}', b'{"Resources": {"A": {"Type": "A::B::C"}}}', b'{"containerDefinitions": []}'],
)  # fmt: skip
def test_no_format_is_passed_over_that_would_claim_a_file(name: str, data: bytes) -> None:
    for format_name in FORMATS:
        passed_over = not _may_be(format_name, name, data) or (
            kind_of(name) == "json" and not _has_words(format_name, data)
        )
        assert not (passed_over and _reader(format_name).claims(f"folder/{name}", data)), format_name


def test_readers_are_loaded_only_where_a_name_or_a_word_asks_for_them(tmp_path: Path) -> None:
    put(tmp_path, "template.yaml", "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    put(tmp_path, "data.json", '{"Resources": 1}')
    program = (
        "import sys; from pathlib import Path; from fourfold.pipeline import read; from fourfold.sources.tree import Tree;"
        "read(Tree(Path(sys.argv[1]))); print(*sorted(m for m in sys.modules if m.startswith('fourfold.sources.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "fourfold.sources.cloudformation" in loaded.stdout.split()
    others = {f"fourfold.sources.{name}" for name in ("kustomize", "helm", "terraform", "plan", "tfstate")}
    assert others.isdisjoint(loaded.stdout.split())
