"""Git, which the static tools call here and nowhere else: it runs nothing that a repository names.

The configuration of a repository can name programs for nearly everything that git does
(git-config(1), githooks(5), gitattributes(5)), and whoever made the repository wrote it. Settings
on the command line win over those of every file, so each call sets what it must not leave to the
repository. What has no fixed name, such as `filter.<driver>.clean`, is found by `git_programs`.

A call that stands still, at a pipe in the place of a `.gitignore` for example, is ended.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .process import PATIENCE, Call, Done, Piped, spawned

if TYPE_CHECKING:
    from .talk import Conversation

# Setting -> what it is for every call.
SETTINGS: Mapping[str, str] = {
    # Programs that reading commands run: `true` starts a daemon, a path runs a hook.
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.hooksPath": os.devnull,
    "core.alternateRefsCommand": "",
    "log.showSignature": "false",
    # Programs that ask, edit, or show.
    "core.askPass": "",
    "core.editor": "false",
    "core.pager": "cat",
    "sequence.editor": "false",
    # Programs that reach a network, and the network itself: a missing object is not fetched.
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "credential.helper": "",
    "protocol.allow": "never",
    # Repositories inside: a folder that looks like a bare one, and submodules.
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    # Housekeeping after a commit.
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.quotePath": "false",
}
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
# What the user may set for git. Every other GIT_ variable goes: hooks and `git rebase --exec`
# export some that lead to another repository, others name programs.
_KEPT = frozenset(
    {
        *("GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS"),
        *("GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES"),
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    }
)
_KEPT_BEGINNINGS = (
    *("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_TRACE"),
)


def command(arguments: Iterable[str], settings: Mapping[str, str] | None = None) -> list[str]:
    """Return the command line of a call. `settings`: more of them, which win over `SETTINGS`."""
    line = ["git", "--no-pager"]
    for name, value in {**SETTINGS, **(settings or {})}.items():
        line += ("-c", f"{name}={value}")
    return [*line, *arguments]


def environment() -> dict[str, str]:
    """Return the environment of a call."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_BEGINNINGS)
    }
    return {**kept, **_ENVIRONMENT}


def start(folder: str, *arguments: str) -> Call:
    """Start a call whose output is asked for later; what git says of errors is not kept.

    Raises:
        OSError: There is no git.
    """
    return spawned(command(["-C", folder, *arguments]), environment(), _name(folder, arguments))


def talk(
    folder: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> "Conversation":
    """Start a call that is asked again and again, or read while it goes on.

    Args:
        folder: Where.
        arguments: The command and what follows it.
        variables: More variables of its environment.

    Raises:
        OSError: There is no git.
    """
    from .talk import Conversation

    line = command(["-C", folder, *arguments])
    return Conversation(line, {**environment(), **(variables or {})}, _name(folder, arguments))


def run(
    folder: str,
    *arguments: str,
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
    variables: Mapping[str, str] | None = None,
) -> Done:
    """Run git in a folder, to its end.

    Args:
        folder: Where.
        arguments: The command and what follows it.
        given: Standard input.
        settings: More settings; they win over `SETTINGS`.
        patience: After how many seconds without any work the call is ended.
        variables: More variables of its environment.

    Raises:
        OSError: There is no git.
        GitStalledError: It did not end.
    """
    line = command(["-C", folder, *arguments], settings)
    call = Piped(line, {**environment(), **(variables or {})}, _name(folder, arguments), given)
    return call.finish(patience)


def _name(folder: str, arguments: tuple[str, ...]) -> str:
    return f"{folder}: git {arguments[0]}"
