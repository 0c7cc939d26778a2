"""Logs, told by their first line. They are not read here: a file that is one is said to be unread.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html (the default format: 14 fields, the
version first; a record that was cut out of its line often lacks that one).
"""

from __future__ import annotations

import re

_ADDRESS = rb"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}|-)"
_NUMBER = rb"(?:[0-9]{1,19}|-)"

_FLOW_LOG_RECORD = re.compile(
    rb"(?:[2-9] )?(?:[0-9]{12}|unknown) eni-[0-9a-zA-Z]{3,20} "
    + _ADDRESS + b" " + _ADDRESS + rb"(?: " + _NUMBER + rb"){5} [0-9]{9,11} [0-9]{9,11} "
    rb"(?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA)\s*"
)  # fmt: skip
_FLOW_LOG_HEADER = re.compile(rb"(?=.*\binterface-id\b)(?=.*\bsrcaddr\b)[a-z0-9-]+( [a-z0-9-]+){3,40}\s*")


def log_kind(head: bytes) -> str:
    """What kind of log a file is whose first bytes are given; empty where it is none that is known."""
    first = next((line for line in head.split(b"\n") if line.strip()), b"")
    if _FLOW_LOG_RECORD.fullmatch(first) or _FLOW_LOG_HEADER.fullmatch(first):
        return "a VPC flow log"
    return ""
