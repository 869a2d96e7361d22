"""`hushflake config codegen`: the documents that are written of the declared keys."""

from pathlib import Path

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from ..errors import FINDINGS, OK


@click.command()
@click.argument(
    "module", metavar="[MODULE.py]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a document is out of date.")
@click.option(
    "--force", is_flag=True, help="Replace a file that was edited, or that is somebody else's."
)
def codegen(module: Path | None, check: bool, force: bool) -> int:
    """Write typed code and documents of the declared keys.

    The keys are those of `[tool.hushflake.keys]` in pyproject.toml and of service classes.
    MODULE.py gets a typed attribute for each key, and accessors whose keys editors and type
    checkers know. Without it every document is written that `[tool.hushflake.generated]` names:
    `module`, `env-example`, `json-schema` and `markdown`. A file that was not written by this
    command is not replaced.
    """
    from hushflake.lint_plugin.settings import load
    from hushflake.remediation.errors import RemediationError
    from hushflake.remediation.keys.generate import SECTION, generated, write
    from hushflake.remediation.keys.table import declared_table

    settings = load()
    wanted = dict(settings.generated)
    if module is not None:
        wanted = {"module": settings.relative(str(module))}
    if not wanted:
        raise RemediationError(
            f"nothing to write: give MODULE.py, or name documents in {SECTION} of pyproject.toml, "
            'such as module = "app/keys.py"'
        )
    documents = list(generated(settings, declared_table(settings), wanted))
    if check:
        return _checked(
            [(settings.relative(str(each.path)), each.state != "unchanged") for each in documents]
        )
    for one in documents:
        write(one, force=force)
        say(f"{settings.relative(str(one.path))}: {one.state}")
    if module is not None and wanted["module"] != settings.generated.get("module"):
        _tell_next(wanted["module"])
    return OK


def _checked(documents: list[tuple[str, bool]]) -> int:
    for path, is_outdated in documents:
        if is_outdated:
            say(styled("✗", fg="red"), f" {path}: is not what `hushflake config codegen` writes")
        else:
            say(styled("✓", fg="green"), f" {path}")
    return FINDINGS if any(is_outdated for _, is_outdated in documents) else OK


def _tell_next(module: str) -> None:
    say("Next: let checks find the module, in pyproject.toml:")
    say("    [tool.hushflake.generated]")
    say(f'    module = "{module}"', fit=False)
