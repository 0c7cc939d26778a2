"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("FOURFOLD_TODAY", "2026-11-22")  # what is past its end of support does not change under the tests
os.environ["FOURFOLD_NO_CACHE"] = "1"  # tests judge anew, and leave nothing behind; those of the cache turn it on

# CI tries the same examples each time, so that a change is judged by what it changed; everywhere else, and with
# FOURFOLD_EXPLORE=1, each run tries new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("new", print_blob=True)
settings.load_profile("same" if os.environ.get("CI") and not os.environ.get("FOURFOLD_EXPLORE") else "new")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared/` beside the project: real inputs that nobody here wrote."""
    folder = Path(os.environ.get("FOURFOLD_SHARED", ROOT.parent / "shared"))
    if not (folder / "corpus").is_dir():
        pytest.skip(f"no real inputs: {folder.name}/corpus is not beside the project (set FOURFOLD_SHARED)")
    return folder
