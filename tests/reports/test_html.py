"""The page to look at: complete in itself, and safe whatever was scanned."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest
from inline_snapshot import snapshot
from reports.samples import CACHE, ROOT, SAMPLE, SECRET

from fourfold.model.place import Problem
from fourfold.reports.html import SHOWN_MAX, render
from fourfold.reports.markup import inline, to_html
from fourfold.reports.view import View

VOID = {"meta", "input", "circle", "path", "br"}


class Reader(HTMLParser):
    """Collects elements and attributes, and sees that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(view: View) -> Reader:
    reader = Reader()
    reader.feed(render(view))
    reader.close()
    assert reader.open == []
    return reader


def test_nothing_is_loaded_from_anywhere() -> None:
    page = read(SAMPLE)
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "base"}
        assert "src" not in attributes
        assert "style" not in attributes, "the policy would forbid it"
        assert not [name for name in attributes if name.startswith("on")], "the policy would forbid it"
    assert not re.search(r"url\(|@import", render(SAMPLE))


def test_the_policy_allows_its_own_style_and_script_alone() -> None:
    text = render(SAMPLE)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u202e`<b>`**<i>**"


def test_nothing_scanned_becomes_markup() -> None:
    place = msgspec.structs.replace(CACHE.place, file=EVIL, lines=(EVIL, EVIL), line=1, end_line=1, first=1, stop=9)
    note = msgspec.structs.replace(ROOT.provenance[0], note=EVIL, place=place)
    item = msgspec.structs.replace(
        SECRET, title=EVIL, address=EVIL, condition=EVIL, certainty="when", place=place, related=(note,),
        provenance=(note,), evidence={EVIL: [EVIL, {EVIL: EVIL}]}, because=EVIL, suppressed_by=EVIL,
    )  # fmt: skip
    gap = msgspec.structs.replace(SAMPLE.gaps[0], reason=EVIL, address=EVIL, place=place)
    view = msgspec.structs.replace(
        SAMPLE, root=EVIL, items=(item,) * (SHOWN_MAX + 1), suppressed=(item,), gaps=(gap,),
        problems=(Problem(EVIL, 1, EVIL),),
    )  # fmt: skip
    page = read(view)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert "i" not in tags
    assert "\u202e" not in render(view)


def test_what_is_shown() -> None:
    text = re.sub(r"\s+", " ", " ".join(t for t in read(SAMPLE).texts if t.strip()))
    shown = text[text.index("Findings") : text.index("Made by")]
    assert shown == snapshot(
        "Findings 3, worst first Severity high 1 medium 2 Principle Defense in depth 2 Supply chain 1 All files app/template.yaml high Password stands in plain text Supply chain · FF4001 Why it matters Everybody who can describe the task can read it. container web keeps a password in variable DB_PASSWORD fix, look first app/template.yaml :10:15 ReadonlyRootFilesystem: !If [IsProd, false, true] Environment: - Name: DB_PASSWORD Value: hu*** - Name: cache Image: example/cache:7 Also look at the container that gets it app/template.yaml :6:11 Evidence seen by the ECS API docker inspect name DB_PASSWORD Task/container/web/environment/DB_PASSWORD · 1b4a7d2a29708bdf medium Container can write to its own root filesystem Defense in depth · FF3001 · 2 findings Why it matters Code that gets to run can replace programs. a: false a: true container web can write to its root filesystem when Env = prod fix app/template.yaml :8:11 - Name: web Image: example/web:1.4 ReadonlyRootFilesystem: !If [IsProd, false, true] Environment: - Name: DB_PASSWORD How the value came to be condition IsProd app/template.yaml :2:3 Fix app/template.yaml:7 Image: example/web:1.4 ReadonlyRootFilesystem: !If [IsProd, false, true] ReadonlyRootFilesystem: true Environment: Task/container/web · 8f027d2a29708bdf container cache can write to its root filesystem fix app/template.yaml :12:11 - Name: DB_PASSWORD Value: hu*** - Name: cache Image: example/cache:7 Task/container/cache · 77027d2a29708bdf No finding fits these filters. Problems 1, what could not be read was not judged Place Problem app/broken.yaml :3 not valid YAML: did not find expected key Unknown 1, neither wrong nor right from what was read Place Check About Why it is not known app/template.yaml :6:11 running_as_root Task/container/web parameter User has no default "
    )


def test_every_finding_has_an_anchor() -> None:
    ids = [a.get("id") for tag, a in read(SAMPLE).tags if tag == "details"]
    assert [f"f-{item.id}" for item in SAMPLE.items] == [i for i in ids if i]


def test_a_clean_scan_says_so() -> None:
    assert "Nothing was found." in render(msgspec.structs.replace(SAMPLE, items=(), problems=(), gaps=()))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `<b>` c", "a <code>&lt;b&gt;</code> c"),
        ("**bold** & co", "<b>bold</b> &amp; co"),
        ("see https://example.com/a?b=c&d.", 'see <a href="https://example.com/a?b=c&amp;d" rel="noreferrer">https://example.com/a?b=c&amp;d</a>.'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)  # fmt: skip
def test_inline_markup(text: str, html: str) -> None:
    assert inline(text) == html


def test_blocks_of_markup() -> None:
    assert to_html("One\ntwo.\n\n- a\n- b\n  c\n\n```diff\n- <x>\n+ y\n  z\n```\nEnd") == snapshot("""\
<p>One two.</p>
<ul><li>a</li><li>b c</li></ul>
<pre class="frame"><code><span class="l diff del" data-m="-"> &lt;x&gt;</span><span class="l diff add" data-m="+"> y</span><span class="l diff" data-m=""> z</span></code></pre>
<p>End</p>\
""")
