"""Compiles `src/fourfold/knowledge/kubernetes_api.tsv` from the Python client that Kubernetes generates from its OpenAPI.

    python -m venv data && data/bin/pip install --no-deps kubernetes
    python tools/build_kubernetes_api.py data/lib/python3.*/site-packages

What is taken are facts: groups, resources, their scope and verbs (the package is Apache-2.0); no descriptions. Which verb a
request has follows from its method and path: https://kubernetes.io/docs/reference/access-authn-authz/authorization/
("Determine the request verb").
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

OUT = Path(__file__).parents[1] / "src" / "fourfold" / "knowledge" / "kubernetes_api.tsv"
_METHOD = re.compile(r"method='(\w+)',\s*resource_path='([^']+)'")
_PATH = re.compile(r"/(?:api|apis/([^/]+))/(v[^/]+)/(.+)")
_INSIDE = "namespaces/{namespace}/"
_ON_ONE = {"GET": ("get",), "POST": ("create",), "PUT": ("update",), "PATCH": ("patch",), "DELETE": ("delete",)}
_ON_ALL = {"GET": ("list", "watch"), "POST": ("create",), "DELETE": ("deletecollection",)}


def main(site_packages: Path) -> None:
    """Write the table, and say how long it is."""
    verbs: dict[tuple[str, str], set[str]] = {}
    namespaced: set[tuple[str, str]] = set()
    for source in sorted((site_packages / "kubernetes" / "client" / "api").glob("*.py")):
        for method, path in _METHOD.findall(source.read_text()):
            read = _read(path)
            if read is None:
                continue
            group, resource, inside, named = read
            key = (group, resource)
            verbs.setdefault(key, set()).update((_ON_ONE if named else _ON_ALL).get(method, ()))
            if inside:
                namespaced.add(key)
    (info,) = site_packages.glob("kubernetes-*.dist-info")
    version = info.name.removesuffix(".dist-info").rpartition("-")[2]
    lines = [
        f"{group or 'core'}\t{resource}\t{'namespaced' if (group, resource) in namespaced else 'cluster'}\t{','.join(sorted(asked))}"
        for (group, resource), asked in sorted(verbs.items())
    ]
    head = f"# Kubernetes 1.{version.partition('.')[0]}: the API of the Python client kubernetes {version}"
    OUT.write_text("\n".join([head, *lines]) + "\n")
    sys.stdout.write(f"{len(lines)} resources\n")


def _read(path: str) -> tuple[str, str, bool, bool] | None:
    """Group, resource with its subresource, whether it is in a namespace, and whether the request names one object."""
    found = _PATH.fullmatch(path)
    if found is None or "{plural}" in path or "{resource_plural}" in path:
        return None
    rest = found[3].strip("/")
    inside = rest.startswith(_INSIDE)
    parts = rest.removeprefix(_INSIDE).split("/")
    if parts[0] == "watch" or not parts[0]:
        return None
    resource = parts[0] + (f"/{parts[2]}" if len(parts) > 2 else "")
    return found[1] or "", resource, inside, len(parts) > 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
