"""Programs that a repository's own configuration names for git, and settings that take them away.

Filters, merge drivers, text converters and signing programs have names that a repository chooses
(gitattributes(5)), so they are asked for: listing the configuration runs none of them. What the
user has in a home or system configuration stays, such as the filter of Git LFS.
"""

import os
import re
from collections.abc import Iterator

from ..errors import LintFailureError
from .calls import run

# The settings, in lower case but for the name in the middle; git-config(1).
_PROGRAM = re.compile(
    r"""filter\..*\.(?:clean|smudge|process|required)
      | diff\.external | diff\..*\.(?:command|textconv)
      | merge\..*\.driver | mergetool\..*\.cmd | difftool\..*\.cmd
      | gpg\.program | gpg\..*\.(?:program|defaultkeycommand)
      | credential\..*\.?helper | interactive\.difffilter
      | remote\..*\.(?:uploadpack|receivepack|vcs|proxy) | submodule\..*\.update
      | trailer\..*\.(?:command|cmd) | init\.templatedir | commit\.template
      | hook\..*
      | core\.attributesfile""",
    re.VERBOSE | re.DOTALL,
)
# Of what is not simply absent when empty: git's own default.
_DEFAULTS = {
    "gpg.program": "gpg",
    "gpg.openpgp.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
    "core.attributesfile": "~/.config/git/attributes",
}
_REPOSITORY = ("local", "worktree")
_MOST = 500
# Hooks named by settings (Git 2.54) run beside those of `core.hooksPath`.
_HOOK = re.compile(r"(hook\..*)\.[a-z-]+", re.DOTALL)


def overrides(folder: str) -> dict[str, str]:
    """Return the settings that take away the programs which a repository names.

    Args:
        folder: Inside the repository.

    Returns:
        Name -> the user's own value, else one that runs nothing; the user's own hooks among them.

    Raises:
        OSError: There is no git.
        LintFailureError: The configuration cannot be read, or names what cannot be taken away.
    """
    users: dict[str, str] = {}
    repositorys: dict[str, None] = {}
    for scope, name, value in _settings(folder):
        if scope not in _REPOSITORY:
            users[name] = value
        elif _PROGRAM.fullmatch(name):
            repositorys[name] = None
    wrong = next((name for name in repositorys if "=" in name), "")
    if wrong or len(repositorys) > _MOST:
        raise LintFailureError(
            f"{folder}: the repository's own git configuration names programs that cannot be "
            f"switched off ({wrong or f'more than {_MOST}'}); remove them from .git/config"
        )
    settings: dict[str, str] = {}
    for name in repositorys:
        hook = _HOOK.fullmatch(name)
        if hook:
            settings[f"{hook[1]}.enabled"] = "false"
        elif not name.startswith("hook."):
            settings[name] = users.get(name, _neutral(name))
    # Relative, it is a folder of the repository (githooks(5)), with programs of whoever made that.
    if users.get("core.hookspath", "").startswith(("/", "~", "%(prefix)")):
        settings["core.hooksPath"] = users["core.hookspath"]
    return settings


def _neutral(name: str) -> str:
    return "false" if name.endswith(".required") else _DEFAULTS.get(name, "")


def _settings(folder: str) -> Iterator[tuple[str, str, str]]:
    """Yield scope, name and value of each setting but ours, in git's order."""
    done = run(folder, "config", "--list", "--show-scope", "--null")
    if done.code:
        first = os.fsdecode(done.errors).strip().partition("\n")[0]
        raise LintFailureError(
            f"{folder}: git config failed: {first} (git 2.26 or newer is needed)"
        )
    fields = iter(os.fsdecode(done.output).split("\0"))
    for scope in fields:
        name, _, value = next(fields, "").partition("\n")
        if name and scope != "command":
            yield scope, name, value
