"""`hushflake sync folder`: a folder of Markdown files and Snowflake kept in sync, both ways."""

from pathlib import Path

import click

from hushflake.terminal.write import say

from ..deploy_options import stack_options, tell_place
from ..errors import OK
from ..knowledge_options import entity_option, format_option
from .sync_conflicts import tracer
from .sync_report import code_of, show_report, telling


@click.command()
@stack_options
@entity_option
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--init", "init", is_flag=True, help="Create the folders and tables it needs.")
@click.option("--once", is_flag=True, help="Run one cycle. [default]")
@click.option("--watch", "watching", is_flag=True, help="Run cycles until interrupted.")
@click.option(
    "--interval",
    type=click.FloatRange(min=1),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="Time from the start of one --watch cycle to the start of the next.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")
@click.option("--full", is_flag=True, help="Compare all rows and files, not only changed ones.")
@click.option(
    "--allow-deletes",
    is_flag=True,
    help="Carry out deletions that the limit on mass deletion would hold back.",
)
@format_option("text", "json")
def folder(
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    folder: Path,
    init: bool,
    once: bool,
    watching: bool,
    interval: float,
    dry_run: bool,
    full: bool,
    allow_deletes: bool,
    form: str,
) -> int:
    """Sync the entities of a stack with a folder of Markdown files.

    Each entity with a `notion:` mapping has a folder of its name in FOLDER, each row a file: its
    properties are the front matter, its body the text. Run it once with --init first.
    """
    from hushflake.schema.project import find_project
    from hushflake.sync.folder.opening import open_folder_sync
    from hushflake.sync.folder.source import FolderSource
    from hushflake.sync.lag import note_path
    from hushflake.sync.options import Options
    from hushflake.sync.watch import noted_cycle, watch

    if init + once + watching > 1:
        raise click.UsageError("use only one of --init, --once and --watch")
    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named:
        say("Using the shipped project, foundation.", err=True)
    tell_place(found, stack)
    options = Options(dry_run=dry_run, full=full, allow_deletes=allow_deletes)
    root = folder.resolve()
    with open_folder_sync(
        found, stack, root, entities=entities, options=options, trace=tracer(verbose)
    ) as opened:
        if init:
            opened.store.create(opened.maps)
            for of in opened.maps:
                FolderSource(root).prepare(of)
                say(f"{of.entity}: {root / of.entity.lower()}")
            return OK
        note = note_path(found, f"{stack}-folder")
        if watching:
            watch(opened, note, interval, told=telling(form, interval))
            return OK
        report = noted_cycle(opened, note)
    show_report(report, form)
    return code_of(report)
