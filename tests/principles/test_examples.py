"""Every page's example holds: the old side fires where it says, the new side is clean, the fix leads from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from fourfold.findings.check import Check
from fourfold.findings.examples import Judged, examples_of, wrongs
from fourfold.findings.report import Report
from fourfold.fixes import plan
from fourfold.pipeline import builtin_checks

CHECKS = builtin_checks()
NOT_YET: dict[str, str] = {
    "open_ingress_rule": "security groups are not linked yet",
}
"""Checks whose example does not hold yet, and why."""

WITHOUT_FIX = {
    "pipeline_source_by_token",  # a connection is made by hand, once
    "log_group_kept_forever",  # how long it is needed is not known
    "state_machine_without_logs",  # where the log is to go is not known
    "entry_without_access_log",  # where the log is to go is not known
    "namespace_without_network_policy",  # which pods talk to each other is not known
    "open_ingress_rule",  # who has business there is not known
    "route_without_authorizer",  # who the callers are is not known
    "administrator_statement",  # what the work needs is not known
    "allow_with_not_action",  # what the work needs is not known
    "allow_with_not_principal",  # who is meant is not known
    "anyone_may_assume",  # who is meant is not known
    "confused_deputy_permission",  # for whom the service acts is not known
    "container_without_logs",  # where logs go is not known
    "ended_database_engine",  # a major version is more than an edit
    "ended_kubernetes_version",  # one minor version at a time, nodes and add-ons with it
    "every_resource",  # which resources it needs is not known
    "full_access_managed_policy",  # what the work needs is not known
    "host_path_mount",  # what the program needs from the host is not known
    "long_lived_access_key",  # what uses the key is not known
    "missing_task_role",  # what the work needs is not known
    "mutable_image_tag",  # the digest is not known offline
    "pass_any_role",  # which roles it is for is not known
    "public_resource_policy",  # who is meant is not known
    "shared_role",  # which workload needs what is not known
    "unlimited_container",  # how much it needs is not known
    "unpinned_oidc_trust",  # whose tokens are meant is not known
    "whole_service_on_everything",  # what the work needs is not known
}
"""Checks whose example's finding has no fix, and why."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_the_example_holds(check: Check, scan: Callable[..., Report]) -> None:
    def judge(files: Mapping[str, str], check: Check) -> Judged:
        report = scan(files, check.id)
        problems = tuple(f"{p.file}:{p.line} {p.reason}" for p in report.problems)
        return Judged(report.findings, problems, report.unknown)

    def mend(files: Mapping[str, str], check: Check) -> Mapping[str, str]:
        report = scan(files, check.id)
        plan_ = plan(report, report.findings)
        assert not plan_.refused, plan_.refused[0].reason
        return {**files, **{change.path: change.after for change in plan_.changes}}

    if check.id in NOT_YET:
        pytest.xfail(NOT_YET[check.id])
    assert wrongs(check, judge, mend) == []
    (example,) = examples_of(check.page)
    assert any(f.fix for f in judge(example.old, check).findings) == (check.id not in WITHOUT_FIX)
