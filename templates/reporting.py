"""HTML reports: one file each, with everything in it and nothing from the network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render_report(name: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of `report/<name>.html.j2`; every value is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{name}.html.j2").render(values)
