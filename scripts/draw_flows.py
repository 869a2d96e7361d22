"""Draw `docs/flows.svg`, the picture of the two flows in the README."""

from html import escape
from pathlib import Path

WIDTH, BOX, HEIGHT, GAP = 900, 128, 62, 22
INK, PAPER = "#1f2937", "#f8fafc"
FLOWS = [
    (
        "Secret hygiene",
        "#0f766e",
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
        "#1d4ed8",
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


def box(x: int, y: int, colour: str, title: str, text: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="8" fill="{PAPER}" '
        f'stroke="{colour}" stroke-width="1.5"/>'
        f'<text x="{x + BOX // 2}" y="{y + 27}" font-weight="600">{escape(title)}</text>'
        f'<text x="{x + BOX // 2}" y="{y + 46}" font-size="11">{escape(text)}</text>'
    )


def arrow(x: int, y: int, colour: str) -> str:
    tip = x + GAP - 4
    return (
        f'<path d="M{x + 3} {y}H{tip}m-5 -4l5 4l-5 4" fill="none" stroke="{colour}" '
        'stroke-width="1.5"/>'
    )


def main() -> None:
    parts = []
    for row, (name, colour, steps) in enumerate(FLOWS):
        y = 36 + row * 120
        parts.append(
            f'<text x="8" y="{y - 10}" text-anchor="start" font-weight="700" fill="{colour}">'
            f"{name}</text>"
        )
        for column, (title, text) in enumerate(steps):
            x = 8 + column * (BOX + GAP)
            parts.append(box(x, y, colour, title, text))
            if column < len(steps) - 1:
                parts.append(arrow(x + BOX, y + HEIGHT // 2, colour))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 232" '
        f'font-family="system-ui, sans-serif" font-size="13" text-anchor="middle" fill="{INK}">'
        f'<rect width="{WIDTH}" height="232" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )
    Path(__file__).parent.parent.joinpath("docs", "flows.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
