"""`hushflake sync`: Notion and Snowflake kept in sync, both ways."""

from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from ..deploy_options import stack_options, tell_place
from ..errors import FINDINGS, OK
from ..groups import Group
from ..knowledge_options import entity_option, format_option, progress_bar
from ..output import print_json
from .sync_conflicts import conflicts, tracer
from .sync_folder import folder
from .sync_report import code_of, show_report, telling

if TYPE_CHECKING:
    from hushflake.schema.project import Project
    from hushflake.sync.cycle import Options
    from hushflake.sync.notion.api import NotionApi

_INTERVAL = 60


@click.group(cls=Group)
def sync() -> None:
    """Keep Notion and Snowflake in sync, both ways, without losing an edit.

    Entities with a `notion:` mapping are synced, also with a folder of Markdown files. The token
    for Notion is NOTION_API_KEY in the configuration.
    """


sync.add_command(conflicts)
sync.add_command(folder)


@sync.command()
@stack_options
@entity_option
@click.option("--init", "init", is_flag=True, help="Create or check what the sync needs.")
@click.option(
    "--parent",
    metavar="PAGE_ID",
    help="With --init: create a database below this page for each entity that the stack names no "
    "data source for.",
)
@click.option("--once", is_flag=True, help="Run one cycle. [default]")
@click.option("--watch", "watching", is_flag=True, help="Run cycles until interrupted.")
@click.option(
    "--interval",
    type=click.FloatRange(min=5),
    default=_INTERVAL,
    show_default=True,
    metavar="SECONDS",
    help="Time from the start of one --watch cycle to the start of the next.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")
@click.option("--full", is_flag=True, help="Compare all rows and pages, not only changed ones.")
@click.option(
    "--allow-deletes",
    is_flag=True,
    help="Carry out deletions that the limit on mass deletion would hold back.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="N",
    help="Notion requests per cycle at most. [default: no limit; with --watch as many as fit "
    "into the interval, at least 300]",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1, max=100),
    default=3.0,
    show_default=True,
    metavar="N",
    help="Notion requests per second.",
)
@click.option(
    "--webhook",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="With --watch: listen on 127.0.0.1 for Notion webhooks, which start a cycle at once.",
)
@click.option(
    "--webhook-host",
    metavar="NAME",
    default="",
    help="With --webhook: the public name of your HTTPS proxy, if it passes that name on.",
)
@format_option("text", "json")
def notion(
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    init: bool,
    parent: str | None,
    once: bool,
    watching: bool,
    interval: float,
    dry_run: bool,
    full: bool,
    allow_deletes: bool,
    budget: int | None,
    rate: float,
    webhook: int | None,
    webhook_host: str,
    form: str,
) -> int:
    """Sync the entities of a stack with their Notion data sources.

    Run it once with --init first: it creates the tables and streams that the sync needs in the
    account, and adds the properties that a data source lacks. Exits with 1 if the limit on mass
    deletion held something back, and with 3 if part of the cycle failed; the next cycle continues.
    """
    from hushflake.schema.project import find_project
    from hushflake.sync.cycle import Options
    from hushflake.sync.opening import notion_api

    if init + once + watching > 1:
        raise click.UsageError("use only one of --init, --once and --watch")
    if parent is not None and not init:
        raise click.UsageError("--parent needs --init")
    if webhook is not None and not watching:
        raise click.UsageError("--webhook needs --watch")
    found = find_project(Path.cwd(), project)
    if found.is_shipped and not found.was_named:
        say("Using the shipped project, foundation.", err=True)
    tell_place(found, stack)
    if watching and budget is None:
        budget = max(300, int(rate * interval))
    api = notion_api(rate=rate, budget=budget)
    options = Options(dry_run=dry_run, full=full, allow_deletes=allow_deletes)
    if init and parent is not None and _create(found, stack, entities, api, parent, dry_run):
        return OK
    if init:
        return _init(found, stack, entities, api, options, verbose, form)
    if watching:
        door = None if webhook is None else (webhook, webhook_host)
        return _watch(found, stack, entities, api, options, verbose, form, interval, door)
    return _once(found, stack, entities, api, options, verbose, form)


def _create(
    project: "Project",
    stack: str,
    entities: tuple[str, ...],
    api: "NotionApi",
    parent: str,
    dry_run: bool,
) -> bool:
    """Create the databases that are missing; return whether there were any."""
    from hushflake.schema.compile import compile_stack, load_stack
    from hushflake.sync.mapping import dashed, maps_without_source
    from hushflake.sync.notion.setup import create_source

    loaded = load_stack(project, stack)
    declared = compile_stack(project, loaded).entities.values()
    missing = maps_without_source(declared, loaded, entities)
    for of in missing:
        if dry_run:
            say(f"{of.entity}: would create a database")
            continue
        with closing(api):
            made = create_source(of, api, dashed(parent))
        say(styled(of.entity, bold=True), f": created a database; its data source is {made}")
        say(f"  stacks/{stack}.yaml: settings: {{notion: {{{of.entity}: {made}}}}}")
    if missing and not dry_run:
        say("Write these into the stack, then run --init again: it names what is left.")
    return bool(missing)


def _init(
    project: "Project",
    stack: str,
    entities: tuple[str, ...],
    api: "NotionApi",
    options: "Options",
    verbose: bool,
    form: str,
) -> int:
    from hushflake.sync.notion.setup import prepare
    from hushflake.sync.opening import open_sync

    with open_sync(
        project, stack, api, entities=entities, options=options, trace=tracer(verbose)
    ) as opened:
        found = prepare(opened.maps, api, opened.store, dry_run=options.dry_run)
    if form == "json":
        rows = [{**vars(item), "ready": item.ready} for item in found]
        print_json("sync-init", stack=stack, dry_run=options.dry_run, entities=rows)
    else:
        would = "would add" if options.dry_run else "added"
        for item in found:
            what = f"{would} {', '.join(item.added)}" if item.added else "nothing to add"
            say(styled(item.entity, bold=True), f" {item.data_source}: {what}")
            for line in (*item.wrong, *item.by_hand):
                say(f"  by hand: {line}")
            if item.unmapped:
                say(f"  not mapped: {', '.join(item.unmapped)}")
    return OK if all(item.ready for item in found) else FINDINGS


def _once(
    project: "Project",
    stack: str,
    entities: tuple[str, ...],
    api: "NotionApi",
    options: "Options",
    verbose: bool,
    form: str,
) -> int:
    from hushflake.sync.lag import note_path
    from hushflake.sync.opening import open_sync
    from hushflake.sync.watch import noted_cycle

    with (
        open_sync(
            project, stack, api, entities=entities, options=options, trace=tracer(verbose)
        ) as opened,
        progress_bar("Syncing") as tell,
    ):
        opened.tell = lambda _entity, done, total: tell(done, total)
        report = noted_cycle(opened, note_path(project, stack))
    show_report(report, form)
    return code_of(report)


def _watch(
    project: "Project",
    stack: str,
    entities: tuple[str, ...],
    api: "NotionApi",
    options: "Options",
    verbose: bool,
    form: str,
    interval: float,
    door: tuple[int, str] | None,
) -> int:
    from hushflake.config import Secret, get_config_value
    from hushflake.sync.lag import note_path
    from hushflake.sync.notion.webhook import Doorbell
    from hushflake.sync.opening import open_sync
    from hushflake.sync.watch import watch

    token = get_config_value("NOTION_WEBHOOK_TOKEN")
    bell = None
    if door is not None:
        port, host = door
        file = project.make_local_data() / "sync" / "webhook-token"
        secret = Secret(token) if token else None
        bell = Doorbell(port, secret, file, lambda line: say(line, err=True), host)
    with (
        open_sync(
            project, stack, api, entities=entities, options=options, trace=tracer(verbose)
        ) as opened,
        bell if bell is not None else nullcontext(),
    ):
        if bell is not None:
            say(f"Listening for webhooks on {bell.address[0]}:{bell.address[1]}.", err=True)
        path = note_path(project, stack)
        watch(
            opened, path, interval, told=telling(form, interval), woken=bell.woken if bell else None
        )
    return OK
