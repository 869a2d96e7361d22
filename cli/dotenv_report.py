"""What `hushflake dotenv retire` and `restore` print: what goes, what stays and why."""

from typing import TYPE_CHECKING, Any

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hushflake.remediation.dotenv.backup import Backup
    from hushflake.remediation.dotenv.history import Held
    from hushflake.remediation.dotenv.needed import Decision
    from hushflake.remediation.dotenv.planning import Plan
    from hushflake.remediation.dotenv.restore import Restoration

_SHOWN = 10


def print_retire(
    planned: "Plan", backup: "Backup | None", held: list["Held"], *, write: bool
) -> None:
    """Print a retirement that is planned, or done."""
    _print_files(planned)
    for path, decision in planned.decisions.items():
        print_staying(path, decision)
    for path, decision in planned.overruled.items():
        print_staying(path, decision, overruled=True)
    if planned.files and not write:
        _print_intention(planned)
    elif write and backup is None and planned.decisions:
        say("Nothing was changed: no key of these files can go.")
    if backup is not None:
        _print_done(planned, backup)
    if held:
        _print_history(held)


def _print_files(planned: "Plan") -> None:
    if planned.unfinished is not None:
        say("Resuming an interrupted retirement.")
    rows = [
        (
            file.path,
            "tracked" if file.path in planned.tracked else "untracked",
            len(planned.decisions[file.path].goes),
            len(planned.decisions[file.path].stays),
        )
        for file in planned.reading.files
    ]
    if rows:
        say_table(["file", "in git", "keys that go", "that stay"], rows, right=[2, 3])
        say(f"Read as {' and '.join(planned.loaders)} reads them.")
        say()
    else:
        say("No .env file found.")
    for path, reason in planned.reading.left:
        say(f"left: {path}: {reason}")
    for path in planned.submodules:
        say(f"left: {path}: is a submodule; retire its files by themselves")
    tracked = any(file.path in planned.tracked for file in planned.reading.files)
    weak = ("never",) if tracked else ("never", "tracked")
    goes_on = [use for use in planned.uses if use.holds in weak]
    for use in dict.fromkeys((one.place, one.kind, one.file, one.does) for one in goes_on):
        place, kind, name, does = use
        say(f"{place}: {kind} names {name} ({does}), and goes on without it")
    for file in planned.files:
        for key in file.bare:
            say(f"{file.path}: {key}: has no value: it is not imported")


def print_staying(path: str, decision: "Decision", *, overruled: bool = False) -> None:
    """Print which keys of a file stay, who reads them, and what would let them go.

    Args:
        path: The file.
        decision: What becomes of it, or would have.
        overruled: Everything goes all the same.
    """
    from hushflake.remediation.dotenv.telling import told

    reasons = list(told(decision))
    if not reasons:
        return
    what = "goes although it is read, or may be" if overruled else "what stays"
    say(styled(f"{path}: {what}", bold=True))
    for one in reasons:
        keys = f"{one.named}: " if one.keys else ""
        say(f"  {keys}{one}")
        if not overruled:
            say(f"    to change that: {one.remedy}")


def _print_intention(planned: "Plan") -> None:
    from hushflake.remediation.dotenv.retire import ignored_from_now_on

    keys = planned.values()
    target = planned.request.target
    if not target:
        say(f"Keys: {', '.join(sorted(keys))}")
        say("Name a target with --to to see what would be imported.")
        return
    new = sorted(set(keys) - planned.present)
    say(f"{target} holds {len(planned.present)} of these keys with the same values.")
    if new:
        say(f"Would import {len(new)}: {', '.join(new)}")
    for entry in ignored_from_now_on(planned):
        say(f".gitignore: would add {entry}")
    say(f"Would back up, verify, and {_what(planned)}. --write does it.")


def _what(planned: "Plan") -> str:
    removed = len(planned.removed)
    parts = ["untrack and remove the files"] if removed else []
    if removed < len(planned.files):
        parts.append("take the other keys out of the files that stay")
    return ", ".join(parts)


def _print_done(planned: "Plan", backup: "Backup") -> None:
    from hushflake.remediation.dotenv.targets import TargetOptions, open_target
    from hushflake.remediation.wording import counted

    keys = planned.values()
    stays = len(planned.files) - len(planned.removed)
    what = f"{counted(len(planned.removed), 'file')}, {counted(len(keys), 'key')}"
    say(styled(f"Retired {what}.", bold=True), f" {_stayed(stays)}" if stays else "")
    say(f"Backup: {backup.folder} (hushflake dotenv restore --write restores it)")
    changed = [file.path for file in backup.manifest.changed]
    changed += [file.path for file in planned.files if file.path in planned.tracked]
    changed = [path for path in changed if (planned.repository.top / path).exists()]
    add = f"git add {' '.join(changed)}, " if changed else ""
    say(f"Next: {add}look at git status, and commit.")
    if any(file.path in planned.tracked for file in planned.removed):
        say(
            "When teammates pull that commit, git deletes their .env: ask them to run "
            "`hushflake dotenv retire` or to copy the file away first."
        )
    say(open_target(planned.request.target, TargetOptions()).advice(keys))


def _stayed(files: int) -> str:
    return f"{files} {'file stays' if files == 1 else 'files stay'} with the other keys."


def _print_history(held: list["Held"]) -> None:
    from hushflake.remediation.dotenv.telling import listed
    from hushflake.remediation.wording import counted

    say()
    say(f"Git history still holds {counted(len(held), 'version')} of .env files:")
    for one in held[:_SHOWN]:
        say(f"  {one.commit[:12]} {one.path}: {listed(one.keys) or 'no keys'}")
    if len(held) > _SHOWN:
        say(f"  and {len(held) - _SHOWN} more (--format json lists them)")
    say(
        "Change these secrets where they are issued: anyone with a clone has them. Rewriting "
        "history does not undo that, and is left to you."
    )


def retire_fields(
    planned: "Plan", backup: "Backup | None", held: "Iterable[Held]"
) -> dict[str, Any]:
    """Return the fields of `hushflake.dotenv-retire/1`."""
    from hushflake.remediation.dotenv.needed import Decision

    return {
        "target": planned.request.target or None,
        "written": backup is not None,
        "resumed": planned.unfinished is not None,
        "loaders": list(planned.loaders),
        "files": [
            {
                "path": file.path,
                "tracked": file.path in planned.tracked,
                "keys": list(file.values),
                "without_value": list(file.bare),
                "removed": planned.decisions[file.path].removes,
                "stays": _stays(planned.decisions[file.path]),
                "overruled": _stays(planned.overruled.get(file.path, Decision())),
            }
            for file in planned.reading.files
        ],
        "present": sorted(planned.present),
        "left": [{"path": path, "reason": reason} for path, reason in planned.reading.left],
        "submodules": planned.submodules,
        "uses": [
            {"path": one.path, "line": one.line, "kind": one.kind, "file": one.file}
            for one in planned.uses
        ],
        "backup": str(backup.folder) if backup else None,
        "history": [
            {"commit": one.commit, "path": one.path, "keys": list(one.keys)} for one in held
        ],
    }


def _stays(decision: "Decision") -> list[dict[str, Any]]:
    """Return what stays; with `key` null why the file does without any key."""
    found = [(key, one) for key, holders in decision.stays.items() for one in holders]
    last = [] if decision.file_stays is None else [(None, decision.file_stays)]
    return [
        {
            "key": key,
            "path": one.path or None,
            "line": one.line or None,
            "kind": one.kind,
            "does": one.does,
            "remedy": one.remedy,
        }
        for key, one in [*found, *last]
    ]


def restored(planned: "Restoration") -> dict[str, Any]:
    """Return the fields of `hushflake.dotenv-restore/1` beside `written`."""
    return {
        "backup": str(planned.backup.folder),
        "files": [file.path for file in planned.write],
        "completed": [file.path for file in planned.complete],
        "there_already": [file.path for file in planned.there],
        "tracked_again": [file.path for file in planned.track],
        "reverted": [file.path for file in planned.revert],
        "left": [{"path": path, "reason": reason} for path, reason in planned.left],
    }


def print_restoration(planned: "Restoration", write: bool) -> None:
    """Print a restoration that is planned, or done."""
    would = "" if write else "would be "
    for text, files in (
        ("put back", planned.write),
        ("completed with the keys that went", planned.complete),
        ("tracked by git again", planned.track),
        ("as it was before", planned.revert),
    ):
        for file in files:
            say(f"{file.path}: {would}{text}")
    for file in planned.there:
        say(f"{file.path}: exists already, with the same content")
    for path, reason in planned.left:
        say(f"left: {path}: {reason}")
    manifest = planned.backup.manifest
    done = "moved" if manifest.keys else "retired"
    say(f"From {planned.backup.folder}, {done} to {manifest.target}.")
    say("Restored." if write else "--write does it. Values stay in the target.")
