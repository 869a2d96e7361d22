"""`hushflake hook run NAME`, without click: an assistant waits for it at each tool call."""

import sys

from hushflake.lint_plugin.hooks.host import LARGEST_INPUT, Answer, Host, UnreadableError
from hushflake.terminal.write import put, say_block

_REMEDY = "`hushflake hook uninstall {name}` takes the hook away"


def run(name: str, data: bytes) -> int:
    """Judge the event on standard input and answer as the assistant wants.

    What cannot be judged is refused: data in another form than documented, data above 16 MB, and a
    defect of ours. An event that is no tool call and no prompt passes.

    Args:
        name: The assistant, as `hosts.names` has it.
        data: What it sent.

    Returns:
        The exit code.

    Raises:
        KeyError: No assistant of this name.
    """
    from hushflake.lint_plugin.hooks.hosts import host

    assistant = host(name)
    try:
        answer = _judged(assistant, data)
    except UnreadableError as error:
        answer = assistant.failure(_failed(f"the event {error}", name))
    except Exception as error:
        # The message of a foreign error may hold a value.
        answer = assistant.failure(_failed(f"internal error ({type(error).__name__})", name))
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


def _judged(assistant: Host, data: bytes) -> Answer:
    import os

    from hushflake.lint_plugin.hooks.carried import of_environment
    from hushflake.lint_plugin.hooks.judge import judge

    call = assistant.read(data)
    refusal = judge(call, [of_environment(os.environ)]) if call is not None else None
    return assistant.answer(call, refusal) if call is not None and refusal else Answer()


def _failed(why: str, name: str) -> str:
    return f"hushflake: refused, because it could not be judged: {why}. {_REMEDY.format(name=name)}"
