"""The steps of a layered drawing: no circles, layers, lanes, few crossings, places."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeVar

Name = TypeVar("Name", bound=Hashable)

LANE: Final = 12.0  # height of a line that passes
_GAP: Final = 18.0  # between boxes above each other
_SWEEPS, _MOST_WORK, _ROUNDS = 16, 300_000, 12


@dataclass(eq=False)
class Cell:
    """What takes room in a column: a box, or the lane of a line that passes."""

    layer: int
    width: float
    height: float
    is_lane: bool = False
    before: list["Cell"] = field(default_factory=list, repr=False)
    after: list["Cell"] = field(default_factory=list, repr=False)
    rank: int = 0  # from the top of its column
    middle: float = 0.0


def forward(names: list[Name], lines: Iterable[tuple[Name, Name]]) -> dict[Name, dict[Name, None]]:
    """Return the lines as a graph without circles: those that close one are turned round."""
    out: dict[Name, dict[Name, None]] = {name: {} for name in names}
    reached: set[Name] = set()
    for start, end in lines:
        out[start][end] = None
        reached.add(end)
    found: dict[Name, dict[Name, None]] = {name: {} for name in names}
    open_, done = set[Name](), set[Name]()
    for root in sorted(names, key=lambda name: name in reached):
        stack = [(root, iter(out[root]))] if root not in done else []
        open_.update(name for name, _ in stack)
        while stack:
            name, following = stack[-1]
            target = next(following, None)
            if target is None:
                open_.discard(name)
                done.add(name)
                stack.pop()
            elif target in open_:
                found[target][name] = None
            else:
                found[name][target] = None
                if target not in done:
                    open_.add(target)
                    stack.append((target, iter(out[target])))
    return found


def layers_of(graph: Mapping[Name, Mapping[Name, None]]) -> dict[Name, int]:
    """Return the layer of each name: behind all that lead to it, and close to what it leads to."""
    above: dict[Name, list[Name]] = {name: [] for name in graph}
    for name, targets in graph.items():
        for target in targets:
            above[target].append(name)
    layers: dict[Name, int] = {}
    waiting = {name: len(sources) for name, sources in above.items()}
    ready = [name for name, count in waiting.items() if not count]
    ordered: list[Name] = []
    for name in ready:  # grows
        ordered.append(name)
        layers[name] = max((layers[source] + 1 for source in above[name]), default=0)
        for target in graph[name]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for name in reversed(ordered):
        if graph[name] and not above[name]:
            layers[name] = min(layers[target] for target in graph[name]) - 1
    return {name: layers[name] for name in graph}


def chain_of(
    start: Cell, end: Cell, label: tuple[float, float] | None, trunk: dict[int, Cell]
) -> list[Cell]:
    """Return the cells that a line runs through, from the left, and connect them.

    Args:
        start: Where it leaves.
        end: Where it leads.
        label: The size of its label: then its lanes are its own.
        trunk: By layer, the lanes of lines that lead to the same place of the same box. They join.
    """
    first, last = (start, end) if start.layer < end.layer else (end, start)
    shared = trunk if label is None and last is end else {}
    chain = [first]
    for layer in range(first.layer + 1, last.layer):
        if layer not in shared:
            shared[layer] = Cell(layer, 0.0, LANE, is_lane=True)
        chain.append(shared[layer])
    chain.append(last)
    if label is not None:
        with_label = chain[len(chain) // 2]
        with_label.width, with_label.height = label
    for left, right in pairwise(chain):
        if right not in left.after:
            left.after.append(right)
            right.before.append(left)
    return chain


def columns_of(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Return the cells by layer; layers without any are closed up."""
    by_layer: dict[int, list[Cell]] = {}
    for cell in cells:
        by_layer.setdefault(cell.layer, []).append(cell)
    columns = [by_layer[layer] for layer in sorted(by_layer)]
    for number, column in enumerate(columns):
        for rank, cell in enumerate(column):
            cell.layer, cell.rank = number, rank
    return columns


def order(columns: list[list[Cell]]) -> None:
    """Order each column so that few lines cross: barycentres, both ways, the best order kept."""
    work = sum(len(column) + sum(len(c.after) for c in column) for column in columns)
    best, least = [list(column) for column in columns], _crossings(columns)
    for sweep in range(min(_SWEEPS, max(2, _MOST_WORK // (work + 1)))):
        if not least:
            break
        backwards = sweep % 2 == 1
        for column in reversed(columns) if backwards else columns:
            column.sort(key=lambda cell: _centre(cell.after if backwards else cell.before, cell))
            for rank, cell in enumerate(column):
                cell.rank = rank
        crossings = _crossings(columns)
        if crossings < least:
            best, least = [list(column) for column in columns], crossings
    for column, kept in zip(columns, best, strict=True):
        column[:] = kept
        for rank, cell in enumerate(column):
            cell.rank = rank


def _centre(neighbours: list[Cell], cell: Cell) -> float:
    if not neighbours:
        return float(cell.rank)
    return sum(each.rank for each in neighbours) / len(neighbours)


def _crossings(columns: list[list[Cell]]) -> int:
    """Return how many pairs of lines cross between neighbouring columns."""
    total = 0
    for column in columns:
        ends = [end for cell in column for end in sorted(each.rank for each in cell.after)]
        total += _inversions(ends)
    return total


def _inversions(ends: list[int]) -> int:
    """Return how many pairs are in the wrong order, with a binary indexed tree."""
    tree = [0] * (max(ends, default=0) + 2)
    count = 0
    for seen, end in enumerate(ends):
        at, not_greater = end + 1, 0
        while at:
            not_greater += tree[at]
            at &= at - 1
        count += seen - not_greater
        at = end + 1
        while at < len(tree):
            tree[at] += 1
            at += at & -at
    return count


def settle(columns: list[list[Cell]], top: float = 16.0) -> None:
    """Give each cell a place: as near to the middle of its neighbours as the others let it."""
    for column in columns:
        for cell, offset in zip(column, _offsets(column), strict=True):
            cell.middle = offset
    for turn in range(_ROUNDS):
        backwards = turn % 2 == 1
        for column in reversed(columns) if backwards else columns:
            wanted = [_mean(cell, cell.after if backwards else cell.before) for cell in column]
            _fit(column, wanted)
    highest = min((c.middle - c.height / 2 for column in columns for c in column), default=0.0)
    for column in columns:
        for cell in column:
            cell.middle += top - highest


def _offsets(column: list[Cell]) -> Iterator[float]:
    """Yield the middles when all stand as close as they may."""
    at = 0.0
    for above, cell in zip([None, *column], column, strict=False):
        if above is not None:
            gap = _GAP / 3 if above.is_lane and cell.is_lane else _GAP
            at += above.height / 2 + gap + cell.height / 2
        yield at


def _mean(cell: Cell, neighbours: list[Cell]) -> float:
    return sum(n.middle for n in neighbours) / len(neighbours) if neighbours else cell.middle


def _fit(column: list[Cell], wanted: list[float]) -> None:
    """Move the cells near the wanted middles, in their order (pool adjacent violators)."""
    offsets = list(_offsets(column))
    pools: list[tuple[float, int]] = []  # mean, count
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    placed = (mean for mean, count in pools for _ in range(count))
    for cell, mean, offset in zip(column, placed, offsets, strict=True):
        cell.middle = mean + offset
