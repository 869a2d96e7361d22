"""`hushflake completion`: prints the script with which a shell completes our commands."""

import click
from click.shell_completion import get_completion_class

from hushflake.terminal.write import put

from ..errors import FAILURE, OK

_SHELLS = ["bash", "zsh", "fish"]


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    r"""Print a completion script for SHELL.

    \b
    bash: eval "$(hushflake completion bash)"    in ~/.bashrc
    zsh:  eval "$(hushflake completion zsh)"    in ~/.zshrc, after compinit
    fish: hushflake completion fish > ~/.config/fish/completions/hushflake.fish

    It completes commands, options, and the names of stacks, entities and rules.
    """
    from ..main import hushflake

    found = get_completion_class(shell)
    if found is None:
        return FAILURE
    put(found(hushflake, {}, "hushflake", "_HUSHFLAKE_COMPLETE").source())
    return OK
