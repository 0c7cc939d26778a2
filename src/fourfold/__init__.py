"""fourfold: reads what a microservice is made of, and proves the four principles of securing it.

    import fourfold
    report = fourfold.scan("path")
    for finding in report.findings: ...

Names are loaded when first used, so that importing fourfold costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "scan": "fourfold.pipeline",
    "Report": "fourfold.findings.report",
    "Finding": "fourfold.findings.finding",
    "Graph": "fourfold.model.graph",
    "FourfoldError": "fourfold.errors",
}

__all__ = ["Finding", "FourfoldError", "Graph", "Report", "__version__", "scan"]

if TYPE_CHECKING:
    from fourfold.errors import FourfoldError
    from fourfold.findings.finding import Finding
    from fourfold.findings.report import Report
    from fourfold.model.graph import Graph
    from fourfold.pipeline import scan


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module `fourfold` has no attribute `{name}`")
