"""`hushflake config last-known`: the copies that bridge an outage of a store."""

import time
from pathlib import Path
from typing import Any

import click

from hushflake.terminal.write import say, say_table

from ..errors import FINDINGS, OK
from ..groups import Group
from ..output import print_json
from .config_options import format_option


@click.group("last-known", cls=Group)
def last_known() -> None:
    """Show or remove the encrypted copies of last known values of this user.

    A program keeps them where `configure(last_known=…)` or HUSHFLAKE_LAST_KNOWN says so.
    """


@last_known.command()
@format_option
def status(form: str) -> int:
    """List the copies: of which source, how old, how many names. Nothing is decrypted."""
    from hushflake.config.lastknown import folder

    found = [_described(path) for path in folder.copies()]
    if form == "json":
        print_json("config-last-known", folder=str(folder.folder()), copies=found)
    elif not found:
        say(f"No copies of last known values in {folder.folder()}.")
    else:
        rows = [[one["source"], one["hours"], one["names"], one["problem"]] for one in found]
        say_table(["source", "hours old", "names", ""], rows, right=[1, 2])
    return FINDINGS if any(one["problem"] for one in found) else OK


@last_known.command()
@click.option("--source", "names", multiple=True, help="Only those of this source. Repeatable.")
def purge(names: tuple[str, ...]) -> int:
    """Remove the copies; programs make new ones when their stores answer next."""
    from hushflake.config.lastknown import folder

    removed = 0
    for path in folder.copies():
        if not names or _described(path)["source"] in names:
            path.unlink(missing_ok=True)
            removed += 1
    say(f"{removed} removed from {folder.folder()}")
    return OK


def _described(path: Path) -> dict[str, Any]:
    from hushflake.config.lastknown import folder
    from hushflake.config.lastknown.sealing import UnusableCopyError, split

    described: dict[str, Any] = {"source": "", "hours": None, "names": None, "problem": ""}
    try:
        data = folder.read(path)
        header = split(data or b"")[0]
        described["source"] = str(header.get("source", ""))[:300]
        described["names"] = int(header.get("names", 0))
        described["hours"] = round((time.time() - float(header.get("asked_at", 0))) / 3600, 1)
    except (OSError, UnusableCopyError, TypeError, ValueError) as error:
        described["problem"] = getattr(error, "strerror", "") or str(error)
    return described
