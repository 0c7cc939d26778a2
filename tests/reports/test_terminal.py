"""What people see at a terminal."""

import msgspec
from inline_snapshot import snapshot
from reports.samples import CACHE, ROOT, SAMPLE, SECRET, at

from fourfold.reports.frame import frame
from fourfold.reports.terminal import Show, render
from fourfold.reports.text import Style, cells

PLAIN = Style(width=80, unicode=False)


def test_the_report() -> None:
    assert render(SAMPLE, PLAIN) == snapshot("""\
fourfold 0.1.0  offline - nothing leaves this machine
Read     2 files in 0.0 s: 1 CloudFormation
Model    1 resource, 6 nodes, 2 edges: 2 containers, 1 data store, 3 entries
Decided  6 questions of 3 checks; 1 unknown (--show-unknown)

 1 Shared responsibility  nothing here to ask about
 2 Least privilege        ##########  10/10  clean
 3 Defense in depth       ##........   2/10  2 findings, worst medium, 1 unknown
 4 Supply chain           #####.....   5/10  1 finding, worst high
 5 Incident readiness     nothing here to ask about

FINDINGS  3: 1 high, 2 medium

high      FF4001  secret_in_variable  1b4a7d2a                      fix (unsafe)
  container `web` keeps a password in variable `DB_PASSWORD`
   --> app/template.yaml:10:15  Task/container/web/environment/DB_PASSWORD
 10 |>  - Name: DB_PASSWORD
 11 |>    Value: hu***
    = app/template.yaml:6: the container that gets it

medium    FF3001  writable_root_filesystem  8f027d2a                         fix
  container `web` can write to its root filesystem
  --> app/template.yaml:8:11  Task/container/web
 8 |   ReadonlyRootFilesystem: !If [IsProd, false, true]
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = when Env = prod
  1 more like this:
    77027d2a  app/template.yaml:12:11  container `cache` can write to its roo...

PROBLEMS  1: what could not be read was not judged
  app/broken.yaml:3: not valid YAML: did not find expected key

NEXT
  fourfold fix app
      mend 2 of them, 1 more with --unsafe; shows a diff, --write applies it
  fourfold explain 1b4a7d2a app   everything about the first of them
  fourfold app --fail-on high     exit with 1 for high and worse only
  fourfold app -o report.html     the same to look at and to pass on
""")


def test_full_shows_every_frame_and_the_unknown() -> None:
    out = render(SAMPLE, PLAIN, Show(full=True, unknown=True))
    assert out.count("-->") == 3
    assert out[out.index("UNKNOWN") :].partition("\n\n")[0] == snapshot("""\
UNKNOWN  1: neither wrong nor right from what was read
  app/template.yaml:6: running_as_root of Task/container/web: parameter `User`
    has no default\
""")


def test_a_frame_of_several_lines_is_marked_at_its_side() -> None:
    assert "\n".join(frame(SECRET, PLAIN)) == snapshot("""\
   --> app/template.yaml:10:15  Task/container/web/environment/DB_PASSWORD
 10 |>  - Name: DB_PASSWORD
 11 |>    Value: hu***
    = app/template.yaml:6: the container that gets it\
""")


def test_a_frame_underlines_one_line() -> None:
    assert "\n".join(frame(ROOT, PLAIN)) == snapshot("""\
  --> app/template.yaml:8:11  Task/container/web
 8 |   ReadonlyRootFilesystem: !If [IsProd, false, true]
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = when Env = prod\
""")


def test_a_long_line_is_shown_around_its_column() -> None:
    line = '{"a": "' + "x" * 500 + '", "Privileged": true, "b": "' + "y" * 500 + '"}'
    column = line.index('"Privileged"') + 1
    place = msgspec.structs.replace(
        at(1, 1, 1), first=1, lines=(line,), column=column, end_column=column + 18, stop=column + 17
    )
    item = msgspec.structs.replace(CACHE, place=place)
    shown = frame(item, PLAIN)
    assert all(cells(text) <= 80 for text in shown)
    code, carets = shown[1], shown[2]
    assert code[carets.index("^") : carets.rindex("^") + 1] == '"Privileged": true'


def test_nothing_from_a_file_commands_the_terminal() -> None:
    evil = "\x1b[2Jcl\u202eear\x07\x9b31m"
    place = msgspec.structs.replace(CACHE.place, file=evil + ".yaml", lines=(evil,) * 5)
    item = msgspec.structs.replace(CACHE, place=place, title=evil, address=evil, condition=evil, certainty="possible")
    view = msgspec.structs.replace(SAMPLE, items=(item, item, item), root=evil)
    out = render(view, Style(width=80, color=False))
    assert not set(out) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_ascii_alone_where_the_terminal_knows_no_more() -> None:
    item = msgspec.structs.replace(CACHE, title="Größe – 量", address="Größe")
    out = render(msgspec.structs.replace(SAMPLE, items=(item,)), PLAIN)
    assert out.isascii()


def test_color_does_not_change_the_text() -> None:
    import re

    colored = render(SAMPLE, Style(width=80, color=True, unicode=False), Show(full=True))
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(SAMPLE, PLAIN, Show(full=True))


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in (60, 80, 120):
        for unicode in (True, False):
            out = render(SAMPLE, Style(width=width, unicode=unicode), Show(full=True, unknown=True))
            assert [line for line in out.splitlines() if cells(line) > width] == []


def test_wide_characters_keep_the_underline_in_place() -> None:
    line = "量量: true"
    place = msgspec.structs.replace(at(1, 1, 1), first=1, lines=(line,), column=5, end_column=9, stop=8)
    carets = frame(msgspec.structs.replace(CACHE, place=place), Style(width=80))[2]
    assert carets.endswith("      ^^^^")
