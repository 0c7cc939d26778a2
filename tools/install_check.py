"""Installs fourfold as a user would (`pip install .`) into a new environment, and runs it there."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Fails loudly where the package cannot be installed, lacks a file, or does not run."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", str(ROOT)], check=True)
        fourfold = Path(folder) / "bin" / "fourfold"
        version = subprocess.run([fourfold, "--version"], capture_output=True, text=True, check=True, cwd=folder).stdout
        demo = subprocess.run([fourfold, "demo"], capture_output=True, text=True, check=False, cwd=folder)
        if demo.returncode != 0 or "FF4001" not in demo.stdout:
            sys.exit(f"`fourfold demo` answered {demo.returncode}:\n{demo.stdout[-2000:]}{demo.stderr[-2000:]}")
        listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
        print(f"{version.strip()} installed and ran; packages beside pip: {len(listed.splitlines()) - 3}")


if __name__ == "__main__":
    main()
