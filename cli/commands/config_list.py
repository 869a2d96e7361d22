"""`hushflake config list`: the keys that can be read, and where each comes from."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say, say_table

from ..config_use import code_use
from ..errors import OK
from ..output import print_json
from .config_options import configured, format_option, tell_failures

if TYPE_CHECKING:
    from hushflake.config.insight.code_use import CodeUse


@click.command("list")
@configured
@click.option("--all", "everything", is_flag=True, help="Also list the whole process environment.")
@format_option
def list_(everything: bool, form: str) -> int:
    """List the keys that the code reads and the names that sources hold, with their sources."""
    from hushflake.config.project.section import load

    code = code_use(load())
    names = _names(code, everything)
    if form == "json":
        print_json("config-list", names=names)
    else:
        _print(names, computes=bool(code.dynamic or code.loader))
    tell_failures()
    return OK


def _names(code: "CodeUse", everything: bool) -> list[dict[str, object]]:
    """One record per name: those of the code, and those of the sources."""
    from hushflake.config.insight.doctor import states
    from hushflake.config.reading import process

    found: dict[str, dict[str, object]] = {}
    active = process.current()
    for key, source, loaded in active.loaded_table().snapshot.values() if active else ():
        if everything or source != "environment":
            found[key] = {"key": key, "source": source, "secret": key in loaded.secrets}
    for state in states(code):
        use = state.use
        secret = use.secret or bool(found.get(use.name, {}).get("secret"))
        record: dict[str, object] = {
            "key": use.name,
            "source": state.source or None,
            "secret": secret,
        }
        record |= {"place": use.place, "problem": state.problem}
        found[use.name] = record
    return [found[key] for key in sorted(found)]


def _print(names: list[dict[str, object]], *, computes: bool) -> None:
    if names:
        rows = [
            [
                name["key"],
                name["source"] or ("none" if name.get("problem") else ""),
                "secret" if name["secret"] else "",
                name.get("place", ""),
            ]
            for name in names
        ]
        say_table(["name", "source", "", "read at"], rows)
    else:
        say(
            f"The code here {'names' if computes else 'reads'} no configuration key, and only the "
            "process environment holds names: --all lists them."
        )
