"""What an assistant is to us: what it sends, what it wants as an answer, where it is told of us.

The base speaks the protocol that Claude Code began and others took over: JSON on standard input
with `hook_event_name`, `tool_name` and `tool_input`, or `prompt`; exit code 2 refuses, and standard
error says why.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from .call import Call, Refusal

# What a call may hold; assistants send the content of files too. Bytes.
LARGEST_INPUT = 16 << 20
REFUSED = 2


class UnreadableError(ValueError):
    """What came on standard input is no call in the documented form."""


class Answer(NamedTuple):
    """What a hook prints, and the code that it exits with."""

    output: str = ""
    errors: str = ""
    code: int = 0


class Host:
    """An assistant.

    Attributes:
        name: As on the command line.
        title: As its maker writes it.
        reference: The page that documents its hooks.
        user_file: Where a user's hooks are configured, below the home folder.
        project_file: Where those of a project are, below its root.
        own_file: Whether the file holds our hooks alone, so that it is written and removed whole.
        home_variable: The variable that moves the folder of `user_file`, if there is one.
        switches: Files of a project that turn all hooks off by `disableAllHooks`.
        after: What is left for the user to do after an installation.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    reference: ClassVar[str]
    user_file: ClassVar[str]
    project_file: ClassVar[str]
    own_file: ClassVar[bool] = False
    home_variable: ClassVar[str] = ""
    switches: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[str] = ""
    # Keys at the top that a new file of hooks must have.
    frame: ClassVar[Mapping[str, Any]] = {}

    def entries(self, command: str) -> dict[str, list[dict[str, Any]]]:
        """Return event -> the entries to have in the list of that event."""
        hook = {"type": "command", "command": command, "timeout": 20}
        return {"PreToolUse": [{"hooks": [hook]}], "UserPromptSubmit": [{"hooks": [hook]}]}

    def commands(self, entry: Any) -> list[str]:
        """Return the commands that an entry in the list of an event runs."""
        inner = entry.get("hooks") if isinstance(entry, dict) else None
        hooks = inner if isinstance(inner, list) else [entry]
        return [
            text
            for hook in hooks
            if isinstance(hook, dict)
            for key in ("command", "bash")
            if isinstance(text := hook.get(key), str)
        ]

    def read(self, data: bytes) -> Call | None:
        """Return the call that an event is about; None for an event that is about none.

        Raises:
            UnreadableError: The data is not in the documented form.
        """
        payload = parsed(data)
        event = payload.get("hook_event_name", payload.get("hookEventName"))
        if event == "UserPromptSubmit":
            return Call("", [text_of(payload, "prompt")])
        if event != "PreToolUse":
            return None
        return Call(text_of(payload, "tool_name") or "?", payload.get("tool_input"))

    def answer(self, call: Call, refusal: Refusal) -> Answer:
        """Return what tells the assistant that a call is refused."""
        return Answer("", str(refusal), REFUSED)

    def failure(self, why: str) -> Answer:
        """Return what refuses a call that could not be judged."""
        return Answer("", why, REFUSED)


def parsed(data: bytes) -> dict[str, Any]:
    """Return the object that standard input holds.

    Raises:
        UnreadableError: It holds something else.
    """
    if len(data) > LARGEST_INPUT:
        raise UnreadableError("is larger than 16 MB")
    try:
        payload = json.loads(data.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError):
        raise UnreadableError("is not JSON") from None
    if not isinstance(payload, dict):
        raise UnreadableError("is not a JSON object")
    return payload


def text_of(payload: Mapping[str, Any], key: str) -> str:
    """Return a text of the payload.

    Raises:
        UnreadableError: There is none of this name.
    """
    value = payload.get(key)
    if not isinstance(value, str):
        raise UnreadableError(f"has no text {key!r}")
    return value
