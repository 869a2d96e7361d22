"""What `hushflake config doctor` finds wrong with sources, settings and the accessor module."""

from pathlib import Path
from typing import Any

from ..project.section import Project, configured_in

# Arguments of `configure` that a pyproject.toml may not, or cannot, hold.
_OF_THE_ACCESSOR_ALONE = {"esc_url"}


def of_sources(described: dict[str, Any]) -> list[str]:
    """What is wrong with the sources, and with what they hold; `described` is `describe()`."""
    problems = [
        f"source {source['name']}: {source.get('error', 'serving values from before')}"
        for source in described["sources"]
        if source["state"] in {"failed", "stale", "last known"}
    ]
    kept = described.get("last_known")
    if kept and kept["problem"]:
        problems.append(f"last known values cannot be kept: {kept['problem']}")
    problems += [
        f"{name}: ambiguous, {' and '.join(paths)} derive it"
        for name, paths in sorted(described["ambiguous"].items())
    ]
    problems += [
        f"{shadow['key']}: {shadow['used']} hides another value in {shadow['hidden']}"
        for shadow in described["shadowed"]
        if not shadow["same"]
    ]
    return problems


def unasked(project: Project) -> list[str]:
    """What is configured, and never asked."""
    given = project.arguments
    if given.get("keyring") and not given.get("keyring_keys") and not given.get("esc"):
        name = given["keyring"]
        return [f"keyring {name}: is never asked, as it cannot be listed; name its keyring-keys"]
    return []


def of_accessor(project: Project, found: Path | None) -> list[str]:
    """How the accessor module of a project differs from its settings.

    Args:
        project: The repository.
        found: The accessor's file, where its code was looked at.
    """
    if not project.accessor:
        return []
    path = found or project.accessor_file
    if path is None:
        return [f"accessor {project.accessor}: no such module; hushflake config init writes it"]
    called = configured_in(path)
    name = path.relative_to(project.root)
    if called is None:
        return [f"{name}: it never calls configure(...)"]
    problems = []
    for key in sorted({*called, *project.arguments} - _OF_THE_ACCESSOR_ALONE):
        ours, theirs = project.arguments.get(key), called.get(key)
        if key in ("audit_dir", "dotenv") and theirs is not None:
            theirs = str(project.root / Path(theirs))
        if ours != theirs:
            option = key.replace("_", "-")
            problems.append(f"{name}: {key} differs from {option} in [tool.hushflake.config]")
    return problems
