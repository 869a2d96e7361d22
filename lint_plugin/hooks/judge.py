"""The judgement: a call is refused, with the reason and a better way, or it passes."""

import re
from collections.abc import Iterable, Iterator

from hushflake.terminal.escape import visible

from ..credentials.display import shown
from .call import Argument, Call, Refusal, TooDeepError
from .carried import Carried, Known, carried
from .secret_files import holds_secrets
from .shell import TooLongError, secret_files

# Tools that write what they are given, and tools that look at names or at the web: they read no
# file that an argument names. Of all tools the texts are searched for secrets.
_READ_NOTHING = frozenset(
    {
        *("Write", "Edit", "MultiEdit", "NotebookEdit", "Glob", "LS", "TodoWrite", "Task"),
        *("Agent", "WebFetch", "WebSearch", "AskUserQuestion", "ExitPlanMode"),  # Claude Code
        *("apply_patch", "update_plan"),  # Codex
        *("create", "edit", "glob", "web_fetch", "task", "ask_user"),  # Copilot CLI
        *("create_file", "editFiles", "replace_string_in_file", "insert_edit_into_file"),  # VS Code
    }
)
# How tools name the arguments that hold a path, and a command.
_PATHS = re.compile(
    r"(?:\w*(?:file|path|notebook|uri|filename|filepath)s?|glob|include)", re.IGNORECASE
)
_COMMANDS = frozenset({"command", "cmd", "commands", "script", "bash_command"})
# What an edit takes away: an assistant may remove a secret.
_TAKEN_AWAY = frozenset({"old_string", "old_str", "oldString", "oldText"})
_REMOVED_LINE = re.compile(r"^-(?!--).*$", re.MULTILINE)
# `@path` in a prompt puts the file into it.
_MENTION = re.compile(r"(?<![\w@])@([\w./~\\-]{2,300})")
_LONGEST_SHOWN = 80

_INSTEAD_OF_VALUE = (
    'Keep the value in the configuration store, and name its key: get_config_value("KEY") in '
    "code, `hushflake config run -- COMMAND` for a program. Revoke what was already sent"
)
_INSTEAD_OF_FILE = (
    'Use get_config_value("KEY") in code, `hushflake config run -- COMMAND` for a program, and '
    "`hushflake config get KEY` to see where a key comes from; templates such as .env.example may "
    "be read"
)
TOO_LARGE = Refusal(
    "it is too large or too deeply nested to be searched for secrets",
    "Split it, or let a person do it",
)


def judge(call: Call, known: Iterable[Known] = ()) -> Refusal | None:
    """Return why a call is refused, or None.

    Args:
        call: What an assistant is about to do.
        known: What finds values that are known.
    """
    try:
        return next(_refusals(call, tuple(known)), None)
    except (TooDeepError, TooLongError, RecursionError, MemoryError):
        return TOO_LARGE


def _refusals(call: Call, known: tuple[Known, ...]) -> Iterator[Refusal]:
    subject = "the prompt" if call.is_prompt else f"the call of {_named(call.tool)}"
    arguments = list(call.texts())
    for path in _files(call, arguments):
        does = "takes in" if call.is_prompt else "reads"
        yield Refusal(f"{subject} {does} {_named(path)}, which holds secrets", _INSTEAD_OF_FILE)
    for argument in arguments:
        text = argument.text
        if argument.name in _TAKEN_AWAY:
            continue
        if call.tool == "apply_patch":
            text = _REMOVED_LINE.sub("", text)
        for secret in carried(text, known):
            yield _carries(subject, secret)


def _carries(subject: str, secret: Carried) -> Refusal:
    return Refusal(f"{subject} carries {secret.what} ({secret.code})", _INSTEAD_OF_VALUE)


def _files(call: Call, arguments: Iterable[Argument]) -> Iterator[str]:
    if call.is_prompt:
        for argument in arguments:
            yield from filter(holds_secrets, _MENTION.findall(argument.text))
    elif call.tool not in _READ_NOTHING:
        for name, text in _joined(arguments):
            if name in _COMMANDS:
                yield from secret_files(text)
            elif _PATHS.fullmatch(name) and holds_secrets(text):
                yield text


def _joined(arguments: Iterable[Argument]) -> Iterator[Argument]:
    """Yield the arguments; a command that is given as a list of words as one text."""
    import shlex

    words: list[str] = []
    for argument in arguments:
        if argument.name in _COMMANDS:
            words.append(argument.text)
        else:
            yield argument
    if len(words) == 1:
        yield Argument("command", words[0])
    elif words:
        yield Argument("command", shlex.join(words))


def _named(text: str) -> str:
    """Return a name of an assistant's for a message: bounded, visible, no credential."""
    name = visible(shown(text))
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
