"""Laws of how the layers of IAM are put together, for random policies, principals and owners."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.engines.iam.decision import UndecidedError
from fourfold.engines.iam.document import parse
from fourfold.engines.iam.facts import facts
from fourfold.engines.iam.request import request
from fourfold.engines.iam.spec import decide
from tests.engines.iam.policies import WHO, documents, requests, statements

quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow]
)
seeds = st.builds(Random, st.integers(0, 2**32))
OWNERS = ("111122223333", "444455556666")
KINDS = ("identity", "boundary", "session", "scp", "resource", "endpoint", "rcp")
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def as_kind(document, kind):
    """A random document as policy of a kind; those with principals are about everybody."""
    if kind not in ("resource", "endpoint", "rcp"):
        return parse(document, kind)
    items = [
        {**s, "Principal": "*"} if "Principal" not in s and "NotPrincipal" not in s else s
        for s in document["Statement"]
    ]
    return parse({**document, "Statement": items}, kind)


@st.composite
def situations(draw):
    """Layers, and requests of all kinds of principals for resources of known accounts."""
    layers = {}
    for kind in KINDS:
        if draw(st.booleans()):
            own = draw(documents(principal=kind == "resource"))
            # What is silent everywhere teaches nothing: most layers allow something.
            if kind != "rcp" and draw(st.booleans()):
                principal = {"Principal": "*"} if kind in ("resource", "endpoint") else {}
                own = {**own, "Statement": [*own["Statement"], {**ALL, **principal}]}
            layers[kind] = [[as_kind(own, kind)]]
    random = draw(seeds)
    asked = []
    for one in requests(random, 12, everybody=True):
        owner = {} if ":iam:" in one["resource"] else {"aws:ResourceAccount": random.choice(OWNERS)}
        asked.append(request({**one, "principal": random.choice(WHO), "context": context(one, owner)}))
    return layers, asked


def context(one, owner):
    gone = ("aws:PrincipalOrgID", "aws:PrincipalTag/team")
    return {**{k: v for k, v in one["context"].items() if k not in gone}, **owner}


def outcome(asked, layers, given=None):
    return decide(asked, layers, facts(given)).outcome


def only_limits(kind, situation, document):
    layers, requests = situation
    more = {**layers, kind: [*layers.get(kind, []), [as_kind(document, kind)]]}
    if kind not in ("scp", "rcp"):
        more = {**layers, kind: [[as_kind(document, kind)]]}
        layers = {k: v for k, v in layers.items() if k != kind}
    for asked in requests:
        if outcome(asked, more) == "allowed":
            assert outcome(asked, layers) == "allowed", asked


@quick
@given(situations(), documents())
def test_boundary_only_limits(situation, document) -> None:
    only_limits("boundary", situation, document)


@quick
@given(situations(), documents())
def test_session_only_limits(situation, document) -> None:
    layers, requests = situation
    # Without a session policy a federated user's session has nothing: there it is what grants.
    roles = [r for r in requests if r.principal.kind != "federated-user"]
    only_limits("session", (layers, roles), document)


@quick
@given(situations(), documents())
def test_scp_only_limits(situation, document) -> None:
    only_limits("scp", situation, document)


@quick
@given(situations(), documents())
def test_rcp_only_limits(situation, document) -> None:
    only_limits("rcp", situation, document)


@quick
@given(situations(), documents())
def test_endpoint_only_limits(situation, document) -> None:
    only_limits("endpoint", situation, document)


@quick
@given(situations(), st.sampled_from(["identity", "boundary", "session", "resource", "scp"]))
def test_deny_in_any_layer_beats_allow(situation, kind) -> None:
    layers, requests = situation
    document = {"Statement": [{**ALL, "Effect": "Deny"}]}
    shut = {**layers, kind: [*layers.get(kind, [[]]), []]}
    shut[kind] = [[*shut[kind][0], as_kind(document, kind)], *shut[kind][1:-1]]
    for asked in requests:
        if asked.principal.type == "AWS" or kind == "resource":
            assert outcome(asked, shut) == "explicit_deny"


@quick
@given(situations(), statements())
def test_a_further_allow_takes_no_access_away(situation, statement) -> None:
    layers, requests = situation
    for kind in ("identity", "boundary", "session", "scp"):
        if kind not in layers:
            continue
        more = as_kind({"Version": "2012-10-17", "Statement": [{**statement, "Effect": "Allow"}]}, kind)
        wider = {**layers, kind: [[*layers[kind][0], more]]}
        for asked in requests:
            if outcome(asked, layers) == "allowed":
                assert outcome(asked, wider) == "allowed"


@quick
@given(situations())
def test_cross_account_needs_both(situation) -> None:
    layers, requests = situation
    for asked in requests:
        owner = asked.context.get("aws:resourceaccount", ("",))[0]
        if asked.principal.type != "AWS" or asked.principal.account == owner or asked.principal.kind == "root":
            continue
        for kind in ("identity", "resource"):
            without = {k: v for k, v in layers.items() if k != kind}
            assert owner == "" or outcome(asked, without) != "allowed"


@quick
@given(situations())
def test_default_deny_without_any_allow(situation) -> None:
    layers, requests = situation
    denies = {
        kind: [
            [replace_statements(p, [s for s in p.statements if s.effect == "Deny"]) for p in level] for level in levels
        ]
        for kind, levels in layers.items()
    }
    for asked in requests:
        if asked.principal.kind != "root":
            assert outcome(asked, denies) != "allowed"


def replace_statements(policy, statements):
    from msgspec.structs import replace

    return replace(policy, statements=tuple(statements))


@quick
@given(situations())
def test_the_order_of_layers_and_documents_does_not_matter(situation) -> None:
    layers, requests = situation
    turned = {kind: [[*reversed(level)] for level in layers[kind]] for kind in reversed(list(layers))}
    for asked in requests:
        assert outcome(asked, layers) == outcome(asked, turned)


@quick
@given(situations())
def test_the_deciding_statements_have_the_effect_of_their_layer(situation) -> None:
    layers, requests = situation
    for asked in requests:
        decision = decide(asked, layers)
        for verdict in decision.layers:
            assert (verdict.outcome == "implicit_deny") == (not verdict.statements)
        if decision.outcome == "explicit_deny":
            assert decision.reason.startswith(("denied by ", "a deny with `NotPrincipal`"))


@quick
@given(situations())
def test_management_account_only_widens(situation) -> None:
    layers, requests = situation
    for asked in requests:
        for account in OWNERS:
            known = {"organization": {"id": "o-1", "management_account": account}}
            bare = {k: v for k, v in asked.context.items() if not k.startswith(("aws:principalorg", "aws:resourceorg"))}
            plain = request_like(asked, bare)
            try:
                before, after = (
                    outcome(plain, layers, {"organization": {"id": "o-1", "accounts": {account: ""}}}),
                    outcome(plain, layers, known),
                )
            except UndecidedError:
                continue
            if before == "allowed":
                assert after == "allowed"


def request_like(asked, context):
    from msgspec.structs import replace

    return replace(asked, context=context)


LISTS = st.sampled_from(
    ["private", "public-read", "public-read-write", "authenticated-read", "bucket-owner-full-control"]
)
SETTINGS = st.dictionaries(
    st.sampled_from(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]),
    st.booleans(),
)


@quick
@given(situations(), LISTS, LISTS, SETTINGS, SETTINGS)
def test_block_public_access_only_limits(situation, bucket, item, account, own) -> None:
    layers, requests = situation
    s3 = {"ownership": "ObjectWriter", "bucket_acl": bucket, "object_acl": item}
    for asked in requests:
        shut = {"s3": {**s3, "public_access_block": {"account": account, "bucket": own}}}
        if outcome(asked, layers, shut) == "allowed":
            assert outcome(asked, layers, {"s3": s3}) == "allowed"


@quick
@given(situations(), LISTS, LISTS)
def test_access_control_lists_only_add_and_count_only_where_enabled(situation, bucket, item) -> None:
    layers, requests = situation
    lists = {"bucket_acl": bucket, "object_acl": item}
    for asked in requests:
        without = outcome(asked, layers)
        if without == "allowed":
            assert outcome(asked, layers, {"s3": {**lists, "ownership": "ObjectWriter"}}) == "allowed"
        assert outcome(asked, layers, {"s3": {**lists, "ownership": "BucketOwnerEnforced"}}) == without


@quick
@given(situations(), st.sampled_from(["Decrypt", "Encrypt", "DescribeKey"]))
def test_grants_only_add(situation, operation) -> None:
    layers, requests = situation
    layers = {"resource": [[parse({"Statement": []}, "resource")]], **layers}
    for asked in requests:
        key = {"resource": "arn:aws:kms:us-east-1:111122223333:key/1", "action": "kms:Decrypt"}
        made = request({**key, "principal": who(asked)})
        grant = {"GranteePrincipal": "arn:aws:iam::111122223333:role/a", "Operations": [operation]}
        without, given = outcome(made, layers), outcome(made, layers, {"kms": {"grants": [grant]}})
        if without != given:
            assert (without, given, operation) == ("implicit_deny", "allowed", "Decrypt")


def who(asked):
    kind = asked.principal.type
    return (
        asked.principal.value
        if kind == "AWS"
        else "anonymous"
        if kind == "Anonymous"
        else {kind: asked.principal.value}
    )
