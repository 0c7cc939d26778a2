from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import Entry


@check(MEDIUM, code="FF3012", since="0.1", refs=["owasp-serverless:SAS-2", "cwe:306"])
def open_function_url(entry: Entry) -> Findings:
    """
    Function URL that anyone may call

    A function URL without authentication hands every request on the internet to the function, and its bill to you: no
    throttling but the function's own concurrency stands before it.
    Let IAM ask who calls, or put the function behind a distribution or an API that does.

    ```diff
      Resources:
        Url:
          Type: AWS::Lambda::Url
          Properties:
            TargetFunctionArn: orders
    -       AuthType: NONE
    +       AuthType: AWS_IAM
    ```
    """
    if entry.kind == "function-url" and entry.authorizer.is_("NONE"):
        fix = Fix((set_(entry.authorizer, "AWS_IAM"),), safe=False, note="callers must then sign their requests")
        yield finding(f"anyone on the internet may call function URL `{entry.name}`", at=entry.authorizer, fix=fix)
