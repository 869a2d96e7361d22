"""Connected rows as a picture: SVG, Mermaid and DOT."""

import html
from collections.abc import Callable
from typing import Final

from hushflake.schema.drawing import box, clipped, label, line, picture, text, text_width
from hushflake.schema.layout import Line, Point, Size, arrange
from hushflake.terminal.escape import visible

from .related import Node, Related

_MOST_LETTERS: Final = 34


def svg(found: Related) -> str:
    """Return a picture that needs nothing else: no script, no font, no style sheet.

    A row stands to the right of those that refer to it. Each entity has a colour, the asked row a
    heavier frame.
    """
    names = sorted({node.entity for node in found.titles})
    sizes = {node: _size(found, node) for node in found.titles}
    together: dict[tuple[Node, Node], list[str]] = {}
    for link in found.links:
        together.setdefault((link.start, link.end), []).append(link.relation)
    words = [clipped(", ".join(relations), _MOST_LETTERS) for relations in together.values()]
    lines = [
        Line(start, end, label=Size(text_width(said, 10.5) + 8, 18.0))
        for (start, end), said in zip(together, words, strict=True)
    ]
    arranged = arrange(sizes, lines)
    parts = [line(route) for route in arranged.routes]
    for route, said in zip(arranged.routes, words, strict=True):
        if route.label is not None:
            parts.append(label(route.label, said))
    for node, corner in arranged.corners.items():
        accent = names.index(node.entity)
        style = "name" if node == found.origin else ""
        inner = (
            text(Point(corner.x + 10, corner.y + 18), _title(found, node), style),
            text(Point(corner.x + 10, corner.y + 34), clipped(_about(node), 44), "soft"),
        )
        tip = f"{found.titles[node]}\n{node.entity} {node.key}"
        drawn = box(corner, sizes[node], accent, inner, tip, heavy=node == found.origin)
        parts.append(drawn)
    title = f"{found.titles[found.origin]} and what it is connected to"
    return picture(arranged.size, title, parts)


def _title(found: Related, node: Node) -> str:
    return clipped(found.titles[node], _MOST_LETTERS)


def _about(node: Node) -> str:
    return f"{node.entity} {node.key}"


def _size(found: Related, node: Node) -> Size:
    title = text_width(_title(found, node), bold=True)
    return Size(max(title, text_width(clipped(_about(node), 44), 10.5), 80.0) + 22, 44.0)


def mermaid(found: Related) -> str:
    """Return the text of a Mermaid flowchart."""
    number = {node: f"n{n}" for n, node in enumerate(found.titles)}
    lines = ["flowchart LR"]
    lines += [
        f'    {number[node]}["{_quoted(title)}<br/>{_quoted(f"{node.entity} {node.key}")}"]'
        for node, title in found.titles.items()
    ]
    lines += [
        f'    {number[link.start]} -- "{_quoted(link.relation)}" --> {number[link.end]}'
        for link in found.links
    ]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return html.escape(visible(text), quote=True)


def dot(found: Related) -> str:
    """Return the text of a Graphviz digraph."""
    lines = ["digraph related {", "    rankdir=LR; node [shape=box];"]
    lines += [
        f"    {_id(node)} [label={_string(f'{title} ({node.entity})')}];"
        for node, title in found.titles.items()
    ]
    lines += [
        f"    {_id(link.start)} -> {_id(link.end)} [label={_string(link.relation)}];"
        for link in found.links
    ]
    return "\n".join([*lines, "}", ""])


def _id(node: Node) -> str:
    return _string(f"{node.entity} {node.key}")


def _string(text: str) -> str:
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


PICTURES: Final[dict[str, Callable[[Related], str]]] = {"svg": svg, "mermaid": mermaid, "dot": dot}
