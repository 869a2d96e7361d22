"""Codex CLI.

Settings: `hooks` in `~/.codex/hooks.json` (`$CODEX_HOME`) and, in a trusted project,
`.codex/hooks.json`, in the shape that Claude Code has. Input and exit code 2 are those of Claude
Code too; a refusal must have a reason on standard error. Codex runs a hook only after its user has
reviewed it (`/hooks`), and again after it changed.
https://developers.openai.com/codex/hooks
https://github.com/openai/codex/tree/main/codex-rs/hooks/schema/generated
"""

from ..host import Host


class Codex(Host):
    """Codex CLI, by the documented protocol."""

    name = "codex"
    title = "Codex CLI"
    reference = "https://developers.openai.com/codex/hooks"
    user_file = ".codex/hooks.json"
    project_file = ".codex/hooks.json"
    home_variable = "CODEX_HOME"
    after = "Codex runs a hook only after a review: open Codex, type /hooks and trust it."


HOST = Codex()
