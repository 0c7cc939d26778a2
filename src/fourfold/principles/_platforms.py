"""Reasons why a check is not asked on a platform, said once.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html,
https://docs.aws.amazon.com/eks/latest/userguide/fargate.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
"""

from __future__ import annotations

FARGATE_REFUSES = {
    "fargate": "Fargate refuses the setting; `setting_without_effect` says so where it is written",
    "eks-fargate": "Fargate refuses the setting; `setting_without_effect` says so where it is written",
}

LAMBDA_HAS_NONE = {
    "lambda-zip": "Lambda runs the code in a micro-VM of its own and has no such setting",
    "lambda-image": "Lambda runs the code in a micro-VM of its own and has no such setting",
}
