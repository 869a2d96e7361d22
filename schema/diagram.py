"""The graph of a compiled stack as text: Mermaid, DOT, and SVG drawn without any program.

An entity is one node: its table, stream, task, search service and semantic view hang together as
everywhere. `unfolded` graphs show each object. Grants and foreign keys are left out: they hang on
everything and say nothing about lineage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from hushflake.terminal.escape import visible

from .drawing import box, clipped, line, picture, text, text_width
from .errors import SchemaError
from .kinds.base import Key
from .layout import Line, Point, Size, arrange
from .names import QualifiedName
from .state import Desired

Format = Literal["mermaid", "dot", "svg"]
LINEAGE: Final = frozenset(
    {"table", "stream", "task", "view", "dynamic_table", "cortex_search_service", "semantic_view",
     "mcp_server", "alert", "stage"}
)  # fmt: skip
_LEFT_OUT: Final = ("grant", "foreign_key")
_ACCENTS: Final = {
    "entity": 0, "table": 0, "dynamic_table": 0, "stream": 1, "task": 3, "view": 2,
    "semantic_view": 2, "cortex_search_service": 4, "mcp_server": 4,
}  # fmt: skip
_OTHER_ACCENT, _MOST_LETTERS = 5, 40


@dataclass(frozen=True, slots=True)
class Node:
    """An object, or an entity with all that is made of it.

    Attributes:
        kind: The object's kind, or `entity`.
        name: The object's full name, or the entity's.
        inside: The objects of an entity.
    """

    kind: str
    name: str
    inside: tuple[Key, ...] = ()

    @property
    def title(self) -> str:
        """The name as a picture shows it."""
        return self.name if self.kind == "entity" else _last(self.name)

    @property
    def about(self) -> str:
        """The kind and the schema, or what an entity consists of."""
        if self.kind == "entity":
            kinds = dict.fromkeys(_spoken(key.kind) for key in self.inside)
            return ", ".join(kinds)
        parts = _short(self).split(".")
        return f"{_spoken(self.kind)} in {parts[0]}" if len(parts) > 1 else _spoken(self.kind)


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and their edges, in dependency order."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[Node, Node], ...]


def graph_of(
    desired: Desired, kinds: Iterable[str] | None = None, *, unfolded: bool = False
) -> Graph:
    """Return the graph of a stack.

    Args:
        desired: The compiled stack.
        kinds: Only these; absent: all but grants and foreign keys.
        unfolded: Whether the objects of an entity are nodes of their own.
    """
    wanted = set(kinds or ())
    keys = [
        key
        for key in desired.resources
        if (key.kind in wanted if wanted else key.kind not in _LEFT_OUT)
    ]
    nodes = _nodes(desired, keys, unfolded=unfolded)
    edges: dict[tuple[Node, Node], None] = {}
    for key in keys:
        for reference in sorted(set(desired.resources[key].references)):
            if reference in nodes and nodes[reference] != nodes[key]:
                edges[nodes[reference], nodes[key]] = None
    shown = tuple(dict.fromkeys(nodes.values()))
    return Graph(shown, tuple(edges) if unfolded else _direct(shown, edges))


def _direct(
    nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]
) -> tuple[tuple[Node, Node], ...]:
    """Return the edges that say something new.

    How entities refer to each other is what the entity diagram shows; what is reached through
    another node needs no line of its own.
    """
    kept = [(a, b) for a, b in edges if not (a.kind == b.kind == "entity")]
    after: dict[Node, list[Node]] = {node: [] for node in nodes}
    for start, end in kept:
        after[start].append(end)

    def beyond(start: Node) -> set[Node]:
        """What is reached from the neighbours of a node."""
        seen: set[Node] = set()
        waiting = [end for near in after[start] for end in after[near]]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(after[node])
        return seen

    reached = {node: beyond(node) for node in after if after[node]}
    return tuple((a, b) for a, b in kept if b not in reached[a])


def _nodes(desired: Desired, keys: list[Key], *, unfolded: bool) -> dict[Key, Node]:
    inside: dict[str, list[Key]] = {}
    for key in keys:
        entity = desired.resources[key].entity
        if entity and not unfolded:
            inside.setdefault(entity, []).append(key)
    entities = {name: Node("entity", name, tuple(found)) for name, found in inside.items()}
    return {
        key: entities.get(desired.resources[key].entity or "") or Node(key.kind, key.name)
        for key in keys
    }


class Surroundings:
    """Of each entity its objects, what they refer to and what refers to them.

    The whole graph is made once: for each entity again, it took time with the square of them.
    """

    def __init__(self, desired: Desired) -> None:
        self._whole = whole = graph_of(desired, LINEAGE, unfolded=True)
        self._rank = {node: number for number, node in enumerate(whole.nodes)}
        self._own: dict[str, list[Node]] = {}
        for key, resource in desired.resources.items():
            node = Node(key.kind, key.name)
            if resource.entity and node in self._rank:
                self._own.setdefault(resource.entity, []).append(node)
        self._edges: dict[Node, list[int]] = {}
        for number, edge in enumerate(whole.edges):
            for node in edge:
                self._edges.setdefault(node, []).append(number)

    def of(self, entity: str) -> Graph:
        """Return the graph around one entity, in the order of the whole."""
        own = self._own.get(entity, [])
        numbers = {number for node in own for number in self._edges.get(node, ())}
        edges = tuple(self._whole.edges[number] for number in sorted(numbers))
        near = {node for edge in edges for node in edge}.union(own)
        return Graph(tuple(sorted(near, key=self._rank.__getitem__)), edges)


def draw(graph: Graph, form: Format) -> str:
    """Return the graph as text of a format."""
    return {"mermaid": mermaid, "dot": dot, "svg": svg}[form](graph)


def mermaid(graph: Graph) -> str:
    """Return a Mermaid flow chart, left to right."""
    ids = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [
        f'    {ids[node]}["{_quoted(node.kind)}<br/>{_quoted(_short(node))}"]'
        for node in graph.nodes
    ]
    lines += [f"    {ids[a]} --> {ids[b]}" for a, b in graph.edges]
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """Return a Graphviz digraph."""
    ids = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["digraph stack {", "    rankdir=LR;", "    node [shape=box];"]
    for node in graph.nodes:
        name = visible(_short(node)).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'    {ids[node]} [label="{node.kind}\\n{name}"];')
    lines += [f"    {ids[a]} -> {ids[b]};" for a, b in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def svg(
    graph: Graph,
    title: str = "What depends on what",
    links: str = "",
    *,
    styled: bool = True,
) -> str:
    """Return a drawing in layers: each node to the right of everything that it refers to.

    Args:
        graph: What is drawn.
        title: What it shows.
        links: Where entities lead: the beginning of a link, such as `#entity-`.
        styled: As of `picture`.
    """
    sizes = {node: _size(node) for node in graph.nodes}
    found = arrange(sizes, [Line(start, end) for start, end in graph.edges])
    parts = [line(route) for route in found.routes]
    for node, corner in found.corners.items():
        accent = _ACCENTS.get(node.kind, _OTHER_ACCENT)
        x, y = corner.x + 10, corner.y
        inner = (
            text(Point(x, y + 18), clipped(node.title, _MOST_LETTERS), "name"),
            text(Point(x, y + 34), clipped(node.about, _MOST_LETTERS + 10), "soft"),
        )
        link = f"{links}{node.name}" if links and node.kind == "entity" else ""
        tip = "\n".join(map(str, node.inside)) or f"{node.kind} {node.name}"
        parts.append(box(corner, sizes[node], accent, inner, tip, link))
    return picture(found.size, title, parts, styled=styled)


def _size(node: Node) -> Size:
    name = text_width(clipped(node.title, _MOST_LETTERS), bold=True)
    about = text_width(clipped(node.about, _MOST_LETTERS + 10), 10.5)
    return Size(max(name, about, 80.0) + 22, 44.0)


def _spoken(kind: str) -> str:
    return kind.replace("_", " ").removeprefix("cortex ").removesuffix(" service")


def _short(node: Node) -> str:
    """The name without the database: a stack has one."""
    if node.kind in ("grant", "entity"):
        return node.name
    parts = node.name.split(".")
    return ".".join(parts[-2:]) if len(parts) > 2 else node.name


def _last(text_: str) -> str:
    try:
        name = QualifiedName.parse(text_)
    except SchemaError:
        return text_
    return name.last.text if name.arguments is None else f"{name.last.text}(…)"


def _quoted(words: str) -> str:
    words = visible(words).replace("#", "#35;")
    return words.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
