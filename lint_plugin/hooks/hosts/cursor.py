"""Cursor.

Settings: `version: 1` and `hooks` in `~/.cursor/hooks.json` and `.cursor/hooks.json`; an event has
a list of commands, and `failClosed` refuses when a command fails. Input: `hook_event_name` with
`command` (beforeShellExecution), `tool_name` and `tool_input` (beforeMCPExecution, preToolUse),
`file_path` and `content` (beforeReadFile), `prompt` and `attachments` (beforeSubmitPrompt). The
answer is JSON on standard output: `permission: deny` with `user_message` and `agent_message`, for a
prompt `continue: false` with `user_message`; exit code 2 denies as well.
https://cursor.com/docs/agent/hooks
"""

import json
from typing import Any

from ..call import Call, Refusal
from ..host import Answer, Host, UnreadableError, parsed, text_of

_EVENTS = ("beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeSubmitPrompt")


class Cursor(Host):
    """Cursor, by the documented protocol."""

    name = "cursor"
    title = "Cursor"
    reference = "https://cursor.com/docs/agent/hooks"
    user_file = ".cursor/hooks.json"
    project_file = ".cursor/hooks.json"
    frame = {"version": 1}

    def entries(self, command: str) -> dict[str, list[dict[str, Any]]]:
        """Return event -> the entries to have in the list of that event."""
        return {event: [{"command": command, "failClosed": True}] for event in _EVENTS}

    def read(self, data: bytes) -> Call | None:
        """Return the call that an event is about; None for an event that is about none."""
        payload = parsed(data)
        match payload.get("hook_event_name"):
            case "beforeShellExecution":
                return Call("Shell", {"command": text_of(payload, "command")})
            case "beforeReadFile":
                arguments = {"file_path": text_of(payload, "file_path")}
                return Call("Read", {**arguments, "content": payload.get("content")})
            case "beforeMCPExecution" | "preToolUse":
                return Call(text_of(payload, "tool_name") or "?", _decoded(payload))
            case "beforeSubmitPrompt":
                return Call("", [text_of(payload, "prompt"), *_attached(payload)])
            case str():
                return None
        raise UnreadableError("has no text 'hook_event_name'")

    def answer(self, call: Call, refusal: Refusal) -> Answer:
        """Return what tells Cursor that a call is refused."""
        if call.is_prompt:
            return Answer(json.dumps({"continue": False, "user_message": str(refusal)}))
        said = {"user_message": str(refusal), "agent_message": str(refusal)}
        return Answer(json.dumps({"permission": "deny", **said}))


def _decoded(payload: dict[str, Any]) -> Any:
    """Return the arguments of a tool, which Cursor gives as a text of JSON."""
    arguments = payload.get("tool_input")
    if isinstance(arguments, str):
        try:
            return json.loads(arguments)
        except (ValueError, RecursionError):
            return {"arguments": arguments}
    return arguments


def _attached(payload: dict[str, Any]) -> list[str]:
    """Return the attached files as mentions, so that they are judged like those in the text."""
    attachments = payload.get("attachments")
    found = attachments if isinstance(attachments, list) else []
    paths = [
        each.get("file_path", each.get("filePath")) for each in found if isinstance(each, dict)
    ]
    return [f"@{path}" for path in paths if isinstance(path, str)]


HOST = Cursor()
