"""The intrinsic functions. Each takes the stack, the node of the call and its argument, not yet evaluated.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from fourfold.model.graph import EXPORT
from fourfold.model.value import Absent, Choice, Known, Map, Ref, Seq, Step, Text, Unknown, Value
from fourfold.sources.cloudformation.include import transform
from fourfold.sources.cloudformation.mappings import find_in_map
from fourfold.sources.cloudformation.texts import (
    OUTCOMES_MAX,
    choice,
    concat,
    hole,
    lift,
    literal,
    part_of,
    placed,
    split_text,
)

if TYPE_CHECKING:
    from fourfold.sources.cloudformation.stack import Stack

Function: TypeAlias = "Callable[[Stack, Value, Value], Value]"

CIDR_BLOCKS_MAX = 256
OUTCOMES_CHARACTERS_MAX = 200_000
"""Characters of all the results of one `Fn::Sub` over choices."""
_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")


def _arguments(stack: Stack, argument: Value, least: int, most: int) -> tuple[Value, ...] | None:
    if isinstance(argument, Seq) and least <= len(argument.items_) <= most:
        return argument.items_
    return None


def ref(stack: Stack, at: Value, argument: Value) -> Value:
    """`Ref`: a resource, a parameter or a pseudo parameter."""
    name = stack.value(argument)
    if not isinstance(name, Known) or not isinstance(name.value, str):
        return stack.wrong(at, "`Ref` takes the name of a parameter or a resource")
    return stack.reference(name.value, at)


def get_att(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::GetAtt`: an attribute of a resource."""
    if isinstance(argument, Known) and isinstance(argument.value, str) and "." in argument.value:
        resource, _, attribute = argument.value.partition(".")
        return stack.attribute(resource, attribute, at)
    parts = _arguments(stack, argument, 2, 9)
    if parts is None:
        return stack.wrong(at, "`Fn::GetAtt` takes a resource and an attribute")

    def make(values: list[Value]) -> Value:
        texts = [v._text() for v in values]
        if texts[0] is None:
            return stack.wrong(at, "`Fn::GetAtt` takes the name of a resource")
        if None in texts:
            return hole(f"the attribute of `{texts[0]}` is not known", at)
        return stack.attribute(texts[0], ".".join(t or "" for t in texts[1:]), at)

    return lift([stack.value(p) for p in parts], make, at)


def sub(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Sub`: a string with `${Name}`, `${Resource.Attribute}` and `${!Literal}`."""
    own: dict[str, Value] = {}
    parts = _arguments(stack, argument, 1, 2)
    template = stack.value(parts[0] if parts else argument)
    if not isinstance(template, Known) or not isinstance(template.value, str):
        if isinstance(template, (Text, Unknown)):  # a dynamic reference stands in it
            return placed(template, at)
        return stack.wrong(at, "`Fn::Sub` takes a string, or a string and a mapping")
    if parts and len(parts) == 2:
        if not isinstance(parts[1], Map):
            return stack.wrong(at, "the second argument of `Fn::Sub` is a mapping of names to values")
        own = parts[1].entries_
    pieces: list[Value] = []
    text, last = template.value, 0
    for found in _VARIABLE.finditer(text):
        before = text[last : found.start()]
        last = found.end()
        escaped, name = found[1], found[2].strip()
        if escaped:
            before += "${" + found[2] + "}"
        if before:
            pieces.append(literal(before, at))
        if not escaped:
            pieces.append(stack.value(own[name]) if name in own else _named(stack, name, at))
    if last < len(text) or not pieces:
        pieces.append(literal(text[last:], at, template.provenance))
    most = max(2, min(OUTCOMES_MAX, OUTCOMES_CHARACTERS_MAX // (len(text) + 1)))
    return lift(pieces, lambda values: concat(values, at), at, most)


def _named(stack: Stack, name: str, at: Value) -> Value:
    resource, dot, attribute = name.partition(".")
    return stack.attribute(resource, attribute, at) if dot else stack.reference(name, at)


def join(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Join`: the elements of a list with a delimiter between."""
    parts = _arguments(stack, argument, 2, 2)
    if parts is None:
        return stack.wrong(at, "`Fn::Join` takes a delimiter and a list")
    delimiter = stack.value(parts[0])
    if not isinstance(delimiter, Known):
        return stack.wrong(at, "the delimiter of `Fn::Join` is a string")

    def elements(values: list[Value]) -> Value:
        (listed,) = values
        if not isinstance(listed, Seq):
            return _joined_unknown(delimiter._text(), listed, at)
        return lift(list(listed.items_), lambda items: _joined(stack, delimiter._text(), items, at), at)

    return lift([stack.value(parts[1])], elements, at)


def _joined_unknown(delimiter: str, listed: Value, at: Value) -> Value:
    if isinstance(listed, (Known, Absent)) or delimiter == ",":
        return placed(listed, at)
    return Text(at.source, at.start, at.end, at.key_start, (listed,))


def _joined(stack: Stack, delimiter: str, items: list[Value], at: Value) -> Value:
    out: list[str | Value] = []
    for item in items:
        if isinstance(item, Absent):
            continue
        for piece in item.items_ if isinstance(item, Seq) else (item,):
            if isinstance(piece, (Map, Seq)):
                return stack.wrong(at, "`Fn::Join` takes a list of strings")
            out.extend((delimiter, piece))
    return concat(out[1:], at)


def select(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Select`: one element of a list, counted from nought."""
    parts = _arguments(stack, argument, 2, 2)
    if parts is None:
        return stack.wrong(at, "`Fn::Select` takes an index and a list")

    def make(values: list[Value]) -> Value:
        index, listed = values
        number = index._text() if isinstance(index, Known) else None
        if number is not None and not number.isdecimal():
            return stack.wrong(at, f"`{number}` is not an index")
        if number is None:
            return hole(index.reason or "the index is not known", at)
        if not isinstance(listed, Seq):
            if isinstance(listed, (Known, Map, Absent)):
                return stack.wrong(at, "`Fn::Select` takes a list")
            return part_of(listed, f"[{number}]", at)
        chosen = any(type(v) is Choice for v in (*given, *listed.items_))
        there = lambda items: _element(stack, int(number[:9]), items, at, sure=not chosen)
        return lift(list(listed.items_), there, at)

    given = [stack.value(p) for p in parts]
    return lift(given, make, at)


def _element(stack: Stack, index: int, items: list[Value], at: Value, *, sure: bool) -> Value:
    there = [item for item in items if not isinstance(item, Absent)]
    if index >= len(there):
        what = f"there is no element {index} in a list of {len(there)}"
        return stack.wrong(at, what) if sure else hole(what, at)
    return placed(there[index], at)


def split(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Split`: a string taken apart."""
    parts = _arguments(stack, argument, 2, 2)
    delimiter = stack.value(parts[0]) if parts else None
    if parts is None or not isinstance(delimiter, Known) or not delimiter._text():
        return stack.wrong(at, "`Fn::Split` takes a delimiter and a string")
    return lift([stack.value(parts[1])], lambda values: split_text(values[0], delimiter._text(), at), at)


def if_(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::If`: one of two values by a condition."""
    parts = _arguments(stack, argument, 3, 3)
    if parts is None:
        return stack.wrong(at, "`Fn::If` takes a condition and two values")
    name = stack.value(parts[0])
    if not isinstance(name, Known):
        return stack.wrong(at, "`Fn::If` takes the name of a condition")
    condition = stack.condition(name._text(), parts[0])
    return choice(condition, stack.value(parts[1]), stack.value(parts[2]), at)


def base64(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Base64`: the text itself, so that it can be read; its provenance says that it is encoded."""
    value = stack.value(argument)
    if isinstance(value, (Map, Seq)):
        return stack.wrong(at, "`Fn::Base64` takes a string")
    return placed(value, at, Step("encoded by Fn::Base64", at.value_span))


def cidr(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Cidr`: address blocks of one size out of a larger one."""
    parts = _arguments(stack, argument, 2, 3)
    if parts is None:
        return stack.wrong(at, "`Fn::Cidr` takes an address block, a count and the bits of a subnet")
    place = (at.source, at.start, at.end, at.key_start)

    def make(values: list[Value]) -> Value:
        texts = [v._text() for v in values]
        count = texts[1]
        if count is None:
            return hole(values[1].reason, at)
        if not count.isdecimal() or not 1 <= int(count[:9]) <= CIDR_BLOCKS_MAX:
            return stack.wrong(at, f"`Fn::Cidr` gives 1 to {CIDR_BLOCKS_MAX} blocks")
        if None in texts or len(texts) < 3:  # no page says what is taken where the bits are left out
            why = next((v.reason for v in values if v._text() is None), "`Fn::Cidr` without the bits of a subnet")
            stack.run.spend(int(count))
            return Seq(*place, tuple(hole(why, at, f"{values[0]}/block {i}") for i in range(int(count))))
        stack.run.spend(int(count))
        blocks = cidr_blocks(texts[0] or "", int(count), texts[2] or "")
        if isinstance(blocks, str):
            return stack.wrong(at, blocks)
        return Seq(*place, tuple(literal(block, at) for block in blocks))

    return lift([stack.value(p) for p in parts], make, at)


def cidr_blocks(block: str, count: int, bits: str) -> list[str] | str:
    """`count` blocks with `bits` host bits each from the start of `block`, or why not."""
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return f"`{block}` is not an address block"
    if not bits.isdecimal() or len(bits) > 3 or network.max_prefixlen - int(bits) < network.prefixlen:
        return f"subnets of {bits} bits do not fit into `{block}`"
    size = 1 << int(bits)
    if count * size > network.num_addresses:
        return f"{count} subnets of {bits} bits do not fit into `{block}`"
    first, prefix = int(network.network_address), network.max_prefixlen - int(bits)
    kind = type(network.network_address)
    return [f"{kind(first + i * size)}/{prefix}" for i in range(count)]


def get_azs(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::GetAZs`: the zones of a region, which depend on the account."""
    region = str(stack.value(argument)) or "AWS::Region"
    return hole("availability zones are known only to the account", at, f"zones of {region}")


def import_value(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::ImportValue`: what another stack exports under a name; parts of the name that are not known stay in it."""

    def make(values: list[Value]) -> Value:
        if isinstance(values[0], (Map, Seq, Absent)):
            return stack.wrong(at, "`Fn::ImportValue` takes the name of an export")
        return Ref(at.source, at.start, at.end, at.key_start, f"{EXPORT}{values[0]}")

    return lift([stack.value(argument)], make, at)


def get_stack_output(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::GetStackOutput`: an output of a stack by the name it is deployed under, which no template tells."""
    name, output = stack.value(argument.get("StackName")), stack.value(argument.get("OutputName"))
    if isinstance(name, Absent) or isinstance(output, Absent) or not isinstance(argument, Map):
        return stack.wrong(at, "`Fn::GetStackOutput` takes a `StackName` and an `OutputName`")
    return hole(f"output `{output}` of stack `{name}` is known once it is deployed", at, f"{name}/{output}")


def length(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::Length`: how many elements a list has."""

    def make(values: list[Value]) -> Value:
        listed = values[0]
        if isinstance(listed, Seq):
            count = lambda items: literal(sum(not isinstance(item, Absent) for item in items), at)
            return lift(list(listed.items_), count, at)
        if isinstance(listed, (Known, Map, Absent)):
            return stack.wrong(at, "`Fn::Length` takes a list")
        return part_of(listed, ".length", at)

    return lift([stack.value(argument)], make, at)


def to_json_string(stack: Stack, at: Value, argument: Value) -> Value:
    """`Fn::ToJsonString`: a list or mapping as JSON text."""
    return _json_text(stack.value(argument), at)


def _json_text(value: Value, at: Value) -> Value:
    chosen = list(_choices(value))

    def make(values: list[Value]) -> Value:
        sides = {id(c): side for c, side in zip(chosen, values, strict=True)}
        return _json_text(_with(value, sides), at)

    if chosen:
        return lift(chosen, make, at)
    parts: list[Value] = []
    _json(value, parts)
    return concat(parts, at)


def _choices(value: Value) -> Iterator[Value]:
    """The choices in a tree, not those inside them."""
    if isinstance(value, Choice):
        yield value
    elif isinstance(value, (Map, Seq)):
        for child in value.entries_.values() if isinstance(value, Map) else value.items_:
            yield from _choices(child)


def _with(value: Value, sides: dict[int, Value]) -> Value:
    """The tree with its choices replaced."""
    if isinstance(value, Map):
        entries = {key: _with(entry, sides) for key, entry in value.entries_.items()}
        return msgspec.structs.replace(value, entries_=entries)
    if isinstance(value, Seq):
        return msgspec.structs.replace(value, items_=tuple(_with(item, sides) for item in value.items_))
    return sides.get(id(value), value)


def _json(value: Value, out: list[Value]) -> None:
    if isinstance(value, Map):
        out.append(literal("{", value))
        there = [(k, v) for k, v in value.entries_.items() if not isinstance(v, Absent)]
        for i, (key, entry) in enumerate(there):
            out.append(literal(("," if i else "") + json.dumps(key) + ":", value))
            _json(entry, out)
        out.append(literal("}", value))
    elif isinstance(value, Seq):
        out.append(literal("[", value))
        for i, item in enumerate(item for item in value.items_ if not isinstance(item, Absent)):
            if i:
                out.append(literal(",", value))
            _json(item, out)
        out.append(literal("]", value))
    elif isinstance(value, Known):
        out.append(literal(json.dumps(value.value), value))
    elif isinstance(value, Text):
        inner = [literal(json.dumps(p)[1:-1], value) if isinstance(p, str) else p for p in value.parts]
        out.extend((literal('"', value), *inner, literal('"', value)))
    else:
        out.extend((literal('"', value), value, literal('"', value)))


FUNCTIONS: dict[str, Function] = {
    "Ref": ref,
    "Fn::Base64": base64,
    "Fn::Cidr": cidr,
    "Fn::FindInMap": find_in_map,
    "Fn::GetAZs": get_azs,
    "Fn::GetAtt": get_att,
    "Fn::GetStackOutput": get_stack_output,
    "Fn::If": if_,
    "Fn::ImportValue": import_value,
    "Fn::Join": join,
    "Fn::Length": length,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::Sub": sub,
    "Fn::ToJsonString": to_json_string,
    "Fn::Transform": transform,
}
