"""`fourfold can`: who may do what with which resource."""

from __future__ import annotations

import argparse
import sys

from fourfold.faces.cli import FINDINGS, INCOMPLETE, OK
from fourfold.faces.cli.estates import add_paths, estate_of, graph_in
from fourfold.faces.cli.output import add_color, style_of, write

EPILOG = """\
WHO is the name, logical id or ARN of a role or user, the name of what runs as one (a function, a service account), a
service (`events.amazonaws.com`), an account, `anyone`, or `outside-org` (anyone, and the other accounts that policies name).
ACTION is `service:Action`. RESOURCE is a name, logical id or ARN. Each may be a pattern with `*` and `?`, or left open: `*`.

examples:
  fourfold can anyone s3:GetObject '*'                     which buckets let in everybody
  fourfold can '*' kms:Decrypt OrdersKey infra/            who can decrypt with this key
  fourfold can '*' kms:Decrypt OrdersKey --why             and what everybody else lacks
  fourfold can OrdersFunction 's3:*' UploadsBucket         what a function may do with a bucket
  fourfold can '*' dynamodb:DeleteTable Orders --chains    also who can become a role that can
  fourfold can '*' iam:PassRole '*' account.json           in an account: `aws iam get-account-authorization-details`

In a cluster: ACTION is a verb (`get`, `create`, `impersonate`), RESOURCE `pods`, `pods/log`, `deployments.apps` or a URL that
begins with `/`, WHO a service account (`NAMESPACE/NAME`), `group:NAME`, `user:NAME`, the name of a workload, or `anyone`.

  fourfold can '*' get secrets manifests/                  who can read secrets of a cluster
  fourfold can shop/web '*' '*' manifests/                 all that a service account may do there
  fourfold can web create pods/exec manifests/ --namespace shop

An answer is `yes` (every such request is allowed), `yes, if` (requests with this context, or for these parts of the
resource), `when` (where a condition of the template holds) or `unknown` (it hangs on something that is not known).
Requests are decided in all layers: identity and resource policies, boundaries, service and resource control policies.

exit status: 0 somebody can, 1 nobody can, 2 usage error or nothing to read, 3 nobody surely can, but somebody may
"""


def parser() -> argparse.ArgumentParser:
    """The options of `can`."""
    out = argparse.ArgumentParser(
        prog="fourfold can",
        description="Say who may do what with which resource, and by which statements.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out.add_argument("who", metavar="WHO", help="who asks")
    out.add_argument("action", metavar="ACTION", help="what is asked for: `s3:GetObject`, `s3:*`; in a cluster a verb")
    out.add_argument("resource", metavar="RESOURCE", help="with which resource")
    add_paths(out)
    out.add_argument("--why", action="store_true", help="also who cannot, and what they lack (for one action)")
    out.add_argument("--chains", action="store_true", help="also who can become a role that can")
    out.add_argument("--namespace", metavar="NAME", default="", help="in a cluster: only in this namespace")
    out.add_argument("--name", metavar="NAME", default="", help="in a cluster: only with the object of this name")
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    add_color(out)
    return out


def run(arguments: list[str]) -> int:
    """Answer; returns the exit status."""
    options = parser().parse_args(arguments)
    if _in_cluster(options):
        return _cluster(options)
    from fourfold.engines.iam.answers import answer
    from fourfold.reports.access import document, render

    estate = estate_of(options.path)
    answers = answer(estate, options.who, options.action, options.resource, why=options.why, chains=options.chains)
    if options.format == "json":
        import json

        write(json.dumps(document(answers, estate.notes), indent=2, ensure_ascii=False) + "\n", None)
    else:
        write(render(answers, style_of(sys.stdout, options.color), why=options.why), None)
    verdicts = {access.verdict for access in answers.accesses()}
    return OK if verdicts - {"unknown"} else INCOMPLETE if verdicts else FINDINGS


def _in_cluster(options: argparse.Namespace) -> bool:
    """Whether it is a question about Kubernetes: its verbs have no colon; left open, the namespace or the subject tells."""
    if options.action != "*":
        return ":" not in options.action and "*" not in options.action
    from fourfold.rbac import is_subject

    return bool(options.namespace) or is_subject(options.who)


def _cluster(options: argparse.Namespace) -> int:
    """Answer a question about the roles and bindings of a cluster."""
    from fourfold.engines.rbac.answers import answer
    from fourfold.engines.rbac.scan import scanned
    from fourfold.errors import NothingToReadError, UsageError
    from fourfold.reports.cluster_access import document, render

    if options.why or options.chains:
        raise UsageError("--why and --chains are for questions about AWS, whose actions are written `service:Action`")
    paths = options.path or ["."]
    graph = graph_in(paths)
    if all(binding.built_in for binding in graph.derived(scanned).cluster.bindings):
        raise NothingToReadError(
            f"`{' '.join(paths)}` declares no RoleBinding and no ClusterRoleBinding; actions of AWS are `service:Action`"
        )
    found = answer(graph, options.who, options.action, options.resource, name=options.name, namespace=options.namespace)
    if options.format == "json":
        import json

        write(json.dumps(document(found), indent=2, ensure_ascii=False) + "\n", None)
    else:
        write(render(found, style_of(sys.stdout, options.color)), None)
    sure = any(row.verdict != "unknown" for row in found.rows) or any(not one.unknown for one in found.aws)
    return OK if sure else INCOMPLETE if found.rows or found.aws else FINDINGS
