"""Draw `docs/flows.svg`, the picture of the two flows in the README.

Its ground is transparent and its colours follow the reader's scheme, light or dark.
"""

from html import escape
from pathlib import Path

WIDTH, BOX, HEIGHT, GAP = 900, 128, 62, 22
# Class -> colour in the light and in the dark. Each has at least 4.5 to 1 on the pages it lies on.
INK, PAPER = ("#1f2937", "#e5e7eb"), ("#f8fafc", "#1e293b")
COLOURS = {"secrets": ("#0f766e", "#2dd4bf"), "knowledge": ("#1d4ed8", "#93c5fd")}
FLOWS = [
    (
        "Secret hygiene",
        "secrets",
        [
            ("your code", "os.getenv, .env"),
            ("codemod", "LibCST, spans only"),
            ("your code", "get_config_value"),
            ("check", "pre-commit, flake8"),
            ("config", "ESC, cache, audit"),
            ("values", "never printed"),
        ],
    ),
    (
        "Knowledge schema",
        "knowledge",
        [
            ("YAML entities", "one file each"),
            ("compile", "model, graph"),
            ("plan", "safe, rebuild, loss"),
            ("apply", "journal, drift"),
            ("Snowflake", "or the local stack"),
            ("search", "shell, Python, MCP"),
        ],
    ),
]


def style() -> str:
    """Return the rules of both schemes: an image takes the one of its reader."""

    def rules(scheme: int) -> str:
        flows = "".join(
            f".{name}{{stroke:{colour[scheme]}}}text.{name}{{fill:{colour[scheme]};stroke:none}}"
            for name, colour in COLOURS.items()
        )
        return f"svg{{fill:{INK[scheme]}}}rect{{fill:{PAPER[scheme]}}}{flows}"

    return f"<style>{rules(0)}@media(prefers-color-scheme:dark){{{rules(1)}}}</style>"


def box(x: int, y: int, flow: str, title: str, text: str) -> str:
    return (
        f'<rect class="{flow}" x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="8" '
        'stroke-width="1.5"/>'
        f'<text x="{x + BOX // 2}" y="{y + 27}" font-weight="600">{escape(title)}</text>'
        f'<text x="{x + BOX // 2}" y="{y + 46}" font-size="11">{escape(text)}</text>'
    )


def arrow(x: int, y: int, flow: str) -> str:
    tip = x + GAP - 4
    return (
        f'<path class="{flow}" d="M{x + 3} {y}H{tip}m-5 -4l5 4l-5 4" fill="none" '
        'stroke-width="1.5"/>'
    )


def draw() -> str:
    """Return the picture as SVG."""
    parts = [style()]
    for row, (name, flow, steps) in enumerate(FLOWS):
        y = 36 + row * 120
        parts.append(
            f'<text class="{flow}" x="8" y="{y - 10}" text-anchor="start" font-weight="700">'
            f"{name}</text>"
        )
        for column, (title, text) in enumerate(steps):
            x = 8 + column * (BOX + GAP)
            parts.append(box(x, y, flow, title, text))
            if column < len(steps) - 1:
                parts.append(arrow(x + BOX, y + HEIGHT // 2, flow))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 232" '
        'font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">'
        f"{''.join(parts)}</svg>\n"
    )


def main() -> None:
    Path(__file__).parent.parent.joinpath("docs", "flows.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
