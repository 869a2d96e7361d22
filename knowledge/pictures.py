"""Connected rows as a picture: SVG, Mermaid and DOT. The asked row is in the middle, the others on
rings by their distance."""

import html
from collections.abc import Callable
from math import cos, pi, sin
from typing import Final

from .related import Node, Related

_RING: Final = 190.0
_MARGIN: Final = 130.0
_LABEL: Final = 26
# Distinguishable also with a colour vision deficiency (Okabe and Ito).
_COLOURS: Final = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B6B6B", "#8C6D1F"),
)


def svg(found: Related) -> str:
    """Return a picture that needs nothing else: no script, no font, no style sheet."""
    places = _places(found)
    size = 2 * (_RING * max(found.depth_of.values()) + _MARGIN)
    half = size / 2
    names = sorted({node.entity for node in places})
    colour = {name: _COLOURS[n % len(_COLOURS)] for n, name in enumerate(names)}
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-half:.0f} {-half:.0f} '
            f'{size:.0f} {size:.0f}" font-family="sans-serif" font-size="12">'
        ),
        f"<title>{html.escape(found.titles[found.origin])} and what it is connected to</title>",
    ]
    for link in found.links:
        (x1, y1), (x2, y2) = places[link.start], places[link.end]
        parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#bbb"/>'
            f'<text x="{(x1 + x2) / 2:.1f}" y="{(y1 + y2) / 2:.1f}" fill="#777" font-size="9" '
            f'text-anchor="middle">{html.escape(link.relation)}</text>'
        )
    for node, (x, y) in places.items():
        radius = 9 if node == found.origin else 6
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour[node.entity]}">'
            f"<title>{html.escape(f'{node.entity} {node.key}')}</title></circle>"
            f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{_label(found, node)}</text>'
        )
    for n, name in enumerate(names):
        y = -half + 18 + 16 * n
        parts.append(
            f'<circle cx="{-half + 14:.1f}" cy="{y:.1f}" r="5" fill="{colour[name]}"/>'
            f'<text x="{-half + 24:.1f}" y="{y + 4:.1f}">{html.escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _label(found: Related, node: Node) -> str:
    title = found.titles[node]
    return html.escape(title if len(title) <= _LABEL else title[: _LABEL - 1] + "…")


def _places(found: Related) -> dict[Node, tuple[float, float]]:
    places: dict[Node, tuple[float, float]] = {}
    for depth in sorted(set(found.depth_of.values())):
        ring = [node for node, steps in found.depth_of.items() if steps == depth]
        for n, node in enumerate(ring):
            # Every ring is turned a little, so that labels don't stand in one line.
            angle = 2 * pi * n / len(ring) - pi / 2 + 0.35 * depth
            places[node] = (_RING * depth * cos(angle), _RING * depth * sin(angle))
    return places


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
    return html.escape(text, quote=True).replace("\n", " ")


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
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


PICTURES: Final[dict[str, Callable[[Related], str]]] = {"svg": svg, "mermaid": mermaid, "dot": dot}
