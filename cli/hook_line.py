"""`hushflake hook run NAME`, without click: an assistant waits for it at each tool call."""

import sys
from typing import TYPE_CHECKING

from hushflake.lint_plugin.hooks.host import LARGEST_INPUT, Answer, Host, UnreadableError
from hushflake.terminal.write import put, say_block

if TYPE_CHECKING:
    from hushflake.lint_plugin.hooks.carried import Known

_REMEDY = "`hushflake hook uninstall {name}` takes the hook away"


def run(name: str, data: bytes, *, known: bool = False) -> int:
    """Judge the event on standard input and answer as the assistant wants.

    What cannot be judged is refused: data in another form than documented, data above 16 MB, and a
    defect of ours. An event that is no tool call and no prompt passes.

    Args:
        name: The assistant, as `hosts.names` has it.
        data: What it sent.
        known: Whether the values of the configured sources are looked for too.

    Returns:
        The exit code.

    Raises:
        KeyError: No assistant of this name.
    """
    from hushflake.lint_plugin.hooks.hosts import host

    assistant = host(name)
    try:
        answer = _judged(assistant, data, known=known)
    except UnreadableError as error:
        answer = assistant.failure(_failed(f"the event {error}", name))
    except Exception as error:
        # Errors of ours hold none; the message of a foreign one may hold a value.
        is_ours = isinstance(getattr(error, "exit_code", None), int)
        why = str(error) if is_ours else f"internal error ({type(error).__name__})"
        answer = assistant.failure(_failed(why, name))
    if answer.output:
        put(answer.output + "\n")
    if answer.errors:
        say_block(answer.errors, err=True)
    return answer.code


def read_input() -> bytes:
    """Return what the assistant sends, up to just above the bound; nothing of a terminal."""
    if sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.read(LARGEST_INPUT + 1)


def _judged(assistant: Host, data: bytes, *, known: bool = False) -> Answer:
    from hushflake.lint_plugin.hooks.judge import judge

    call = assistant.read(data)
    if call is None:
        return Answer()
    # The sources are asked last: what is refused without them need not wait.
    refusal = judge(call, [_of_environment()]) or (judge(call, [_of_sources()]) if known else None)
    return assistant.answer(call, refusal) if refusal else Answer()


def _of_environment() -> "Known":
    import os

    from hushflake.lint_plugin.hooks.carried import of_environment

    return of_environment(os.environ)


def _of_sources() -> "Known":
    """Return what finds the values of the sources that the working folder's project configures.

    Raises:
        ConfigError: They cannot be read.
    """
    from hushflake.lint_plugin.hooks.carried import of_fingerprints
    from hushflake.remediation.known.collect import collect, settings_here

    return of_fingerprints(collect(settings_here()).known)


def _failed(why: str, name: str) -> str:
    return f"hushflake: refused, because it could not be judged: {why}. {_REMEDY.format(name=name)}"
