"""Members, items and elements of what a program handles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourfold.model.place import Span
from fourfold.model.value import Known, Unknown
from fourfold.sources.handler.values import (
    Alternatives,
    Arguments,
    Closure,
    Dictionary,
    Instance,
    Klass,
    List,
    Module,
    Outside,
    Super,
    joined,
)

if TYPE_CHECKING:
    from fourfold.sources.handler.interpret import Interpreter


def attribute(interpreter: Interpreter, of: Any, name: str, at: Span) -> Alternatives:
    found = interpreter.language.attribute(interpreter, of, name, at)
    if found is not None:
        return found
    if isinstance(of, Instance):
        if name in of.attributes:
            return of.attributes[name]
        return interpreter.bound(of.klass.member(name), (of,), at) or interpreter.outside_member(of.klass, name, at)
    if isinstance(of, Klass):
        return interpreter.bound(of.member(name), (of,), at, static=True) or interpreter.outside_member(of, name, at)
    if isinstance(of, Super):
        line = list(of.klass.line())[1:]
        return interpreter.bound(next((k.members[name] for k in line if name in k.members), ()), of.this, at) or (
            Outside(f"super.{name}"),
        )
    if isinstance(of, Module):
        return of.scope.names.get(name) or interpreter.unknown(f"`{name}` is not found in `{of.path}`", at)
    if isinstance(of, Outside):
        return (Outside(f"{of.path}.{name}", of.bound),)
    if isinstance(of, Unknown):
        child = f"{of.name}.{name}" if of.name and not of.name.startswith("env:") else ""
        return interpreter.unknown(of.why, at, child)
    return interpreter.unknown(f"`{name}` is known at run time only", at)


def outside_member(interpreter: Interpreter, klass: Klass, name: str, at: Span) -> Alternatives:
    bases = [b for k in klass.line() for b in k.bases if not isinstance(b, Klass)]
    return tuple(Outside(f"{b.path}().{name}") for b in bases if isinstance(b, Outside)) or interpreter.unknown(
        f"`{name}` is known at run time only", at
    )


def bound(
    interpreter: Interpreter, found: Alternatives, this: Alternatives, at: Span, *, static: bool = False
) -> Alternatives:
    out: list[Any] = []
    for one in found:
        if not isinstance(one, Closure) or one.this:
            out.append(one)
        elif one.function.method == "property" and not static:
            out += interpreter.run(Closure(one.function, one.scope, this, one.klass), Arguments(), at)
        elif one.function.method == "static" or (static and one.function.method != "class"):
            out.append(one)
        elif one.function.method == "class":
            owner = tuple(i.klass if isinstance(i, Instance) else i for i in this)
            out.append(Closure(one.function, one.scope, owner, one.klass))
        else:
            out.append(Closure(one.function, one.scope, this, one.klass))
    return tuple(out)


def item(interpreter: Interpreter, of: Any, key: Alternatives, at: Span) -> Alternatives:
    found = interpreter.language.item(interpreter, of, key, at)
    if found is not None:
        return found
    if isinstance(of, Dictionary):
        return interpreter.entry(of, key, at)
    if isinstance(of, List):
        numbers = [one.value for one in key if isinstance(one, Known) and isinstance(one.value, int)]
        if len(numbers) == len(key) and not of.open and all(-len(of.items) <= n < len(of.items) for n in numbers):
            return joined(*[of.items[n] for n in numbers])
        return of.element() or interpreter.unknown("the list is not known", at)
    if isinstance(of, Outside):
        return (Outside(f"{of.path}[]", of.bound),)
    if isinstance(of, Unknown) and not of.name.startswith("env:"):
        names = [str(one.value) if isinstance(one, Known) else "" for one in key]
        step = f".{names[0]}" if len(names) == 1 and names[0] and not names[0].isdigit() else "[]"
        return interpreter.unknown(of.why, at, of.name + step if of.name else "")
    return interpreter.unknown("it is known at run time only", at)


def entry(interpreter: Interpreter, of: Dictionary, key: Alternatives, at: Span) -> Alternatives:
    known = [str(one.value) for one in key if isinstance(one, Known)]
    if len(known) == len(key):
        found = [of.entries[k] for k in known if k in of.entries]
        if found and (len(found) == len(known) or not of.open):
            return joined(*found)
        return joined(*found, interpreter.unknown(f"no entry `{known[0]}` is seen", at)) if known else ()
    return joined(*of.entries.values()) or interpreter.unknown("the entry is not known", at)


def element(interpreter: Interpreter, of: Any, at: Span, *, keys: bool = False) -> Alternatives:
    found = interpreter.language.element(interpreter, of, at)
    if found is not None:
        return found
    if isinstance(of, List):
        return of.element() or interpreter.unknown("the list is empty, or filled at run time", at)
    if isinstance(of, Dictionary):
        return tuple(
            of.computed[k] if k in of.computed else interpreter.known(k, at)[0] for k in of.entries
        ) or interpreter.unknown("the mapping is filled at run time", at)
    if isinstance(of, Unknown) and not of.name.startswith("env:"):
        return interpreter.unknown(of.why, at, f"{of.name}[]" if of.name else "")
    if isinstance(of, Outside):
        return (Outside(f"{of.path}[]", of.bound),)
    return interpreter.unknown("it is known at run time only", at)
