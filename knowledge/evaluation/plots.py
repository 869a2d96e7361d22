"""Plots of an evaluation, as SVG that needs nothing else. Pure."""

import html
from collections.abc import Mapping, Sequence
from typing import Final

_ROW, _BAR, _GAP = 16, 12, 14
_LABELS, _WIDTH, _FIGURES = 150, 420, 60
_COLUMN, _HEIGHT = 46, 160
_COLOURS: Final = ("#2f6f9f", "#0f766e", "#d97706", "#7c5cbf", "#b4506c", "#5c6778")


def bars(groups: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> str:
    """Return a bar for each measure of each group.

    Args:
        groups: Label -> measure -> value, 0 to 1.
        names: Measures, in the order of their colours.
    """
    parts, y = [], 4
    for label, held in groups.items():
        parts.append(_text(_LABELS - 8, y + _ROW, label, "end", bold=True))
        for name, value in held.items():
            wide = round(_WIDTH * max(0.0, min(1.0, value)), 1)
            colour = _COLOURS[list(names).index(name) % len(_COLOURS)]
            tip = html.escape(f"{label}: {name} {value:.3f}")
            parts.append(
                f'<rect x="{_LABELS}" y="{y + 3}" width="{wide}" height="{_BAR}" rx="2" '
                f'fill="{colour}"><title>{tip}</title></rect>'
            )
            parts.append(_text(_LABELS + wide + 6, y + 13, f"{value:.2f} {name}", "start"))
            y += _ROW
        y += _GAP
    return _picture(_LABELS + _WIDTH + 2 * _FIGURES, y, "Measures by kind of question", parts)


def histogram(counts: Mapping[str, int]) -> str:
    """Return a column for each label, as high as its count."""
    most = max(counts.values(), default=0) or 1
    parts = []
    for n, (label, count) in enumerate(counts.items()):
        x, high = 10 + n * _COLUMN, round(_HEIGHT * count / most, 1)
        parts.append(
            f'<rect x="{x}" y="{20 + _HEIGHT - high}" width="{_COLUMN - 10}" height="{high}" '
            f'rx="2" fill="{_COLOURS[0]}"><title>{html.escape(label)}: {count}</title></rect>'
        )
        middle = x + (_COLUMN - 10) / 2
        parts.append(_text(middle, 14 + _HEIGHT - high, str(count), "middle"))
        parts.append(_text(middle, 36 + _HEIGHT, label, "middle"))
    width = 20 + len(counts) * _COLUMN
    return _picture(width, _HEIGHT + 44, "Rank of the first right row", parts)


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="11"{weight} '
        f'fill="currentColor">{html.escape(text)}</text>'
    )


def _picture(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif">'
        f"<title>{html.escape(title)}</title>{''.join(parts)}</svg>"
    )
