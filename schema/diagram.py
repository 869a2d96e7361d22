"""The graph of a compiled stack as text: Mermaid, DOT, and SVG drawn without any program.

Grants and foreign keys are left out: they hang on everything and say nothing about lineage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape

from .errors import SchemaError
from .kinds.base import Key
from .names import QualifiedName
from .state import Desired

Format = Literal["mermaid", "dot", "svg"]
LINEAGE: Final = frozenset(
    {"table", "stream", "task", "view", "dynamic_table", "cortex_search_service", "semantic_view",
     "mcp_server", "alert", "stage"}
)  # fmt: skip
_LEFT_OUT: Final = ("grant", "foreign_key")
COLOURS: Final = {
    "table": "#2f6f9f", "view": "#4c8c4a", "stream": "#b5742d", "task": "#8a5a9e",
    "dynamic_table": "#2f6f9f", "cortex_search_service": "#a33e5c", "semantic_view": "#4c8c4a",
    "mcp_server": "#a33e5c",
}  # fmt: skip
BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW, MARGIN = 290, 40, 370, 58, 20


@dataclass(frozen=True, slots=True)
class Graph:
    """Objects and their edges, in dependency order."""

    nodes: tuple[Key, ...]
    edges: tuple[tuple[Key, Key], ...]


def graph_of(desired: Desired, kinds: Iterable[str] | None = None) -> Graph:
    """The graph: every kind but grants and foreign keys, or the kinds that are named."""
    wanted = set(kinds) if kinds else None
    nodes = tuple(
        key
        for key in desired.resources
        if (key.kind in wanted if wanted else key.kind not in _LEFT_OUT)
    )
    inside = set(nodes)
    edges = tuple(
        (reference, key)
        for key in nodes
        for reference in sorted(set(desired.resources[key].references))
        if reference in inside
    )
    return Graph(nodes, edges)


def draw(graph: Graph, form: Format) -> str:
    """The graph as text of a format."""
    return {"mermaid": mermaid, "dot": dot, "svg": svg}[form](graph)


def mermaid(graph: Graph) -> str:
    """A Mermaid flow chart, left to right."""
    ids = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [f'    {ids[k]}["{_quoted(k.kind)}<br/>{_quoted(_short(k))}"]' for k in graph.nodes]
    lines += [f"    {ids[a]} --> {ids[b]}" for a, b in graph.edges]
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """A Graphviz digraph."""
    ids = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    lines = ["digraph stack {", "    rankdir=LR;", "    node [shape=box];"]
    for key in graph.nodes:
        name = _short(key).replace("\\", "\\\\").replace('"', '\\"')
        label = f"{key.kind}\\n{name}"
        lines.append(f'    {ids[key]} [label="{label}"];')
    lines += [f"    {ids[a]} -> {ids[b]};" for a, b in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def svg(graph: Graph) -> str:
    """A drawing in layers: each object to the right of everything that it refers to."""
    places = _places(graph)
    width = max((x for x, _ in places.values()), default=0) + BOX_WIDTH + MARGIN
    height = max((y for _, y in places.values()), default=0) + BOX_HEIGHT + MARGIN
    parts = [opening(width, height)]
    for start, end in graph.edges:
        (x1, y1), (x2, y2) = places[start], places[end]
        x1, y1, y2 = x1 + BOX_WIDTH, y1 + BOX_HEIGHT // 2, y2 + BOX_HEIGHT // 2
        bend = (x2 - x1) // 2
        parts.append(
            f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" '
            'stroke="#889" stroke-opacity="0.6" marker-end="url(#arrow)"/>'
        )
    for key, (x, y) in places.items():
        colour = COLOURS.get(key.kind, "#5a6472")
        parts.append(
            f'<g><title>{escape(str(key))}</title><rect x="{x}" y="{y}" width="{BOX_WIDTH}" '
            f'height="{BOX_HEIGHT}" rx="5" fill="#fff" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{x + 10}" y="{y + 16}" fill="{colour}" font-size="10">'
            f"{escape(_header(key))}</text>"
            f'<text x="{x + 10}" y="{y + 31}" fill="#1c2430">'
            f"{escape(_clipped(_last(key)))}</text></g>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def opening(width: int, height: int) -> str:
    """The head of a drawing, with the arrow that its edges end in."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="12">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#889"/></marker></defs>'
    )


def _places(graph: Graph) -> dict[Key, tuple[int, int]]:
    """Top left corners: a column is the longest way from a source."""
    depth = dict.fromkeys(graph.nodes, 0)
    above: dict[Key, list[Key]] = {key: [] for key in graph.nodes}
    for start, end in graph.edges:
        above[end].append(start)
    for key in graph.nodes:  # in dependency order
        depth[key] = max((depth[start] + 1 for start in above[key]), default=0)
    rows: dict[int, int] = {}
    places: dict[Key, tuple[int, int]] = {}
    for key in graph.nodes:
        column = depth[key]
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[key] = (MARGIN + column * COLUMN, MARGIN + row * ROW)
    return places


def _short(key: Key) -> str:
    """The name without the database: a stack has one."""
    if key.kind == "grant":
        return key.name
    parts = key.name.split(".")
    return ".".join(parts[-2:]) if len(parts) > 2 else key.name


def _last(key: Key) -> str:
    try:
        name = QualifiedName.parse(key.name)
    except SchemaError:
        return key.name
    return name.last.text if name.arguments is None else f"{name.last.text}(…)"


def _header(key: Key) -> str:
    kind = key.kind.replace("_", " ")
    parts = _short(key).split(".")
    return f"{kind} in {parts[0]}" if len(parts) > 1 else kind


def _clipped(text: str) -> str:
    return text if len(text) <= 36 else f"{text[:35]}…"


def _quoted(text: str) -> str:
    return (
        text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    )
