"""JavaScript and TypeScript to the small language of `syntax`, by tree-sitter's grammars.

Sources: https://tc39.es/ecma262/ and the node types of tree-sitter-javascript and tree-sitter-typescript. Both packages
and tree-sitter itself are installed by `pip install 'fourfold[javascript]'`, and loaded when a program is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from fourfold.model.place import Problem, Source
from fourfold.sources.handler import syntax as s

SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
DEPTH_MAX = 150
MISSING = "to read JavaScript and TypeScript, install tree-sitter's grammars: pip install 'fourfold[javascript]'"

_FUNCTIONS = ("function_declaration", "generator_function_declaration", "function_expression", "generator_function",
              "arrow_function", "method_definition", "function")  # fmt: skip
_CLASSES = ("class_declaration", "class", "abstract_class_declaration")
_SAME = ("parenthesized_expression", "await_expression", "as_expression", "satisfies_expression", "non_null_expression",
         "type_assertion", "spread_element_value")  # fmt: skip
_TYPES = ("type_annotation", "interface_declaration", "type_alias_declaration", "type_arguments", "ambient_declaration",
          "import_alias", "function_signature", "accessibility_modifier")  # fmt: skip
_NOTHING = ("comment", "empty_statement", "ERROR", "break_statement", "continue_statement", "debugger_statement")
"""`break` and `continue` are among them: what follows is done in other rounds."""


@cache
def _parser(kind: str) -> Any:
    """A parser for `javascript`, `typescript` or `tsx`; None where the packages are not installed."""
    try:
        import tree_sitter

        if kind == "javascript":
            import tree_sitter_javascript

            language = tree_sitter_javascript.language()
        else:
            import tree_sitter_typescript

            language = getattr(tree_sitter_typescript, f"language_{kind}")()
        return tree_sitter.Parser(tree_sitter.Language(language))
    except ImportError:
        return None


def parse(source: Source) -> s.Program | Problem:
    """The program of a file; a problem where it cannot be read."""
    suffix = source.path.rpartition(".")[2]
    kind = "tsx" if suffix == "tsx" else "typescript" if suffix in ("ts", "mts", "cts") else "javascript"
    parser = _parser(kind)
    if parser is None:
        return Problem(source.path, 0, MISSING)
    tree = parser.parse(source.text.encode())
    lowering = _Lowering(source)
    try:
        body = lowering.block(tree.root_node.children)
    except RecursionError:
        return Problem(source.path, 0, "is nested too deeply; the calls in it are not seen")
    return s.Program(body, problem=_broken(source, tree.root_node))


def _broken(source: Source, root: Any) -> Problem | None:
    """The first place that is no JavaScript; what is around it was read."""
    if not root.has_error:
        return None
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "ERROR" or node.is_missing:
            line = node.start_point[0] + 1
            return Problem(
                source.path, line, "is not valid JavaScript or TypeScript here; calls around it may not be seen"
            )
        todo += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return None


class _Lowering:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.bytes = source.text.encode()
        self.ascii = len(self.bytes) == len(source.text)
        self.depth = 0

    # -- places and texts ----------------------------------------------------------------------------------------------

    def at(self, node: Any) -> s.At:
        if self.ascii:
            return node.start_byte, node.end_byte
        start = len(self.bytes[: node.start_byte].decode(errors="ignore"))
        return start, start + len(self.bytes[node.start_byte : node.end_byte].decode(errors="ignore"))

    def text(self, node: Any) -> str:
        return "" if node is None else self.bytes[node.start_byte : node.end_byte].decode(errors="replace")

    def string(self, node: Any) -> str:
        """What a string literal says."""
        out = []
        for child in node.named_children:
            text = self.text(child)
            out.append(_ESCAPES.get(text, text[1:]) if child.type == "escape_sequence" else text)
        return "".join(out)

    # -- statements ----------------------------------------------------------------------------------------------------

    def block(self, nodes: list[Any]) -> tuple[s.Statement, ...]:
        """Statements; functions first, as they can be called before they are written."""
        first = [n for n in nodes if _declared(n).type in _FUNCTIONS]
        rest = [n for n in nodes if n not in first]
        return tuple(out for node in (*first, *rest) for out in self.statement(node))

    def body(self, node: Any) -> tuple[s.Statement, ...]:
        """A statement or a block as the body of a branch, with names of its own."""
        if node is None:
            return ()
        inner = self.block(node.named_children) if node.type == "statement_block" else tuple(self.statement(node))
        return (s.Block(self.at(node), inner),)

    def statement(self, node: Any) -> Iterator[s.Statement]:
        at = self.at(node)
        match node.type:
            case "expression_statement":
                for child in node.named_children:
                    yield from self.effect(child)
            case "lexical_declaration" | "variable_declaration":
                for child in node.named_children:
                    if child.type == "variable_declarator":
                        yield from self.declarator(child)
            case "return_statement":
                value = node.named_children[0] if node.named_children else None
                yield s.Return(at, None if value is None else self.expression(value))
            case "throw_statement":
                yield s.Stop(at, self.expression(node.named_children[0]) if node.named_children else None)
            case "statement_block":
                yield s.Block(at, self.block(node.named_children))
            case "import_statement":
                yield from self.imports(node)
            case "export_statement":
                yield from self.export(node)
            case kind if kind in _FUNCTIONS:
                yield s.Bind(at, s.Name(at, self.text(node.child_by_field_name("name"))), self.function(node))
            case kind if kind in _CLASSES:
                yield s.Bind(at, s.Name(at, self.text(node.child_by_field_name("name"))), self.klass(node))
            case kind if kind in _TYPES or kind in _NOTHING:
                if kind == "ERROR":
                    for child in node.named_children:
                        yield from self.statement(child)
            case "enum_declaration":
                yield from self.enum(node)
            case _:
                yield from self.compound(node)

    def compound(self, node: Any) -> Iterator[s.Statement]:
        at = self.at(node)
        field = node.child_by_field_name
        match node.type:
            case "if_statement":
                other = field("alternative")
                yield s.Branch(at, (self.expression(field("condition")),), (
                    self.body(field("consequence")), self.body(other.named_children[0] if other is not None and other.named_children else None),
                ))  # fmt: skip
            case "for_statement":
                first = field("initializer")
                inner = [*(self.statement(first) if first is not None else ())]
                tests = [
                    self.expression(n)
                    for n in (field("condition"), field("increment"))
                    if n is not None and n.is_named and n.type != "empty_statement"
                ]
                inner.append(s.Branch(at, tuple(tests), (self.body(field("body")),), loops=True))
                yield s.Block(at, tuple(inner))
            case "for_in_statement":
                over = self.expression(field("right"))
                gone = s.Element(self.at(field("right")), over, keys=self.text(field("operator")) == "in")
                bound = tuple(self.destructure(field("left"), gone))
                yield s.Block(at, (s.Branch(at, (), ((*bound, *self.body(field("body"))),), loops=True),))
            case "while_statement" | "do_statement":
                yield s.Branch(at, (self.expression(field("condition")),), (self.body(field("body")),), loops=True)
            case "try_statement":
                yield s.Branch(at, (), (self.body(field("body")), ()))
                handler, last = field("handler"), field("finalizer")
                if handler is not None:
                    yield s.Branch(at, (), (self.body(handler.child_by_field_name("body")), ()))
                if last is not None:
                    yield from self.body(last.child_by_field_name("body"))
            case "switch_statement":
                cases = [c for c in field("body").named_children if c.type in ("switch_case", "switch_default")]
                blocks = tuple(
                    self.block([n for n in c.named_children if n != c.child_by_field_name("value")]) for c in cases
                )
                yield s.Branch(at, (self.expression(field("value")),), (*((s.Block(at, b),) for b in blocks), ()))
            case "labeled_statement":
                yield from self.statement(field("body"))
            case _:
                yield from self.effect(node)

    def effect(self, node: Any) -> Iterator[s.Statement]:
        """An expression that stands for itself; an assignment binds."""
        at = self.at(node)
        while node.type in ("parenthesized_expression", "await_expression") and node.named_children:
            node = node.named_children[-1]
        if node.type in ("assignment_expression", "augmented_assignment_expression"):
            target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = self.text(node.child_by_field_name("operator"))
            adds = node.type.startswith("aug") and operator == "+="
            made = self.expression(value)
            if operator in ("||=", "??=", "&&="):
                made = s.Either(at, (self.expression(target), made))
            yield from self.destructure(target, made, declares=False, adds=adds)
        elif node.type == "sequence_expression":
            for child in node.named_children:
                yield from self.effect(child)
        else:
            yield s.Do(at, self.expression(node))

    def declarator(self, node: Any) -> Iterator[s.Statement]:
        value = node.child_by_field_name("value")
        at = self.at(node)
        made = self.expression(value) if value is not None else s.Constant(at, None)
        yield from self.destructure(node.child_by_field_name("name"), made)

    def destructure(
        self, target: Any, value: s.Node, *, declares: bool = True, adds: bool = False
    ) -> Iterator[s.Statement]:
        """Binds a pattern to a value."""
        if target is None:
            return
        at = self.at(target)
        match target.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                yield s.Bind(at, s.Name(at, self.text(target)), value, declares, adds)
            case "member_expression" | "subscript_expression":
                yield s.Bind(at, self.expression(target), value, declares, adds)
            case "object_pattern":
                keys: list[str] = []
                for child in target.named_children:
                    yield from self.field_of(child, value, keys, declares=declares)
            case "array_pattern":
                position = 0
                for child in target.children:
                    if child.type == ",":
                        position += 1
                    elif child.type == "rest_pattern":
                        yield from self.destructure(child.named_children[0], s.Several(at, (value,)), declares=declares)
                    elif child.is_named:
                        yield from self.destructure(
                            child, s.Item(at, value, s.Constant(at, position)), declares=declares
                        )
            case "assignment_pattern":
                default = self.expression(target.child_by_field_name("right"))
                yield from self.destructure(
                    target.child_by_field_name("left"), s.Either(at, (value, default)), declares=declares
                )
            case "parenthesized_expression" | "non_null_expression" | "as_expression":
                yield from self.destructure(target.named_children[0], value, declares=declares, adds=adds)
            case _:
                yield s.Do(at, value)

    def field_of(self, child: Any, value: s.Node, keys: list[str], *, declares: bool) -> Iterator[s.Statement]:
        """One entry of `const {a, b: c, d = 1, ...rest} = value`."""
        at = self.at(child)
        match child.type:
            case "shorthand_property_identifier_pattern":
                keys.append(self.text(child))
                yield from self.destructure(child, s.Attribute(at, value, self.text(child)), declares=declares)
            case "pair_pattern":
                key = self.key(child.child_by_field_name("key"))
                keys.append(str(key.value) if isinstance(key, s.Constant) else "")
                yield from self.destructure(
                    child.child_by_field_name("value"), s.Item(at, value, key), declares=declares
                )
            case "object_assignment_pattern":
                name = child.child_by_field_name("left")
                keys.append(self.text(name))
                got = s.Either(
                    at, (s.Attribute(at, value, self.text(name)), self.expression(child.child_by_field_name("right")))
                )
                yield from self.destructure(name, got, declares=declares)
            case "rest_pattern":
                yield from self.destructure(
                    child.named_children[0], s.Without(at, value, tuple(keys)), declares=declares
                )

    # -- modules -------------------------------------------------------------------------------------------------------

    def imports(self, node: Any) -> Iterator[s.Statement]:
        at = self.at(node)
        origin = node.child_by_field_name("source")
        clause = next((c for c in node.named_children if c.type in ("import_clause", "import_require_clause")), None)
        if clause is not None and clause.type == "import_require_clause":
            origin = clause.child_by_field_name("source")
            name = next(c for c in clause.named_children if c.type == "identifier")
            yield s.Bind(at, s.Name(at, self.text(name)), s.Import(at, self.string(origin), whole=True))
            return
        if origin is None or any(c.type == "type" for c in node.children):
            return
        module = self.string(origin)
        if clause is None:
            yield s.Do(at, s.Import(at, module, whole=True))
            return
        for child in clause.named_children:
            if child.type == "identifier":
                yield s.Bind(at, s.Name(at, self.text(child)), s.Import(at, module, "default"))
            elif child.type == "namespace_import":
                yield s.Bind(at, s.Name(at, self.text(child.named_children[0])), s.Import(at, module, whole=True))
            else:
                for one in child.named_children:
                    if one.type == "import_specifier":
                        name = one.child_by_field_name("name")
                        alias = one.child_by_field_name("alias") or name
                        yield s.Bind(
                            at, s.Name(at, self.text(alias)), s.Import(at, module, self.text(name).strip("'\""))
                        )

    def export(self, node: Any) -> Iterator[s.Statement]:
        at = self.at(node)
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        origin = node.child_by_field_name("source")
        exports = s.Name(at, "exports")
        if declaration is not None:
            default = any(c.type == "default" for c in node.children)
            for one in self.statement(declaration):
                yield one
                if isinstance(one, s.Bind) and isinstance(one.target, s.Name):
                    yield s.Bind(at, s.Attribute(at, exports, "default" if default else one.target.id), one.target)
        elif value is not None:
            yield s.Bind(at, s.Attribute(at, exports, "default"), self.expression(value))
        for child in node.named_children:
            if child.type == "export_clause":
                for one in child.named_children:
                    name = self.text(one.child_by_field_name("name"))
                    alias = self.text(one.child_by_field_name("alias")) or name
                    of: s.Node = s.Name(at, name)
                    if origin is not None:
                        of = s.Import(at, self.string(origin), name)
                    yield s.Bind(at, s.Attribute(at, exports, alias), of)
        if origin is not None and any(c.type == "*" for c in node.children):
            yield s.Bind(at, s.Name(at, "*"), s.Import(at, self.string(origin), "*", whole=True))

    def enum(self, node: Any) -> Iterator[s.Statement]:
        at = self.at(node)
        entries: list[tuple[s.Node | None, s.Node]] = []
        for child in node.child_by_field_name("body").named_children:
            name = child.child_by_field_name("name")
            value = child.child_by_field_name("value")
            if name is not None:
                entries.append((self.key(name), self.expression(value) if value is not None else s.Constant(at, 0)))
        yield s.Bind(at, s.Name(at, self.text(node.child_by_field_name("name"))), s.Mapping(at, tuple(entries)))

    # -- functions and classes -------------------------------------------------------------------------------------------

    def function(self, node: Any) -> s.Function:
        field = node.child_by_field_name
        parameters: list[s.Parameter] = []
        listed = field("parameters")
        for child in (
            listed.named_children if listed is not None else ([field("parameter")] if field("parameter") else [])
        ):
            made = self.parameter(child, len(parameters))
            if made is not None:
                parameters.append(made)
        body = field("body")
        if body is None:
            inner: tuple[s.Statement, ...] = ()
        elif body.type == "statement_block":
            inner = self.block(body.named_children)
        else:
            inner = (s.Return(self.at(body), self.expression(body)),)
        words = {c.type for c in node.children if not c.is_named}
        method = "static" if "static" in words else "property" if "get" in words else ""
        name = self.text(field("name")) or "function"
        return s.Function(self.at(node), name, tuple(parameters), inner, method, own_this=node.type != "arrow_function")

    def parameter(self, node: Any, position: int) -> s.Parameter | None:
        default = None
        if node.type in ("required_parameter", "optional_parameter"):
            value = node.child_by_field_name("value")
            default = None if value is None else self.expression(value)
            node = node.child_by_field_name("pattern")
            if node is None or node.type == "this":
                return None
        if node.type == "assignment_pattern":
            default = self.expression(node.child_by_field_name("right"))
            node = node.child_by_field_name("left")
        if node.type == "identifier":
            return s.Parameter(self.text(node), default)
        if node.type == "rest_pattern":
            return s.Parameter(self.text(node.named_children[0]), rest="*")
        if node.type in ("object_pattern", "array_pattern"):
            name = f"parameter {position + 1}"
            return s.Parameter(name, default, pattern=tuple(self.destructure(node, s.Name(self.at(node), name))))
        return None

    def klass(self, node: Any) -> s.Class:
        at = self.at(node)
        bases: list[s.Node] = []
        for child in node.children:
            if child.type == "class_heritage":
                for one in child.named_children:
                    if one.type == "extends_clause":
                        bases.append(self.expression(one.child_by_field_name("value")))
                    elif one.type != "implements_clause":
                        bases.append(self.expression(one))
        body: list[s.Statement] = []
        fields: list[tuple[str, s.Node]] = []
        for child in node.child_by_field_name("body").named_children:
            where = self.at(child)
            if child.type == "method_definition":
                name = child.child_by_field_name("name")
                made = self.function(child)
                if self.text(name) == "constructor":
                    made = msgspec.structs.replace(made, body=(*self.parameter_fields(child), *made.body))
                body.append(s.Bind(where, s.Name(where, self.text(name).strip("'\"#")), made))
            elif child.type in ("field_definition", "public_field_definition"):
                name = child.child_by_field_name("property") or child.child_by_field_name("name")
                value = child.child_by_field_name("value")
                held = self.expression(value) if value is not None else s.Constant(where, None)
                if any(c.type == "static" for c in child.children):
                    body.append(s.Bind(where, s.Name(where, self.text(name).strip("#")), held))
                elif value is not None:
                    fields.append((self.text(name).strip("#"), held))
            elif child.type == "class_static_block":
                body += self.block(child.child_by_field_name("body").named_children)
        return s.Class(at, self.text(node.child_by_field_name("name")), tuple(bases), tuple(body), tuple(fields))

    def parameter_fields(self, method: Any) -> Iterator[s.Statement]:
        """TypeScript: `constructor(private readonly client: X)` sets `this.client`."""
        for child in method.child_by_field_name("parameters").named_children:
            pattern = child.child_by_field_name("pattern")
            if pattern is not None and any(c.type in ("accessibility_modifier", "readonly") for c in child.children):
                at = self.at(child)
                name = s.Name(at, self.text(pattern))
                yield s.Bind(at, s.Attribute(at, s.Name(at, "this"), name.id), name)

    # -- expressions ---------------------------------------------------------------------------------------------------

    def expression(self, node: Any) -> s.Node:
        if node is None:
            return s.Several((0, 0), ())
        self.depth += 1
        try:
            if self.depth > DEPTH_MAX:
                return s.Several(self.at(node), ())
            return self._expression(node)
        finally:
            self.depth -= 1

    def _expression(self, node: Any) -> s.Node:
        at = self.at(node)
        field = node.child_by_field_name
        match node.type:
            case "string":
                return s.Constant(at, self.string(node))
            case "number":
                return s.Constant(at, _number(self.text(node)))
            case "true" | "false":
                return s.Constant(at, node.type == "true")
            case "null" | "undefined":
                return s.Constant(at, None)
            case "identifier" | "this" | "super" | "shorthand_property_identifier" | "property_identifier":
                return s.Name(at, self.text(node))
            case "template_string":
                return s.Template(at, tuple(self.template(node)))
            case "member_expression":
                return s.Attribute(at, self.expression(field("object")), self.text(field("property")).strip("#"))
            case "subscript_expression":
                return s.Item(at, self.expression(field("object")), self.expression(field("index")))
            case "call_expression" | "new_expression":
                return self.call(node)
            case "object":
                return s.Mapping(at, tuple(self.entries(node)))
            case "array":
                return s.Sequence(at, tuple(self.expression(c) for c in node.named_children if c.type != "comment"))
            case "spread_element":
                return s.Spread(at, self.expression(node.named_children[0]))
            case "binary_expression":
                return self.binary(node)
            case "ternary_expression":
                options = (self.expression(field("consequence")), self.expression(field("alternative")))
                return s.Either(at, options, (self.expression(field("condition")),))
            case "assignment_expression" | "augmented_assignment_expression":
                return s.Comprehension(at, tuple(self.effect(node)), (self.expression(field("left")),))
            case "sequence_expression":
                return s.Several(at, tuple(self.expression(c) for c in node.named_children), last=True)
            case kind if kind in _SAME:
                return self.expression(next((c for c in node.named_children if c.type not in _TYPES), None))
            case kind if kind in _FUNCTIONS:
                return self.function(node)
            case kind if kind in _CLASSES:
                return self.klass(node)
            case kind if kind in _TYPES or kind == "comment":
                return s.Several(at, ())
            case _:
                return s.Several(at, tuple(self.expression(c) for c in node.named_children))

    def template(self, node: Any) -> Iterator[str | s.Node]:
        for child in node.named_children:
            if child.type == "template_substitution":
                yield self.expression(child.named_children[0]) if child.named_children else ""
            elif child.type == "escape_sequence":
                yield _ESCAPES.get(self.text(child), self.text(child)[1:])
            else:
                yield self.text(child)

    def binary(self, node: Any) -> s.Node:
        at = self.at(node)
        left, right = (
            self.expression(node.child_by_field_name("left")),
            self.expression(node.child_by_field_name("right")),
        )
        operator = self.text(node.child_by_field_name("operator"))
        if operator == "+":
            return s.Plus(at, left, right)
        if operator in ("||", "??", "&&"):
            return s.Either(at, (left, right) if operator != "&&" else (right,), () if operator != "&&" else (left,))
        return s.Several(at, (left, right))

    def call(self, node: Any) -> s.Node:
        at = self.at(node)
        field = node.child_by_field_name
        function = field("function") or field("constructor")
        listed = field("arguments")
        if listed is not None and listed.type == "template_string":
            return s.Several(at, (self.expression(function), self.expression(listed)))
        arguments = [c for c in listed.named_children if c.type != "comment"] if listed is not None else []
        if function.type == "import" or (function.type == "identifier" and self.text(function) == "require"):
            if arguments and arguments[0].type == "string":
                return s.Import(at, self.string(arguments[0]), whole=True)
            return s.Several(at, tuple(self.expression(a) for a in arguments))
        given = tuple(self.expression(a) for a in arguments)
        return s.Call(at, self.expression(function), given, new=node.type == "new_expression")

    def entries(self, node: Any) -> Iterator[tuple[s.Node | None, s.Node]]:
        for child in node.named_children:
            at = self.at(child)
            match child.type:
                case "pair":
                    yield (
                        self.key(child.child_by_field_name("key")),
                        self.expression(child.child_by_field_name("value")),
                    )
                case "shorthand_property_identifier":
                    yield s.Constant(at, self.text(child)), s.Name(at, self.text(child))
                case "spread_element":
                    yield None, self.expression(child.named_children[0])
                case "method_definition":
                    yield s.Constant(at, self.text(child.child_by_field_name("name"))), self.function(child)

    def key(self, node: Any) -> s.Node:
        at = self.at(node)
        if node.type == "computed_property_name":
            return self.expression(node.named_children[0])
        if node.type == "string":
            return s.Constant(at, self.string(node))
        return s.Constant(at, self.text(node))


_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\", "\\'": "'", '\\"': '"', "\\`": "`", "\\$": "$"}


def _number(text: str) -> float | int | str:
    try:
        return int(text, 0)
    except ValueError:
        return text


def _declared(node: Any) -> Any:
    """What an export declares, or the statement itself."""
    if node.type == "export_statement":
        return node.child_by_field_name("declaration") or node
    return node
