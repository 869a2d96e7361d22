"""HTML reports: one file each, with everything in it and nothing from the network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hushflake.terminal.escape import visible


def render_report(name: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of `report/<name>.html.j2`; every value is escaped, and steers nothing."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "report"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{name}.html.j2").render(values)


def _shown(value: Any) -> Any:
    """Return a value whose text shows; markup is ours, or made of values that were here before."""
    return visible(value, keep="\n\t") if type(value) is str else value
