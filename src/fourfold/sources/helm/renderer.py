"""Running a renderer on a copy of a chart, within limits of time and size.

The copy holds only what the tree gives out, so that no symbolic link leads the renderer out of it. Helm's templates
cannot start programs or open connections; name resolution in templates is off by default and stays off.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from fourfold.sources.tree import Tree

RENDER_S_MAX = 30
OUTPUT_BYTES_MAX = 32 * 1024 * 1024
FILES_MAX = 5_000
CHART_BYTES_MAX = 64 * 1024 * 1024
_DEPTH_MAX = 24

_SOURCE = re.compile(r"^# Source: (.+)$", re.MULTILINE)
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")

_WITH_PACKAGE = """
import json, sys
from helm_python import Chart
with Chart.load(sys.argv[1]) as chart:
    json.dump(chart.render(name=sys.argv[2]), sys.stdout)
"""


class RenderError(Exception):
    """Why a chart was not rendered, and what to do."""


def files_of(folder: str, tree: Tree) -> dict[str, bytes | None]:
    """The files of a chart that lie in the tree, by their path in the chart; the contents are read when rendering."""
    found: dict[str, bytes | None] = {}
    _walk(folder, "", tree, found, 0)
    if len(found) <= FILES_MAX:
        size = 0
        for path in found:
            data = tree.data(posixpath.join(folder, path))
            size += len(data or b"")
            if size > CHART_BYTES_MAX:
                break
            found[path] = data
    return found


def _walk(folder: str, inner: str, tree: Tree, found: dict[str, bytes | None], depth: int) -> None:
    try:
        entries = sorted(os.scandir(tree.root / folder / inner), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = posixpath.join(inner, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if depth < _DEPTH_MAX and entry.name != ".git" and len(found) <= FILES_MAX:
                _walk(folder, path, tree, found, depth + 1)
        elif tree.has(posixpath.join(folder, path)):
            found[path] = None


def render(name: str, files: dict[str, bytes | None]) -> dict[str, str]:
    """The rendered templates by their path in the chart. Raises `RenderError`."""
    program = shutil.which("helm")
    if program is None and find_spec("helm_python") is None:
        raise RenderError("install helm or run `helm template` and scan its output")
    missing = [path for path, data in files.items() if data is None]
    if missing:
        raise RenderError(
            f"`{missing[0]}` could not be read, or the chart is too large; scan what `helm template` writes"
        )
    release = name if _RELEASE.fullmatch(name) else "release-name"
    with tempfile.TemporaryDirectory(prefix="fourfold-chart-") as scratch:
        chart = Path(scratch) / "chart"
        for path, data in files.items():
            target = chart / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data or b"")
        if program is not None:
            return _by_path(_run([program, "template", release, str(chart), "--skip-tests"], scratch))
        text = _run([sys.executable, "-P", "-c", _WITH_PACKAGE, str(chart), release], scratch)
        return {_inside(path): content for path, content in json.loads(text).items() if _is_manifest(path)}


def _run(command: list[str], scratch: str) -> str:
    """What a renderer prints. Its settings, plugins and caches are those of an empty home."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": scratch,
        "XDG_CONFIG_HOME": scratch,
        "XDG_CACHE_HOME": scratch,
        "XDG_DATA_HOME": scratch,
        "KUBECONFIG": os.devnull,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    output = Path(scratch) / "output"
    errors = Path(scratch) / "errors"
    try:
        with output.open("wb") as out, errors.open("wb") as err:
            done = subprocess.run(  # noqa: S603 - the program is helm or ourselves, the arguments are paths of our own
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, cwd=scratch,
                timeout=RENDER_S_MAX, check=False, preexec_fn=_limit if os.name == "posix" else None,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RenderError(f"it took more than {RENDER_S_MAX} s; scan what `helm template` writes") from None
    except OSError as error:
        raise RenderError(f"the renderer cannot be started: {(error.strerror or 'error').lower()}") from None
    if done.returncode:
        said = errors.read_bytes()[-4000:].decode(errors="replace").strip().splitlines() or ["it failed without a word"]
        raise RenderError(
            f"{_shortened(said[-1])}; run `helm dependency build` and `helm template`, and scan the output"
        )
    return output.read_bytes().decode(errors="replace")


def _limit() -> None:
    """A larger output ends the renderer, as does more time on the processor than on the clock."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (RENDER_S_MAX, RENDER_S_MAX))


def _shortened(message: str) -> str:
    """The last line of an error, without the class of an exception before it and not too long."""
    text = re.sub(r"^(?:[\w.]+Error|Error):? ", "", message.strip())
    return text if len(text) <= 200 else f"{text[:197]}..."


def _is_manifest(path: str) -> bool:
    return path.endswith((".yaml", ".yml", ".json", ".tpl")) and not posixpath.basename(path).startswith("_")


def _inside(path: str) -> str:
    """A path as Helm names it without the name of the chart in front."""
    return path.partition("/")[2]


def _by_path(text: str) -> dict[str, str]:
    """The output of `helm template`, taken apart at the comments that name the templates."""
    out: dict[str, str] = {}
    marks = list(_SOURCE.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        content = text[mark.end() : following.start() if following else len(text)]
        path = _inside(mark[1].strip())
        out[path] = f"{out.get(path, '')}\n---\n{content.rstrip().removesuffix('---')}\n"
    return out
