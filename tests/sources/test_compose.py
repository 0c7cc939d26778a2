"""Compose files to services."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fourfold.sources.compose.project
from fourfold.model.place import Source
from fourfold.model.resource import Reading, Resource
from fourfold.model.value import Known, Text, Unknown, Value
from fourfold.pipeline import read as read_tree
from fourfold.sources.compose import claims, read
from fourfold.sources.compose.variables import Environment, read_variables
from fourfold.sources.tree import Tree


def reading(root: Path, files: dict[str, str], path: str = "") -> Reading:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    tree = Tree(root)
    source = tree.source(path or next(iter(files)))
    assert source is not None
    return read(source, tree)


def services(root: Path, files: dict[str, str], path: str = "") -> dict[str, Resource]:
    got = reading(root, files, path)
    assert got.problems == []
    return {r.address: r for r in got.resources if r.type == "Compose::Service"}


def one(root: Path, text: str, **files: str) -> Resource:
    return services(root, {"compose.yaml": f"services:\n  web:\n{text}", **files})["web"]


def reasons(root: Path, files: dict[str, str]) -> list[str]:
    return [p.reason for p in reading(root, files).problems]


@pytest.mark.parametrize(
    ("path", "data", "answer"),
    [
        ("compose.yaml", "", True),
        ("docker-compose.prod.yml", "services: {}", True),
        ("x/app-compose.yaml", "services:", True),
        ("docker-stack.yml", "services:", True),
        ("composer.yaml", "a: 1", False),
        ("docker-compose.yaml", "apiVersion: v1\nkind: Service\n", False),
        ("local.yml", "services:\n  web:\n    image: a\n", True),
        ("services.yaml", "services:\n  App\\Mailer:\n    arguments: [1]\n", False),
        (".gitlab-ci.yml", "job:\n  services:\n    - postgres\n  image: a\n", False),
        ("serverless.yml", "service: x\nservices:\n  a:\n    image: b\n", False),
    ],
)
def test_claims(path: str, data: str, answer: bool) -> None:
    assert claims(path, data.encode()) is answer


def test_a_service(tmp_path: Path) -> None:
    web = one(tmp_path, "    image: example/web:1\n    x-note: 1\n    user: '7'\n")
    assert (web.type, web.address, web.format, web.span.line, web.span.end_line) == (
        "Compose::Service",
        "web",
        "compose",
        2,
        5,
    )
    assert web.get("image").plain() == "example/web:1"
    assert web.get("user").span.line == 5


def test_the_first_format(tmp_path: Path) -> None:
    got = services(tmp_path, {"docker-compose.yml": "web:\n  build: .\ndb:\n  image: postgres\n"})
    assert list(got) == ["web", "db"]
    assert services(tmp_path, {"docker-compose.yml": "a: {b: 1}\nc: {image: x}\n"}) == {}


def test_anchors_and_extensions(tmp_path: Path) -> None:
    text = (
        "x-base: &base\n  read_only: true\n  user: '1'\nservices:\n  web:\n    <<: *base\n    image: a\n    user: '2'\n"
    )
    web = services(tmp_path, {"compose.yaml": text})["web"]
    assert web.properties.plain() == {"image": "a", "user": "2", "read_only": True}
    assert web.get("read_only").span.line == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A", "one"),
        ("${A}x", "onex"),
        ("$$A", "$A"),
        ("${A:-d}", "one"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${N:-d}", "d"),
        ("${N:-${A}}", "one"),
        ("${N:-${M:-deep}}", "deep"),
        ("${A:?why}", "one"),
        ("${A:+x}", "x"),
        ("${E:+x}", ""),
        ("${E+x}", "x"),
        ("a$", "a$"),
        ("$1", "$1"),
        ("${N:-a:b}", "a:b"),
    ],
)
def test_substitution(tmp_path: Path, text: str, value: str) -> None:
    web = one(tmp_path, f"    image: '{text}'\n", **{".env": "A=one\nE=\n"})
    assert web.get("image").plain() == value
    assert isinstance(web.get("image"), Known)


def test_where_a_value_comes_from(tmp_path: Path) -> None:
    image = one(tmp_path, "    image: web:${TAG}\n", **{".env": "# tags\nTAG=7\n"}).get("image")
    assert isinstance(image, Known)
    assert [(s.note, s.span.file, s.span.line) for s in image.provenance if s.span] == [("`TAG` of `.env`", ".env", 2)]


def test_what_no_file_sets_is_unknown(tmp_path: Path) -> None:
    web = one(tmp_path, "    image: web:${TAG}\n    user: $U\n    cpus: ${C?}\n    init: ${I/x/y}\n")
    assert isinstance(web.get("image"), Text)
    assert web.get("image").plain() == "web:${TAG}"
    assert web.get("user").reason == "`U` is set by no file; it is taken from where Compose is started"
    assert isinstance(web.get("cpus"), Unknown)
    assert isinstance(web.get("init"), Unknown)


def test_variables_that_version_control_ignores_are_not_known(tmp_path: Path) -> None:
    files = {".gitignore": ".env\n", ".env": "P=secret\n"}
    web = one(tmp_path, "    environment: ['P=$P']\n    env_file: .env\n", **files)
    assert isinstance(web.get("environment", 0), Text)
    assert web.attributes.get("EnvFile").plain() == {}


def test_env_files(tmp_path: Path) -> None:
    text = "    env_file:\n      - a.env\n      - {path: b.env, format: raw}\n      - {path: c.env, required: false}\n"
    web = one(tmp_path, text, **{"a.env": "X=1\nY=$X-2\n", "b.env": "X='$A'\n"})
    found = web.attributes.get("EnvFile")
    assert found.plain() == {"X": "'$A'", "Y": "1-2"}
    assert (found.get("Y").span.file, found.get("Y").span.line) == ("a.env", 2)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A = b ", "b"),
        ("A=b # c", "b"),
        ("A=b# c", "b# c"),
        ('A="b # c" # d', "b # c"),
        ('A="x\\ty\\"z"', 'x\ty"z'),
        ("A='x\\ty\\'s'", "x\\ty's"),
        ("A='$B'", "$B"),
        ('A="\\$B"', "$B"),
        ("A=", ""),
        ("A: b", "b"),
        ('A="two\nlines"', "two\nlines"),
        ('A="open', '"open'),
    ],
)
def test_lines_of_env_files(line: str, value: str) -> None:
    found, problems = read_variables(Source(".env", f"# c\n\n{line}\nZ=1\n"), Environment({}, "is unset"))
    assert problems == []
    assert {k: v.plain() for k, v in found.items()} == {"A": value, "Z": "1"}


def test_an_env_file_with_other_lines_is_said() -> None:
    found, problems = read_variables(Source(".env", "A=1\n???\nB=2\n"), Environment({}, "is unset"))
    assert list(found) == ["A"]
    assert [(p.line, p.reason) for p in problems] == [(2, "holds a line that sets no variable; the rest was left out")]


BASE = """\
services:
  web:
    image: web:1
    command: [a]
    environment: {A: "1", B: "2"}
    ports: ["80:80", "127.0.0.1:81:81"]
    volumes: ["data:/d", "./x:/x"]
    cap_add: [NET_ADMIN]
    logging: {driver: syslog, options: {a: b}}
    networks: [one]
  db: {image: db}
"""
OVER = """\
services:
  web:
    build: ./web
    command: [b]
    environment: ["B=3", "C"]
    ports: ["80:80", "82:82"]
    volumes: ["./mine:/d:ro"]
    cap_add: [SYS_TIME]
    logging: {driver: local}
    networks: {two: {}}
    user:
  new: {image: new}
"""


def test_the_override_file_is_merged(tmp_path: Path) -> None:
    got = reading(tmp_path, {"docker-compose.yml": BASE, "compose.override.yaml": OVER})
    web, db, new = got.resources
    assert got.covers == {"compose.override.yaml"}
    assert web.properties.plain() == {
        "image": "web:1",
        "command": ["b"],
        "environment": {"A": "1", "B": "3", "C": None},
        "ports": ["127.0.0.1:81:81", "80:80", "82:82"],
        "volumes": ["./x:/x", "./mine:/d:ro"],
        "cap_add": ["NET_ADMIN", "SYS_TIME"],
        "logging": {"driver": "local"},
        "networks": {"one": None, "two": {}},
        "build": "./web",
        "user": None,
    }
    assert web.get("environment", "B").span.file == "compose.override.yaml"
    assert [r.key for r in (web, db, new)] == [
        "docker-compose.yml#web",
        "docker-compose.yml#db",
        "docker-compose.yml#new",
    ]
    assert new.file == "compose.override.yaml"
    assert reading(tmp_path, {}, "compose.override.yaml").resources == []
    resources, problems, _ = read_tree(Tree(tmp_path))
    assert [r.key for r in resources] == [r.key for r in (web, db, new)]
    assert problems == []


def test_reset_and_override(tmp_path: Path) -> None:
    over = (
        "services:\n  web:\n    ports: !reset []\n    environment: {A: !reset null}\n    volumes: !override ['v:/v']\n"
        "    command: !reset null\n"
    )
    web = services(tmp_path, {"compose.yaml": BASE, "compose.override.yml": over})["web"]
    assert web.get("ports").absent
    assert web.get("command").absent
    assert web.get("environment").plain() == {"B": "2"}
    assert web.get("volumes").plain() == ["v:/v"]


def test_an_overlay_is_read_with_its_base(tmp_path: Path) -> None:
    prod = "services:\n  web: {user: '9'}\n  extra: {image: e}\n"
    got = services(tmp_path, {"compose.yaml": BASE, "compose.prod.yaml": prod}, "compose.prod.yaml")
    assert list(got) == ["web", "extra"]
    assert got["web"].get("user").plain() == "9"
    assert got["web"].get("image").plain() == "web:1"
    assert got["web"].key == "compose.prod.yaml#web"
    alone = services(tmp_path, {"compose.test.yaml": "services: {web: {image: t}}\n"}, "compose.test.yaml")
    assert alone["web"].properties.plain() == {"image": "t"}


def test_an_overlay_without_its_base_is_not_wholly_known(tmp_path: Path) -> None:
    web = services(tmp_path, {"compose.prod.yaml": "services:\n  web: {user: '9'}\n"})["web"]
    assert web.get("user").plain() == "9"
    assert web.get("read_only").reason == "it only adds to a service of another file"


def test_extends(tmp_path: Path) -> None:
    files = {
        "compose.yaml": (
            "services:\n  web:\n    extends: {file: lib/base.yml, service: mid}\n    image: w\n"
            "  two: {extends: web, environment: {A: '3'}}\n"
        ),
        "lib/base.yml": (
            "services:\n  low: {user: '5', build: ./low, environment: [A=1]}\n"
            "  mid: {extends: {service: low}, environment: [A=2, B=$V]}\n"
        ),
        "lib/low/Dockerfile": "FROM a\n",
        ".env": "V=v\n",
    }
    got = services(tmp_path, files)
    assert got["web"].properties.plain() == {
        "user": "5", "build": "./low", "environment": ["A=2", "B=v"], "image": "w",
    }  # fmt: skip
    assert got["web"].attributes.get("Dockerfile").plain() == "lib/low/Dockerfile"
    assert got["two"].get("environment").plain() == {"A": "3", "B": "v"}


def test_a_base_that_cannot_be_read_leaves_settings_unknown(tmp_path: Path) -> None:
    text = "services:\n  a: {extends: {service: x, file: ../x.yml}, image: i}\n  b: {extends: c}\n  c: {extends: b}\n  d: {extends: zz}\n"
    got = reading(tmp_path, {"compose.yaml": text})
    first = got.resources[0]
    assert first.get("image").plain() == "i"
    assert first.get("user").reason == "service `x`, which it extends, was not read"
    assert [p.reason for p in got.problems] == [
        "the file of the extended service `../x.yml` leads out of the scanned folder",
        "service `b` extends itself",
        "service `c` extends itself",
        "there is no service `zz` to extend in `compose.yaml`",
    ]


def test_includes(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include:\n  - db/compose.yaml\n  - path: [q/a.yml, q/b.yml]\nservices:\n  web: {image: '$W'}\n",
        ".env": "W=w\nBOTH=outer\n",
        "db/compose.yaml": "services:\n  db: {image: 'db:$V-$BOTH', build: .}\nvolumes: {data: {}}\n",
        "db/.env": "V=1\nBOTH=inner\n",
        "q/a.yml": "services:\n  q: {image: q1}\n",
        "q/b.yml": "services:\n  q: {image: q2}\n",
    }
    got = reading(tmp_path, files)
    assert got.problems == []
    assert got.covers == {"db/compose.yaml", "q/a.yml", "q/b.yml"}
    assert {r.key: r.get("image").plain() for r in got.resources if r.type == "Compose::Service"} == {
        "compose.yaml#db": "db:1-outer",
        "compose.yaml#q": "q2",
        "compose.yaml#web": "w",
    }
    assert [r.key for r in got.resources if r.type == "Compose::Volume"] == ["compose.yaml#volumes/data"]


def test_files_that_include_each_other_are_both_read(tmp_path: Path) -> None:
    files = {
        "a/compose.yaml": "include: [../b/compose.yaml]\nservices:\n  a: {image: a}\n",
        "b/compose.yaml": "include: [../a/compose.yaml]\nservices:\n  b: {image: b}\n",
    }
    assert reasons(tmp_path, files) == ["the file includes itself; it was left out"]
    resources, _, _ = read_tree(Tree(tmp_path))
    assert {r.key for r in resources} >= {"a/compose.yaml#a", "b/compose.yaml#b"}


def test_builds(tmp_path: Path) -> None:
    text = (
        "services:\n  a: {build: .}\n  b: {build: {context: x, dockerfile: ../D}}\n  c: {build: 'https://x/y.git'}\n"
        "  d: {build: {context: '$N'}}\n  e: {build: {dockerfile_inline: 'FROM a'}}\n  f: {build: ../out}\n"
    )
    got = reading(tmp_path, {"p/compose.yaml": text})
    assert {r.address: r.attributes.get("Dockerfile").plain() for r in got.resources if "Dockerfile" in r.attributes.plain()} == {
        "a": "p/Dockerfile", "b": "p/D", "f": "out/Dockerfile",
    }  # fmt: skip
    assert [(p.line, p.reason) for p in got.problems] == [
        (6, "a Dockerfile inside a Compose file is not read; give it a file of its own")
    ]


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fourfold.sources.compose.project, "SERVICES_MAX", 1)
    assert reasons(tmp_path, {"compose.yaml": BASE}) == ["more than 1 services; the rest was left out"]
    monkeypatch.setattr(fourfold.sources.compose.project, "FILES_MAX", 1)
    files = {"compose.yaml": "include: [a.yml]\nservices: {w: {image: w}}\n", "a.yml": BASE}
    assert reasons(tmp_path, files) == ["made of more than 1 files; the rest was left out"]


def test_growing_variables_stop(tmp_path: Path) -> None:
    lines = "A0=xxxxxxxxxx\n" + "".join(f"A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, 60))
    web = one(tmp_path, "    image: $A59\n", **{".env": lines})
    assert not isinstance(web.get("image"), Known)
    deep = "${A:-" * 50 + "}" * 50
    assert not isinstance(one(tmp_path, f"    image: '{deep}'\n").get("image"), Known)


_PIECES = st.sampled_from(
    [
        "services:\n", "  web:\n", "    image: a\n", "    extends: web\n", "    extends: {service: web, file: compose.yaml}\n",
        "    ports: ['80:80', 80, '[::1]:1:1', {target: 1}, null]\n", "    environment: [A, 'B=$A', {C: 1}]\n",
        "    environment: {A: [1], B: null}\n", "    volumes: [a, 'b:/c', {type: bind}, 'C:\\x:/y:ro']\n",
        "    build: {context: ['.']}\n", "    env_file: [.env, 5, {path: {}}]\n", "include: [compose.yaml, 5, {path: [1]}]\n",
        "    <<: *x\n", "x-a: &x {user: 1}\n", "    user: ${A:-${B:?c}}\n", "    ports: !reset []\n", "    deploy: 5\n",
        "  db: !override {image: a}\n", "volumes: [1]\n", "networks: {a: null}\n", "---\n", "    ${", "  - x\n", "\t",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECES, max_size=12), st.lists(_PIECES, max_size=6), st.text(max_size=40))
def test_no_text_raises(tmp_path: Path, base: list[str], over: list[str], variables: str) -> None:
    files = {"compose.yaml": "".join(base).encode(), "compose.override.yml": "".join(over).encode()}
    tree = Tree(tmp_path, {**files, ".env": variables.encode("utf-8", "replace")})
    for path in files:
        source = tree.source(path)
        assert source is not None
        for resource in read(source, tree).resources:
            assert isinstance(resource.properties, Value)
