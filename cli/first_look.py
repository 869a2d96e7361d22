"""A first look at a repository for `hushflake init secrets`: what is there, and what to write."""

from pathlib import Path
from typing import Final, NamedTuple

from hushflake.lint_plugin.toml import parsed
from hushflake.terminal.write import say, say_block

from .first_steps import print_next
from .output import confirmed, is_terminal

_SETTINGS: Final = """\
[tool.hushflake]
# The module through which the code reads configuration.
accessor = "hushflake.config"
# To accept the findings of today: hushflake check --update-baseline
# baseline = ".hushflake-baseline.json"
"""
_HOOKS: Final = """\
repos:
  - repo: local
    hooks:
      - id: hushflake-check
        name: hushflake check
        entry: hushflake check
        language: system
        types: [python]
        require_serial: true
"""


class Proposal(NamedTuple):
    """A file to write: its path, its whole new text, and the part of it that is new."""

    path: Path
    text: str
    added: str


def look_at(directory: Path, *, yes: bool) -> None:
    """Summarise a repository, and write its configuration after confirmation.

    Raises:
        click.UsageError: `directory` is no folder.
        LintError: The settings of the repository are wrong.
    """
    import click

    if not directory.is_dir():
        raise click.UsageError(f"{directory} is not a folder")
    _summarise(directory)
    for proposal in _proposals(directory):
        say()
        say(f"{proposal.path}:")
        say_block(proposal.added.rstrip("\n"), indent="    ")
        if yes or (is_terminal() and confirmed(f"Write {proposal.path}?")):
            _write(proposal)
            say(f"Wrote {proposal.path}")
        elif not is_terminal():
            say(f"{proposal.path} is left as it is; --yes writes it.")
    say()
    print_next("hushflake check", "hushflake codemod --diff", "hushflake migrate")


def _summarise(directory: Path) -> None:
    from collections import Counter

    from hushflake.lint_plugin.session import Request, check

    outcome = check(Request(paths=(str(directory),)))
    counts = Counter(finding.code[:4] for finding in outcome.findings)
    say(f"{directory}: {_plural(outcome.files, 'Python file')}")
    for prefix, words in _FAMILIES.items():
        say(f"    {counts[prefix]:5}  {words}")
    if outcome.skipped:
        say(f"    {len(outcome.skipped):5}  files that could not be checked")
    _summarise_keys(directory)


_FAMILIES: Final = {
    "HSF1": "direct reads of the environment",
    "HSF2": "loads of .env files",
    "HSF3": "hard-coded credentials",
    "HSF4": "secrets on their way to logs or output",
}


def _summarise_keys(directory: Path) -> None:
    """The keys that code reads; they need an extra that `check` does without."""
    try:
        from hushflake.remediation.inventory.collect import Options, collect
    except ModuleNotFoundError:
        say("    Keys are listed by `hushflake inventory`: pip install 'hushflake[remediation]'")
        return
    found = collect((directory,), Options(), lambda _total: None)
    secret = sum(key.secret for key in found.read_keys)
    say(f"    {len(found.read_keys):5}  keys of configuration, {secret} of them secrets")


def _proposals(directory: Path) -> list[Proposal]:
    """What is missing, each inside the repository and as a file that stays readable."""
    found: list[Proposal] = []
    settings = directory / "pyproject.toml"
    text = _read(settings, directory)
    if text is not None and not _has_settings(text):
        whole = f"{text.rstrip()}\n\n{_SETTINGS}" if text.strip() else _SETTINGS
        if _is_toml(whole):
            found.append(Proposal(settings, whole, _SETTINGS))
    hooks = directory / ".pre-commit-config.yaml"
    text = _read(hooks, directory)
    if text is not None and not text.strip():
        found.append(Proposal(hooks, _HOOKS, _HOOKS))
    elif text is not None and "hushflake" not in text:
        say(f"Add to {hooks} below repos:")
        say_block(_HOOKS.partition("\n")[2].rstrip("\n"), indent="    ")
    return found


def _read(path: Path, root: Path) -> str | None:
    """The text of a file, "" when there is none; None when it is not the repository's to change."""
    from hushflake.lint_plugin.reading import LARGEST_TEXT, is_inside, read

    if not is_inside(str(path), str(root)):
        say(f"{path} leads out of the repository and is left as it is.")
        return None
    try:
        return read(str(path), LARGEST_TEXT).decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        say(f"{path} is left as it is: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        return None


def _has_settings(text: str) -> bool:
    try:
        return "hushflake" in parsed(text).get("tool", {})
    except (ValueError, RecursionError, AttributeError, TypeError):
        return True  # not to be added to


def _is_toml(text: str) -> bool:
    try:
        parsed(text)
    except (ValueError, RecursionError):
        return False
    return True


def _write(proposal: Proposal) -> None:
    from hushflake.remediation.files import write_atomically

    write_atomically(proposal.path.resolve(), proposal.text.encode("utf-8"))


def _plural(count: int, one: str) -> str:
    return f"{count:,} {one}{'s' * (count != 1)}"
