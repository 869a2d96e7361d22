"""`hushflake codemod --only hardcoded_secrets`: secrets out of the source, into a store."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from .errors import FAILURE, FINDINGS, OK
from .output import asked, confirmed, is_terminal, print_json
from .targets import TARGETS

if TYPE_CHECKING:
    from hushflake.codemods.secrets.choosing import Group
    from hushflake.remediation.dotenv.backup import Backup
    from hushflake.remediation.repair.history import Held
    from hushflake.remediation.repair.planning import Repair, Request

TRANSFORM = "hardcoded_secrets"
_OPTIONS = {
    "--to": "target",
    "--key": "names",
    "--yes": "yes",
    "--create": "create",
    "--age-recipient": "recipients",
    "--backup-dir": "backup_dir",
}
_KEY = re.compile(r"(?P<name>[^\s=]+)=(?P<path>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?")
_SHOWN = 20


def is_wanted(options: dict[str, Any]) -> bool:
    """Say whether the command is a repair.

    Raises:
        UsageError: It is one beside other transforms, or options of one are given without it.
    """
    only, extra = set(options["only"]), set(options["extra"])
    if TRANSFORM in extra or (TRANSFORM in only and len(only) > 1):
        raise click.UsageError(f"{TRANSFORM} runs alone: --only {TRANSFORM}")
    if TRANSFORM in only and options["split"]:
        raise click.UsageError(f"--split is not for {TRANSFORM}: a secret is moved once")
    if TRANSFORM in only:
        return True
    given = [flag for flag, field in _OPTIONS.items() if options[field]]
    if given:
        raise click.UsageError(f"{given[0]} is for --only {TRANSFORM}")
    return False


def run(paths: tuple[str, ...], mode: str | None, form: str, options: dict[str, Any]) -> int:
    """Plan a repair, show it, and carry it out with `--write` after one question."""
    from hushflake.codemods.report import summary
    from hushflake.remediation.repair import carrying_out, planning

    if mode == "write" and not options["target"]:
        raise click.UsageError(
            f"--write needs --to: {TARGETS}; env-file, or none to write the code alone"
        )
    request = _request(paths, options)
    with progress("looking for secrets", quiet=form == "json") as shown:
        repair = planning.plan(request, shown.update)
    if mode == "write" and repair.undecided:
        repair = _named(repair, form)
    figures = summary(repair.result)
    if form != "json":
        _print_plan(repair, mode, options)
    backup = None
    will_write = mode == "write" and (figures["changed"] > 0 or repair.unfinished is not None)
    if will_write:
        if not _agreed(repair, yes=options["yes"]):
            say("Nothing was changed.")
            return OK
        with progress("Repairing", quiet=form == "json") as shown:
            backup = carrying_out.carry_out(
                repair, lambda step: shown.step(carrying_out.STEPS[step])
            )
    held = _held(repair)
    if form == "json":
        _print_document(repair, backup, held)
    else:
        _print_after(repair, backup, held, mode)
    if figures["problems"] or (options["strict"] and figures["unparsed"]):
        return FAILURE
    return FINDINGS if mode == "check" and figures["changed"] else OK


def _request(paths: tuple[str, ...], options: dict[str, Any]) -> "Request":
    import os

    from hushflake.remediation.repair.planning import Request

    return Request(
        paths,
        options["target"],
        dict(map(_name_and_place, options["names"])),
        create=options["create"],
        recipients=tuple(options["recipients"]),
        backup_folder=Path(options["backup_dir"]) if options["backup_dir"] else None,
        ignore=not options["no_ignore"],
        jobs=options["jobs"] or len(os.sched_getaffinity(0)),
        key_style=options["key_style"] or "",
        key_mapping=options["key_mapping"] or "",
    )


def _name_and_place(text: str) -> tuple[tuple[str, int, int], str]:
    """Read `NAME=path:line` or `NAME=path:line:column`; the column is 0 where it is left out.

    Raises:
        UsageError: It is written otherwise.
    """
    found = _KEY.fullmatch(text)
    if found is None:
        raise click.UsageError(
            "--key is written NAME=path:line, as in DB_PASSWORD=app/db.py:12, or with the column"
        )
    return (found["path"], int(found["line"]), int(found["column"] or 0)), found["name"]


def _named(repair: "Repair", form: str) -> "Repair":
    """Ask for the names that are taken; without a terminal say how to give them.

    Raises:
        RemediationError: There is nobody to ask.
    """
    from hushflake.remediation.errors import ConflictError
    from hushflake.remediation.repair.planning import again

    suggestions = repair.suggestions()
    if form == "json" or not is_terminal():
        raise ConflictError(
            "these names are taken; nothing was changed. Choose others, for example:",
            [
                f"{_first(group)}: {group.names[0]} {group.taken}: --key {name}={_first(group)}"
                for group, name in suggestions
            ],
        )
    names = {}
    for group, name in suggestions:
        say(f"{_first(group)}: the key {group.names[0]} {group.taken}")
        names[name] = asked("key for this secret", default=name)
    return again(repair, names)


def _first(group: "Group") -> str:
    place = group.places[0]
    return f"{place.path}:{place.line}:{place.column}"


def _agreed(repair: "Repair", *, yes: bool) -> bool:
    if yes:
        return True
    if not is_terminal():
        raise click.UsageError("there is no terminal for the question: read the plan, add --yes")
    target = repair.request.target
    if target == "none":
        return confirmed(
            "No store gets the values (--to none), so keep them yourself. Write the files?"
        )
    return confirmed(f"Move these secrets to {target} and write the files?")


def _held(repair: "Repair") -> "list[Held]":
    """Return which of the secrets git history holds."""
    if repair.repository is None:
        return []
    from hushflake.remediation.repair.history import held_in_history, texts_of

    return held_in_history(repair.repository, texts_of(repair, repair.repository))


# -- printing -------------------------------------------------------------------------------


def _print_plan(repair: "Repair", mode: str | None, options: dict[str, Any]) -> None:
    from .codemod_report import print_diff, print_problems

    is_diff = mode == "diff"
    if is_diff:
        hidden = [each.value for each in repair.survey.found if each.value]
        print_diff(
            repair.result,
            show_secrets=options["show_secrets"],
            hidden=hidden,
            command=f"hushflake codemod --only {TRANSFORM} --to TARGET --write",
        )
    print_problems(repair.result, err=is_diff)
    if is_diff:
        return
    rows = [
        (group.key or "?", _state(repair, group), ", ".join(_places(group)))
        for group in repair.plan.groups
        if group.places
    ]
    if repair.unfinished is not None:
        say("Resuming an interrupted repair.")
    if rows:
        say_table(("key", "value", "places"), rows)
        say()
    for group, name in repair.suggestions():
        say(
            f"{_first(group)}: {group.names[0]} {group.taken}; name the key, for example: "
            f"--key {name}={_first(group)}"
        )
    tests = _edits(repair, "rewritten", "secret-in-test")
    if tests:
        say("In tests, these literals become fake values, which are not stored:")
        _print_some(tests)
    shared = list(_shared_with_tests(repair))
    if shared:
        say("These tests name a secret that the code reads now; give it with config_overrides:")
        _print_some(shared)
    left = list(_left(repair))
    if left:
        say(styled("left", bold=True))
        _print_some(left)


def _shared_with_tests(repair: "Repair") -> Iterator[str]:
    """Yield the places in tests whose secret is one of the code, with its key."""
    keys = {group.value: group.key for group in repair.plan.groups if group.key and group.places}
    for each in repair.survey.found:
        if each.in_test and each.value in keys:
            yield f"{each.path}:{each.line}:{each.column} {keys[each.value]}"


def _print_some(lines: Iterable[str]) -> None:
    lines = list(lines)
    for line in lines[:_SHOWN]:
        say(f"  {line}")
    if len(lines) > _SHOWN:
        say(f"  and {len(lines) - _SHOWN:,} more; --format json lists every place")


def _state(repair: "Repair", group: "Group") -> str:
    target = repair.request.target
    if group.taken and not group.key:
        return "needs a name"
    if group.key in repair.other:
        return f"another in {target}: it stays"
    if group.key in repair.present:
        return f"in {target} already"
    return "new" if target not in ("", "none") else ""


def _places(group: "Group") -> Iterator[str]:
    for each in group.places[:3]:
        line, _column, cell = each.told
        yield f"{each.path}:cell {cell}:{line}" if cell else f"{each.path}:{line}"
    if len(group.places) > 3:
        yield f"and {len(group.places) - 3} more"


def _edits(repair: "Repair", action: str, form: str) -> list[str]:
    relative = repair.result.settings.relative
    return [
        f"{relative(edit.path)}:{edit.line}:{edit.column}"
        for outcome in repair.result.outcomes
        for edit in outcome.edits
        if edit.action == action and edit.form == form
    ]


def _left(repair: "Repair") -> Iterator[str]:
    from hushflake.codemods.report import describe

    for outcome in repair.result.outcomes:
        for edit in outcome.edits:
            if edit.action == "left" and edit.reason != "name-taken":
                yield f"{edit.path}:{edit.line}:{edit.column} {describe(edit.reason)}"


def restore_command(backup: "Backup") -> str:
    """Return the command that undoes a repair."""
    encrypted = " --identity FILE" if backup.manifest.recipients else ""
    return f"hushflake dotenv restore --backup {shlex.quote(str(backup.folder))}{encrypted} --write"


def _print_after(
    repair: "Repair", backup: "Backup | None", held: "list[Held]", mode: str | None
) -> None:
    from hushflake.remediation.wording import counted

    changed = [o.path for o in repair.result.outcomes if o.status == "changed"]
    if backup is not None:
        done = f"{counted(len(changed), 'file')}, {counted(len(repair.values()), 'key')}"
        say(styled(f"Repaired {done}.", bold=True))
        say(f"Backup: {backup.folder}. To undo it:")
        say(f"  {restore_command(backup)}", fit=False)
        _print_advice(repair)
        if changed:
            say("Next: run the tests, then stage the files again:")
            say(f"  git add {shlex.join(changed)}", fit=False)
    elif not changed and repair.unfinished is None and mode != "diff":
        say("No hard-coded secret that can be moved.")
    elif mode is None:
        how = "--write" if repair.request.target else "--to TARGET --write"
        say(f"Nothing was written: add {how} to do it, --diff to see it.")
    if mode != "diff":
        _print_history(held)


def _print_advice(repair: "Repair") -> None:
    from hushflake.remediation.repair.planning import open_repair_target

    target = open_repair_target(repair.request, repair.repository)
    keys = sorted(repair.values())
    if target is None:
        if keys:
            say(f"Keep the values yourself, under: {', '.join(keys)}")
    elif keys:
        say(target.advice(keys))


def _print_history(held: "list[Held]") -> None:
    if not held:
        return
    say()
    say("Git history holds these secrets:")
    _print_some(f"{one.key}: {one.path}, first in commit {one.commit[:12]}" for one in held)
    say("Change them where they are issued: anyone with a clone has them.")


def _print_document(repair: "Repair", backup: "Backup | None", held: "list[Held]") -> None:
    from hushflake.codemods.report import document

    fields = document(repair.result)
    fields["summary"]["written"] = backup is not None
    names = {id(group): name for group, name in repair.suggestions()}
    told = {
        "target": repair.request.target or None,
        "keys": [
            {
                "key": group.key or None,
                "suggested": names.get(id(group)),
                "taken": group.taken or None,
                "held": group.key in repair.present,
                "differs": group.key in repair.other,
                "places": [
                    {
                        "path": each.path,
                        **dict(zip(("line", "column", "cell"), each.told, strict=True)),
                    }
                    for each in group.places
                ],
            }
            for group in repair.plan.groups
            if group.places
        ],
        "history": [{"key": one.key, "path": one.path, "commit": one.commit} for one in held],
        "backup": str(backup.folder) if backup else None,
        "restore": restore_command(backup) if backup else None,
    }
    print_json("codemod", **fields, notes=[], repair=told)
