"""GitHub Copilot: Copilot CLI, the cloud agent, and agents in VS Code.

Settings: files of their own in `~/.copilot/hooks` (`$COPILOT_HOME`) and `.github/hooks`. With event
names in Pascal case the input has `hook_event_name`, `tool_name` and `tool_input`, in Copilot CLI
and in VS Code. A refusal is exit code 2: Copilot CLI adds the JSON on standard output to it, VS
Code shows the model what stands on standard error. Copilot CLI drops the answer to a submitted
prompt: there a prompt is only warned about. Its tools are refused when a hook fails, but not when
it times out. `disableAllHooks` in the settings of a repository turns off hooks that are not policy
hooks.
https://docs.github.com/en/copilot/reference/hooks-reference
https://code.visualstudio.com/docs/copilot/customization/hooks
"""

import json
from typing import Any

from ..call import Call, Refusal
from ..host import REFUSED, Answer, Host, parsed, text_of


class Copilot(Host):
    """GitHub Copilot, by the documented protocol."""

    name = "copilot"
    title = "GitHub Copilot"
    reference = "https://docs.github.com/en/copilot/reference/hooks-reference"
    user_file = ".copilot/hooks/hushflake.json"
    project_file = ".github/hooks/hushflake.json"
    own_file = True
    switches = (".github/copilot/settings.json", ".github/copilot/settings.local.json")
    home_variable = "COPILOT_HOME"
    after = "Copilot CLI cannot refuse a prompt: there the hook warns about it."
    frame = {"version": 1}

    def entries(self, command: str) -> dict[str, list[dict[str, Any]]]:
        """Return event -> the entries to have in the list of that event."""
        hook = {"type": "command", "command": command, "timeout": 20}
        return {"PreToolUse": [hook], "UserPromptSubmit": [hook]}

    def read(self, data: bytes) -> Call | None:
        """Return the call that an event is about, in either spelling of the documented fields."""
        payload = parsed(data)
        if "toolName" in payload:
            arguments = payload.get("toolArgs")
            return Call(text_of(payload, "toolName") or "?", _decoded(arguments))
        if "prompt" in payload and "hook_event_name" not in payload:
            return Call("", [text_of(payload, "prompt")])
        return super().read(data)

    def answer(self, call: Call, refusal: Refusal) -> Answer:
        """Return what refuses a call for Copilot CLI and for VS Code."""
        if call.is_prompt:
            return super().answer(call, refusal)
        decision = {"permissionDecision": "deny", "permissionDecisionReason": str(refusal)}
        inner = {"hookEventName": "PreToolUse", **decision}
        output = json.dumps({**decision, "hookSpecificOutput": inner})
        return Answer(output, str(refusal), REFUSED)


def _decoded(arguments: Any) -> Any:
    """Return arguments that may be spelled as a text of JSON."""
    if isinstance(arguments, str):
        try:
            return json.loads(arguments)
        except (ValueError, RecursionError):
            return {"arguments": arguments}
    return arguments


HOST = Copilot()
