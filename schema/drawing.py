"""SVG of boxes and lines: one style for all pictures, light and dark, with the system's fonts."""

from collections.abc import Iterable
from html import escape
from typing import Final

from hushflake.terminal.escape import visible

from .layout import Point, Route, Size

FONT: Final = 12.0
ACCENTS: Final = 6
"""Colours `a0` to `a5` (Okabe and Ito: told apart also with a colour vision deficiency)."""

_STYLE: Final = """
.hf{--paper:#fff;--ink:#1b2330;--soft:#5c6778;--line:#8a94a6;--box:#fff;
--a0:#0b6bb0;--a1:#b5541c;--a2:#0a7d5c;--a3:#9c3f7d;--a4:#8a6a00;--a5:#5a6472;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:12px}
@media (prefers-color-scheme:dark){.hf{--paper:#11161d;--ink:#e6eaf0;--soft:#9aa6b7;
--line:#66728a;--box:#1a212b;--a0:#7fb6de;--a1:#f0a070;--a2:#6fcfae;--a3:#e39ac6;
--a4:#e0c060;--a5:#aab4c4}}
.hf text{fill:var(--ink)}.hf .soft{fill:var(--soft);font-size:10.5px}.hf .name{font-weight:600}
.hf rect.box{fill:var(--box);stroke-width:1.5}.hf rect.heavy{stroke-width:3.5}
.hf .line{fill:none;stroke:var(--line)}
.hf .tip{fill:var(--line)}.hf .paper{fill:var(--paper)}
.hf .a0{stroke:var(--a0)}.hf .a1{stroke:var(--a1)}.hf .a2{stroke:var(--a2)}
.hf .a3{stroke:var(--a3)}.hf .a4{stroke:var(--a4)}.hf .a5{stroke:var(--a5)}
.hf text.a0{fill:var(--a0);stroke:none}.hf text.a1{fill:var(--a1);stroke:none}
.hf text.a2{fill:var(--a2);stroke:none}.hf text.a3{fill:var(--a3);stroke:none}
.hf text.a4{fill:var(--a4);stroke:none}.hf text.a5{fill:var(--a5);stroke:none}
""".replace("\n", "")


def text_width(text: str, size: float = FONT, *, bold: bool = False) -> float:
    """Return about how many pixels a text takes in a system font."""
    ems = sum(
        1.0 if ord(character) > 0x2E7F else 0.71 if character.isupper() else 0.57
        for character in text
    )
    return ems * size * (1.06 if bold else 1.0)


def stylesheet() -> str:
    """Return the style of all drawings, for a page that holds several with `styled=False`."""
    return _STYLE


def picture(size: Size, title: str, parts: Iterable[str], *, styled: bool = True) -> str:
    """Return the whole drawing.

    Args:
        size: Its size in pixels.
        title: What it shows, for those who do not see it.
        parts: Its elements, as the functions here return them.
        styled: Whether it brings its style along. A style counts for a whole page: a thousand of
            them would be matched against every element.
    """
    style = f"<style>{_STYLE}</style>" if styled else ""
    width, height = round(size.width), round(size.height)
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" class="hf" role="img" '
                f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            ),
            f"<title>{_safe(title)}</title>{style}",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def line(route: Route) -> str:
    """Return a line with an arrow at its end."""
    points = route.points
    if route.is_loop:
        (x, y1), (_, y2) = points
        d = f"M{x:.0f} {y1:.0f}C{x + 34:.0f} {y1:.0f} {x + 34:.0f} {y2:.0f} {x:.0f} {y2:.0f}"
    else:
        d = f"M{points[0].x:.0f} {points[0].y:.0f}"
        for index, point in enumerate(points[1:], 1):
            before = points[index - 1]
            if index % 2:
                d += f"L{point.x:.0f} {point.y:.0f}"
            else:
                bend = (point.x - before.x) / 2
                d += (
                    f"C{before.x + bend:.0f} {before.y:.0f} {point.x - bend:.0f} {point.y:.0f} "
                    f"{point.x:.0f} {point.y:.0f}"
                )
    return f'<path class="line" d="{d}"/>{_tip(route)}'


def _tip(route: Route) -> str:
    """The arrow at the end. No `marker`: several drawings of one page would share its name."""
    (x, y), before = route.points[-1], route.points[-3 if not route.is_loop else 0]
    back = 7 if route.is_loop or before.x > x else -7
    return f'<path class="tip" d="M{x:.0f} {y:.0f}l{back} -3.5v7z"/>'


def box(
    corner: Point,
    size: Size,
    accent: int,
    inner: Iterable[str],
    tip: str,
    link: str = "",
    *,
    heavy: bool = False,
) -> str:
    """Return a box.

    Args:
        corner: Its top left corner.
        size: Its size.
        accent: The number of its colour.
        inner: What stands in it, as `text` returns it.
        tip: What a pointer that rests on it shows.
        link: Where it leads, such as `#entity-CUSTOMERS`.
        heavy: Whether its frame is heavier.
    """
    kind = f"box{' heavy' if heavy else ''} a{accent % ACCENTS}"
    drawn = (
        f'<rect class="{kind}" x="{corner.x:.0f}" y="{corner.y:.0f}" '
        f'width="{size.width:.0f}" height="{size.height:.0f}" rx="6"/>'
    )
    group = f"<g><title>{_safe(tip)}</title>{drawn}{''.join(inner)}</g>"
    return f'<a href="{_safe(link)}">{group}</a>' if link else group


def text(at: Point, words: str, style: str = "", *, middle: bool = False) -> str:
    """Return a text whose baseline begins at, or is centred on, a point."""
    anchor = ' text-anchor="middle"' if middle else ""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{at.x:.0f}" y="{at.y:.0f}"{kind}{anchor}>{_safe(words)}</text>'


def label(at: Point, words: str) -> str:
    """Return the label of a line, on paper so that the line does not cross it."""
    width = text_width(words, 10.5) + 6
    return (
        f'<rect class="paper" x="{at.x - width / 2:.0f}" y="{at.y - 8:.0f}" width="{width:.0f}" '
        f'height="16"/>{text(Point(at.x, at.y + 4), words, "soft", middle=True)}'
    )


def clipped(words: str, most: int) -> str:
    """Return at most `most` characters, an ellipsis for the rest."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _safe(words: str) -> str:
    # Foreign text: markup is escaped, what is not plainly visible is spelled out.
    return escape(visible(words))
