"""How fast questions about IAM policies are answered: `python bench/iam.py [pairs]`.

1. Pairs of policies that AWS manages, compared by the engine and by cvc5 (where it is installed) with the same question.
2. All policies that AWS manages, compared with ReadOnlyAccess.

Times are CPU times of this process; of the first question what it loads is told apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
_OPERATORS = {"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Null"}
ACTIONS_MAX = 30
"""Actions of a policy that is given to cvc5."""


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of CPU, and the answer."""
    start = time.process_time()
    found = ask()
    return (time.process_time() - start) * 1000, found


def small(document: dict[str, Any]) -> bool:
    """Whether cvc5 is given it: few actions, conditions on texts, no policy variables."""
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    count = sum(len(s.get("Action", "-")) if isinstance(s.get("Action"), list) else 1 for s in statements)
    operators = {o.removesuffix("IfExists") for s in statements for o in s.get("Condition", {})}
    return count <= ACTIONS_MAX and operators <= _OPERATORS and "${" not in str(document)


def with_cvc5(count: int) -> None:
    """The same pairs by both."""
    from fourfold.engines.iam.document import parse
    from fourfold.engines.iam.symbolic import no_new_access
    from fourfold.knowledge.managed import policies
    from tests.engines.iam import solver

    documents = [p.document for p in policies() if small(p.document)]
    step = max(1, len(documents) // count)
    pairs = [(documents[i], documents[i + 1]) for i in range(0, len(documents) - 1, step)][:count]
    pairs += [(a, a) for a, _ in pairs[: count // 4]]
    read = [(parse(a), parse(b)) for a, b in pairs]
    first, _ = timed(lambda: no_new_access(*read[0], typing="none"))
    ours = [timed(lambda p=p: no_new_access(*p, typing="none")) for p in read]
    print(f"{len(pairs)} pairs: median {statistics.median(t for t, _ in ours):.2f} ms, first question {first:.0f} ms")
    try:
        theirs = [timed(lambda p=p: solver.satisfiable(solver.new_access(*p))) for p in pairs]
    except ModuleNotFoundError:
        print("no cvc5: `pip install cvc5` to compare with it")
        return
    ratio = statistics.median(theirs[i][0] / max(ours[i][0], 0.01) for i in range(len(pairs)))
    same = Counter(
        "not known to cvc5" if found is None else "same" if found == (answer.verdict == "witness") else "DIFFERENT"
        for (_, answer), (_, found) in zip(ours, theirs, strict=True)
    )
    print(f"cvc5: median {statistics.median(t for t, _ in theirs):.1f} ms, median ratio {ratio:.0f}; {dict(same)}")


def with_read_only_access() -> None:
    """Every policy against one large one."""
    from fourfold.engines.iam.document import parse
    from fourfold.engines.iam.symbolic import no_new_access
    from fourfold.knowledge.managed import policies

    read = {p.name: parse(p.document) for p in policies()}
    reference = read["ReadOnlyAccess"]
    found = [(*timed(lambda p=p: no_new_access(reference, p)), name) for name, p in read.items()]
    verdicts = Counter(answer.verdict for _, answer, _ in found)
    times = sorted((t, name) for t, _, name in found)
    mean = sum(t for t, _ in times) / len(times)
    print(
        f"{len(times)} with ReadOnlyAccess: mean {mean:.1f} ms, median {times[len(times) // 2][0]:.1f} ms; {dict(verdicts)}"
    )
    print("slowest: " + ", ".join(f"{name} {t:.0f} ms" for t, name in times[-3:]))


if __name__ == "__main__":
    with_cvc5(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    with_read_only_access()
