"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared/` beside the project: real inputs that nobody here wrote."""
    folder = Path(os.environ.get("FOURFOLD_SHARED", ROOT.parent / "shared"))
    if not (folder / "corpus").is_dir():
        pytest.skip(f"no real inputs: {folder.name}/corpus is not beside the project (set FOURFOLD_SHARED)")
    return folder
