"""Boxes and lines in layers, so that no line runs behind a box (Sugiyama, Tagawa and Toda, 1981).

A column is a layer. A line that passes a column takes a lane of its own there, as if it were a box,
and so does the label of a line. Between columns lines bend; nothing else is there.

    found = arrange(boxes, lines)

`boxes` are sizes, `lines` connect them; the result has a corner for each box and points for each
line. Lengths are in pixels, to the right and downwards. Pure, and the same for the same input.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from .layers import Cell, chain_of, columns_of, forward, layers_of, order, settle

Name = TypeVar("Name", bound=Hashable)

MARGIN: Final = 16.0
_COLUMN_GAP, _ROW_GAP, _LOOP = 64.0, 18.0, 28.0
_ACROSS = 1_100.0  # what has no line stands in rows of about this width


class Size(NamedTuple):
    """Width and height of a box or a label."""

    width: float
    height: float


class Line(NamedTuple, Generic[Name]):
    """A line from `start` to `end`, which has the arrow.

    Attributes:
        port: Where it leaves the start: pixels below its top edge; its middle when absent.
        entry: Where it reaches the end, likewise.
        label: The size of its label, if it has one.
    """

    start: Name
    end: Name
    port: float | None = None
    entry: float | None = None
    label: Size | None = None


class Point(NamedTuple):
    """A place."""

    x: float
    y: float


class Route(NamedTuple):
    """How a line runs: straight through columns, bent between them.

    Attributes:
        points: In pairs: straight from the first to the second of a pair, bent to the next pair.
        label: The middle of its label.
        is_loop: Whether it leaves and reaches the same box; `points` is one pair then.
    """

    points: tuple[Point, ...]
    label: Point | None = None
    is_loop: bool = False


@dataclass
class Arrangement(Generic[Name]):
    """Where everything is: the top left corner of each box, a route for each line, the whole."""

    corners: dict[Name, Point] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    size: Size = field(default_factory=lambda: Size(2 * MARGIN, 2 * MARGIN))


def arrange(boxes: Mapping[Name, Size], lines: Sequence[Line[Name]]) -> Arrangement[Name]:
    """Return a place for each box and a way for each line.

    Args:
        boxes: The size of each box.
        lines: Between these boxes; one from a box to itself is a loop at its right side.
    """
    proper = [line for line in lines if line.start != line.end]
    connected = {end for line in proper for end in (line.start, line.end)}
    graph = forward(
        [name for name in boxes if name in connected], [(line.start, line.end) for line in proper]
    )
    # A label takes a lane between two columns of boxes.
    spread = 2 if any(line.label for line in proper) else 1
    cells = {name: Cell(n * spread, *boxes[name]) for name, n in layers_of(graph).items()}
    trunks: dict[tuple[Name, float | None], dict[int, Cell]] = {}
    chains = [
        None
        if line.start == line.end
        else chain_of(
            cells[line.start],
            cells[line.end],
            line.label,
            trunks.setdefault((line.end, line.entry), {}),
        )
        for line in lines
    ]
    lanes = dict.fromkeys(cell for chain in chains if chain for cell in chain[1:-1])
    columns = columns_of([*cells.values(), *lanes])
    order(columns)
    settle(columns)
    lefts, rights = _sides(columns, {cells[n] for n in _looped(lines) if n in cells})
    found: Arrangement[Name] = Arrangement()
    for name, cell in cells.items():
        found.corners[name] = Point(lefts[cell.layer], cell.middle - cell.height / 2)
    right = rights[-1] if rights else 0.0
    bottom = max((c.middle + c.height / 2 for column in columns for c in column), default=0.0)
    found.size = _place_the_rest(found, boxes, lines, right, bottom)
    for line, chain in zip(lines, chains, strict=True):
        if chain is None:
            found.routes.append(_loop(line, found.corners[line.start], boxes[line.start]))
        else:
            found.routes.append(_route(line, chain, cells, found, (lefts, rights)))
    return found


def _looped(lines: Sequence[Line[Name]]) -> set[Name]:
    return {line.start for line in lines if line.start == line.end}


def _sides(columns: list[list[Cell]], looped: set[Cell]) -> tuple[list[float], list[float]]:
    """Return the left and the right edges of the columns."""
    lefts, rights, x = [], [], MARGIN
    for column in columns:
        widest = max(cell.width for cell in column)
        room = max((c.width + _LOOP for c in column if c in looped), default=0.0)
        lefts.append(x)
        rights.append(x + max(widest, room))
        # Many lines need room to bend apart.
        x = rights[-1] + _COLUMN_GAP + min(_COLUMN_GAP, sum(len(cell.after) for cell in column))
    return lefts, rights


def _place_the_rest(
    found: Arrangement[Name],
    boxes: Mapping[Name, Size],
    lines: Sequence[Line[Name]],
    right: float,
    bottom: float,
) -> Size:
    """Place boxes without lines in rows below the others; return the size of the whole."""
    looped = _looped(lines)
    x, y, tallest = MARGIN, (bottom + 2 * _ROW_GAP if bottom else MARGIN), 0.0
    for name, (width, height) in boxes.items():
        if name in found.corners:
            continue
        taken = width + (_LOOP if name in looped else 0.0)
        if x > MARGIN and x + taken > max(_ACROSS, right):
            x, y, tallest = MARGIN, y + tallest + _ROW_GAP, 0.0
        found.corners[name] = Point(x, y)
        tallest = max(tallest, height)
        right, bottom = max(right, x + taken), max(bottom, y + height)
        x += taken + _ROW_GAP
    return Size(right + MARGIN, bottom + MARGIN)


def _loop(line: Line[Name], corner: Point, size: Size) -> Route:
    x = corner.x + size.width
    leaves = size.height * 3 / 4 if line.port is None else line.port
    reaches = size.height / 4 if line.entry is None else line.entry
    return Route((Point(x, corner.y + leaves), Point(x, corner.y + reaches)), None, is_loop=True)


def _route(
    line: Line[Name],
    chain: list[Cell],
    cells: Mapping[Name, Cell],
    found: Arrangement[Name],
    sides: tuple[list[float], list[float]],
) -> Route:
    lefts, rights = sides
    backwards = chain[0] is not cells[line.start]
    ports = (line.entry, line.port) if backwards else (line.port, line.entry)
    first, last = chain[0], chain[-1]
    y = _attached(first, ports[0])
    points = [Point(lefts[first.layer] + first.width, y), Point(rights[first.layer], y)]
    for cell in chain[1:-1]:
        points += [Point(lefts[cell.layer], cell.middle), Point(rights[cell.layer], cell.middle)]
    y = _attached(last, ports[1])
    points += [Point(lefts[last.layer], y), Point(lefts[last.layer], y)]
    labels = (cell for cell in chain[1:-1] if cell.width)
    label = next((Point(lefts[c.layer] + c.width / 2, c.middle) for c in labels), None)
    return Route(tuple(reversed(points) if backwards else points), label)


def _attached(cell: Cell, port: float | None) -> float:
    return cell.middle if port is None else cell.middle - cell.height / 2 + port
