"""The types of a WSDL, and reading an element strictly by its type.

What does not stand in the type, stands in another order or is missing is an error with the element's name: read any
other way, everything after it would silently be lost. What is kept of an element is named; all else is dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias, cast

import zeep.xsd
from lxml import etree

from connectors.errors import Broken

Value: TypeAlias = "str | dict[str, Value] | list[Value]"
Keep: TypeAlias = "Mapping[str, Keep | Callable[[str], str] | None]"
"""Which elements are kept, by name: None for a text to the letter, a function for one that is rewritten, and again
such a mapping for an element with elements."""

Known: TypeAlias = "dict[zeep.xsd.ComplexType, Shape]"

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NOTHING: Keep = {}
_SAFE_NAME = re.compile(r"\w{1,60}")


class Part(NamedTuple):
    """An element of a type: its place in the order, and the type of its content where it has elements."""

    place: int
    name: str
    required: bool
    many: bool
    shape: Shape | None


class Shape:
    """A type with elements in a fixed order. Read from the WSDL at first use: types may hold themselves."""

    def __init__(self, type_: zeep.xsd.ComplexType, known: Known) -> None:
        self._type = type_
        self._known = known
        self.name = str(type_.name)

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """By tag. Raises ``Broken`` for a type that is no plain sequence."""
        elements = list(_elements(self._type._element, self.name)) if self._type._element is not None else []
        return {
            element.qname.text: Part(
                place, element.qname.localname, not element.is_optional, element.accepts_multiple,
                shape(element.type, self._known),
            )
            for place, element in enumerate(elements)
        }

    @cached_property
    def required(self) -> int:
        return sum(part.required for part in self.parts.values())

    def has(self, path: str) -> bool:
        """Whether there is an element at ``path``, a dot leading into an element."""
        first, _, rest = path.partition(".")
        part = next((part for part in self.parts.values() if part.name == first), None)
        if part is None:
            return False
        return not rest if part.shape is None or not rest else part.shape.has(rest)

    def at(self, name: str) -> Shape | None:
        """The type of an element, if it has elements itself."""
        return next((part.shape for part in self.parts.values() if part.name == name), None)


def shape(type_: zeep.xsd.Type, known: Known) -> Shape | None:
    """The shape of a type, None for text. ``known`` are those of the same WSDL: a type may hold itself."""
    if not isinstance(type_, zeep.xsd.ComplexType):
        return None
    if type_ not in known:
        known[type_] = Shape(type_, known)
    return known[type_]


def _elements(group: object, name: str) -> Iterator[zeep.xsd.Element]:
    """The elements of a sequence, those of sequences within it in their place."""
    if not isinstance(group, zeep.xsd.Sequence) or group.accepts_multiple or group.is_optional:
        raise Broken(f"type {name} of the WSDL is not a plain sequence, which cannot be read", code="atvo.wsdl")
    for part in group:
        if isinstance(part, zeep.xsd.Element):
            yield part
        else:
            yield from _elements(part, name)


def read(node: etree._Element, shape: Shape, keep: Keep, operation: str) -> dict[str, Value]:
    """Give what is kept of an element, by name; what is empty or nil is left out.

    An element that may come several times gives a list. Raises ``Broken`` atvo.element.
    """
    known = shape.parts.get
    found: dict[str, Value] = {}
    last, missing = -1, shape.required
    for child in node:
        part = known(child.tag)
        if part is None:
            raise _wrong(operation, shape, child.tag, "does not stand in the WSDL")
        place, name, required, many, inner = part
        if place > last:
            last = place
            missing -= required
        elif place < last or not many:
            raise _wrong(operation, shape, child.tag, "stands in another place than in the WSDL")
        if inner is not None:
            if child.get(_NIL) in ("true", "1"):
                continue
            value: Value = read(child, inner, _within(keep, name), operation)
            if name not in keep:
                continue
        else:
            if len(child):
                raise _wrong(operation, shape, child.tag, "holds elements where the WSDL has text")
            if name not in keep or (text := child.text) is None:
                continue
            rewrite = keep[name]
            value = rewrite(text) if callable(rewrite) else text
        if many:
            cast("list[Value]", found.setdefault(name, [])).append(value)
        else:
            found[name] = value
    if missing:
        seen = {child.tag for child in node}
        lacking = next(tag for tag, part in shape.parts.items() if part.required and tag not in seen)
        raise _wrong(operation, shape, lacking, "is missing, though the WSDL says that it is always there")
    return found


def _within(keep: Keep, name: str) -> Keep:
    inner = keep.get(name)
    return inner if isinstance(inner, Mapping) else _NOTHING


def _wrong(operation: str, shape: Shape, tag: object, what: str) -> Broken:
    name = etree.QName(tag).localname if isinstance(tag, str) else "an entity"
    shown = name if _SAFE_NAME.fullmatch(name) else "with an unreadable name"
    return Broken(
        f"{operation}: element {shown} of {shape.name} {what}; the service answers in another form than it describes:"
        " run it again, and if it stays so, ask Topicus",
        code="atvo.element",
    )
