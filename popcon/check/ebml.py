"""EBML, the binary tree that WebM is written in: elements within bounds, one level at a time.

Source: RFC 8794. Nothing here recurses; a caller descends into the few masters that it knows.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from popcon.check.media import Problems

_MAX_ELEMENTS = 100_000
VOID, CRC32 = 0xEC, 0xBF


@dataclass(frozen=True)
class Element:
    """One element: its id, where its body lies, and whether its size was left open."""

    id: int
    start: int
    end: int
    open: bool = False


class Tree:
    """The bytes and how many of their elements may still be read.

    Arguments:
        data: the file.
        problems: where broken structure is noted.
        rule: under which rule.
    """

    def __init__(self, data: bytes, problems: Problems, rule: str) -> None:
        self.data, self._problems, self._rule = data, problems, rule
        self._left = _MAX_ELEMENTS

    def children(self, start: int, end: int, stops: frozenset[int] = frozenset()) -> Iterator[Element]:
        """Yield the elements between two bytes, Void and CRC-32 left out.

        Arguments:
            start, end: byte positions.
            stops: ids that end a master of open size; iteration ends before them.
        """
        at = start
        while at < end:
            if self._left <= 0:
                if self._left == 0:
                    self._problems.add(self._rule, f"more than {_MAX_ELEMENTS} elements; not read further")
                self._left = -1
                return
            self._left -= 1
            element = self._element(at, end)
            if element is None or element.id in stops:
                return
            if element.id not in (VOID, CRC32):
                yield element
            at = element.end

    def _element(self, at: int, end: int) -> Element | None:
        name = self._number(at, end, 4, keep_marker=True)
        size = self._number(at + name[1], end, 8, keep_marker=False) if name else None
        if name is None or size is None:
            self._problems.add(self._rule, f"no element at byte {at}")
            return None
        start = at + name[1] + size[1]
        if size[0] == (1 << 7 * size[1]) - 1:
            return Element(name[0], start, end, open=True)
        if start + size[0] > end:
            self._problems.add(
                self._rule, f"the element {name[0]:X} at byte {at} wants {size[0]} bytes, beyond its end"
            )
            return None
        return Element(name[0], start, start + size[0])

    def _number(self, at: int, end: int, longest: int, keep_marker: bool) -> tuple[int, int] | None:
        """Return a variable-size number at a byte and its length in bytes."""
        if at >= end or not self.data[at]:
            return None
        length = 9 - self.data[at].bit_length()
        if length > longest or at + length > end:
            return None
        value = int.from_bytes(self.data[at : at + length], "big")
        return (value if keep_marker else value & ((1 << 7 * length) - 1)), length

    def integer(self, element: Element) -> int:
        """Return an unsigned integer's value; one longer than 8 bytes is noted and counts as 0."""
        if element.end - element.start > 8:
            self._problems.add(self._rule, f"an integer of {element.end - element.start} bytes")
            return 0
        return int.from_bytes(self.data[element.start : element.end], "big")

    def real(self, element: Element) -> float:
        """Return a float's value; one that is neither 4 nor 8 bytes long is noted and counts as 0."""
        body = self.data[element.start : element.end]
        if len(body) not in (0, 4, 8):
            self._problems.add(self._rule, f"a float of {len(body)} bytes")
            return 0.0
        return struct.unpack(">f" if len(body) == 4 else ">d", body)[0] if body else 0.0

    def text(self, element: Element) -> str:
        """Return a short string's value."""
        return self.data[element.start : min(element.end, element.start + 200)].rstrip(b"\0").decode("ascii", "replace")
