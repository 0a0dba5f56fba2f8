"""What the index of name parts knows of a comparison: pieces of three characters, as it asks for them.

Every name that satisfies the comparison has these pieces, others may have them too: the comparison
itself is still to be checked. The index holds the name and its normalized form; case does not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.documents import normalize
from gateway.query.comparisons import Comparison
from gateway.query.resolved import Facet, Test

if TYPE_CHECKING:
    from gateway.query.resolved import Compare

NAME = "object.name"
#: Characters of a piece; shorter texts are in no index.
PIECE = 3
#: Pieces that are asked for; more would narrow hardly further.
MAX_PIECES = 12
#: The others have a beginning, which an ordinary index finds.
_ANYWHERE = frozenset({Comparison.CONTAINS, Comparison.ENDS_WITH})
_FROM_START = frozenset({Comparison.EQUAL, Comparison.STARTS_WITH})


def pieces_of(node: Compare) -> str | None:
    """The pieces that a name must have, as an expression for the index; None if it cannot help."""
    if node.place.item.storage != NAME or node.comparison not in _ANYWHERE:
        return None
    longest = max((_index_text(test) for test in node.tests), key=len)
    if len(longest) < PIECE:
        return None
    starts = range(len(longest) - PIECE + 1)
    # Every second one says nearly as much as all; and they stand all over the text rather than at
    # its beginning, where names are often alike.
    step = max(2, -(-len(starts) // MAX_PIECES))
    pieces = dict.fromkeys(
        longest[start : start + PIECE] for start in (*starts[::step], starts[-1])
    )
    return " AND ".join(_quote(piece) for piece in pieces)


def add_normalized(node: Compare) -> tuple[Test, ...]:
    """The tests of a name, and the one that follows from them and that an ordered index carries."""
    facets = {test.facet for test in node.tests}
    if node.place.item.storage != NAME or node.comparison not in _FROM_START:
        return node.tests
    if facets != {Facet.LOWER}:
        return node.tests
    # Names that are equal but for case have the same normalized form.
    normalized = tuple(normalize(str(value)) for value in node.tests[0].values)
    return (*node.tests, Test(facet=Facet.NORM, values=normalized))


def _index_text(test: Test) -> str:
    """A text that the index text contains wherever the name passes the test; may be empty."""
    value = str(test.values[0])
    if test.facet in {Facet.PLAIN, Facet.NORM}:
        return value
    # Lower case may have other letters than the name, but never another normalized form.
    return normalize(value) if test.facet is Facet.LOWER else ""


def _quote(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'
