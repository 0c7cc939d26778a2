"""`fourfold can`: who may do what with which resource."""

from __future__ import annotations

import argparse
import sys

from fourfold.faces.cli import FINDINGS, INCOMPLETE, OK
from fourfold.faces.cli.estates import add_paths, estate_of
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
    out.add_argument("action", metavar="ACTION", help="what is asked for: `s3:GetObject`, `s3:*`")
    out.add_argument("resource", metavar="RESOURCE", help="with which resource")
    add_paths(out)
    out.add_argument("--why", action="store_true", help="also who cannot, and what they lack (for one action)")
    out.add_argument("--chains", action="store_true", help="also who can become a role that can")
    out.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")
    add_color(out)
    return out


def run(arguments: list[str]) -> int:
    """Answer; returns the exit status."""
    options = parser().parse_args(arguments)
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
