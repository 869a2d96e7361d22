"""Claude Code.

Settings: `hooks` in `~/.claude/settings.json` and `.claude/settings.json`; an event has a list of
groups with an optional `matcher` and a list `hooks` of commands. Input: `hook_event_name`,
`tool_name`, `tool_input`, `prompt`. Exit code 2 blocks the tool call, and the model reads why on
standard error, or erases the prompt, and the user reads why; any other code but 0 does not block.
The hook does not run for files that a prompt names with `@`: the prompt itself is looked at.
`disableAllHooks` in any settings file turns the hooks off that are not managed.
https://code.claude.com/docs/en/hooks
"""

from ..host import Host


class ClaudeCode(Host):
    """Claude Code, by the documented protocol."""

    name = "claude-code"
    title = "Claude Code"
    reference = "https://code.claude.com/docs/en/hooks"
    user_file = ".claude/settings.json"
    project_file = ".claude/settings.json"
    switches = (".claude/settings.json", ".claude/settings.local.json")


HOST = ClaudeCode()
