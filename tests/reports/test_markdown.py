"""The comment on a pull request."""

import msgspec
from inline_snapshot import snapshot
from reports.samples import CACHE, SAMPLE

from fourfold.reports.markdown import ROWS_MAX, render, text


def test_the_comment() -> None:
    assert render(SAMPLE) == snapshot("""\
## fourfold: 3 findings (1 high, 2 medium)

| principle | score | findings | unknown |
|---|--:|--:|--:|
| Shared responsibility | - | 0 | 0 |
| Least privilege | 10/10 | 0 | 0 |
| Defense in depth | 2/10 | 2 | 1 |
| Supply chain | 5/10 | 1 | 0 |
| Incident readiness | - | 0 | 0 |

| | check | finding | place |
|---|---|---|---|
| 🟠 high | FF4001 `secret_in_variable` | container `web` keeps a password in variable `DB_PASSWORD` | `app/template.yaml:10` |
| 🟡 medium | FF3001 `writable_root_filesystem` | container `web` can write to its root filesystem (when Env = prod) | `app/template.yaml:8` |
| 🟡 medium | FF3001 `writable_root_filesystem` | container `cache` can write to its root filesystem | `app/template.yaml:12` |

<details><summary>1 problem: what could not be read was not judged</summary>

- `app/broken.yaml:3` not valid YAML: did not find expected key

</details>

<sub>fourfold 0.1.0, 6 questions of 3 checks on 1 resource, 1 unknown, `fourfold fix` mends 3</sub>
""")


def test_a_clean_scan() -> None:
    assert render(msgspec.structs.replace(SAMPLE, items=(), problems=())).startswith("## fourfold: nothing found")


def test_nothing_scanned_becomes_markup() -> None:
    assert text("a|b\n<b> **c** `x|y` @team [l](u) \u202e") == snapshot(
        "a\\|b�\\<b\\> \\*\\*c\\*\\* `x\\|y` @\u200bteam \\[l\\](u) �"
    )
    assert text("one ` alone") == "one ' alone"


def test_it_stays_short() -> None:
    items = (msgspec.structs.replace(CACHE, title="x" * 5000),) * 1000
    out = render(msgspec.structs.replace(SAMPLE, items=items, problems=SAMPLE.problems * 1000))
    assert len(out) < 65_536 / 2
    assert f"{1000 - ROWS_MAX} more are not shown here" in out
