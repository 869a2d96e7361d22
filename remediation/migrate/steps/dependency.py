"""Declare hushflake where the application declares what it needs."""

from hushflake.codemods.prepare import LOADERS
from hushflake.lint_plugin.settings import Policy, load

from ...dependency.find import Declaration, declarations
from ...dependency.installed import of_images
from ...dependency.need import needs_hushflake
from ...dependency.requirement import Requirement, default
from ...dotenv.targets import reading_extra_of
from ...wording import counted
from ..retiring import uses_store
from ..step import Context, Done, Look, Part
from .codemod import rewritten

ORDER = 25
NAME = "dependency"
TITLE = "Declare hushflake as a dependency"


def look(context: Context) -> Look:
    if not _is_needed(context):
        return Look(["the rewritten code does not import hushflake"], idle=True)
    requirement = requirement_of(context)
    open_ones = [one for one in found(context) if not one.declares]
    by_hand = by_hand_lines(context)
    parts = tuple(
        Part(one.path, one.diff(requirement)) for one in open_ones if not one.by_hand(requirement)
    )
    if not parts:
        done = [f"{one.path}: declared already" for one in found(context) if one.declares]
        return Look([*done, *by_hand], idle=True)
    lines = [f"adds {requirement} to {counted(len(parts), 'file')}", *by_hand]
    if not requirement.url:
        lines.append(
            "the range needs a package index that has hushflake; else say --requirement "
            "'hushflake @ git+https://HOST/PATH@COMMIT'"
        )
    return Look(lines, parts=parts)


def act(context: Context) -> Done:
    requirement = requirement_of(context)
    known = found(context) if _is_needed(context) else []
    lines = []
    for one in known:
        if not one.declares and one.path not in context.declined and not one.by_hand(requirement):
            one.add(requirement)
            lines.append(f"{one.path}: {requirement}")
    # Those of a run that was stopped before its commit are among them.
    paths = tuple(one.path for one in known if one.path not in context.declined)
    return Done(lines, "Declare hushflake as a dependency", paths)


def requirement_of(context: Context) -> Requirement:
    """Return what is declared: as the user says, or what installs what is installed here.

    With the extra that reads the store to which the .env files go.
    """
    given = context.options.requirement or default()
    extra = reading_extra_of(context.options.target) if uses_store(context) else ""
    if not extra or given.extras:
        return given
    return given._replace(extras=f"[{extra}]")


def found(context: Context) -> list[Declaration]:
    """Return the declarations of the code that is, or would be, rewritten: those nearest to it,
    and what images with it install from.
    """
    files, roots = changed_files(context), context.roots
    known = {one.path: one for one in declarations(context.top, files)}
    for one in of_images(context.top, roots.tree, roots.images, files):
        known.setdefault(one.path, one)
    return [known[path] for path in sorted(known)]


def by_hand_lines(context: Context) -> list[str]:
    """Say what must be declared by hand."""
    requirement = requirement_of(context)
    known = found(context)
    if not known:
        return [f"no list of dependencies was found: install {requirement} with the application"]
    return [
        f"{one.path}: {why}"
        for one in known
        if not one.declares and (why := one.by_hand(requirement))
    ]


def changed_files(context: Context) -> list[str]:
    """Return the files that import the accessor from now on, relative to the top."""
    if context.changed:
        return context.changed
    settings = load([str(context.top)])
    policy = Policy(settings)
    files = [
        context.relative(outcome.path)
        for outcome in rewritten(context, write=False).outcomes
        if outcome.status == "changed"
        and any(e.action == "rewritten" and e.transform != LOADERS for e in outcome.edits)
    ]
    shipped = [file for file in files if not policy.is_test(file)] or files
    context.changed[:] = sorted({*shipped, *_accessor(context)})
    return context.changed


def _accessor(context: Context) -> list[str]:
    module = context.options.accessor
    # One outside of the repository is refused by the step that writes it.
    inside = module is not None and (context.top / module).is_relative_to(context.top)
    return [context.relative(str(context.top / module))] if module is not None and inside else []


def _is_needed(context: Context) -> bool:
    if not changed_files(context):
        return False
    return context.options.accessor is not None or needs_hushflake(load([str(context.top)]))
