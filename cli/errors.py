"""What a command that fails prints, and its exit code.

A part's errors derive from that part's base exception, which carries `exit_code`: 2 for the
user's mistake, 3 for a failure. Their text is printed as it is, without a traceback.
"""

from hushflake.terminal.write import say, say_block

OK, FINDINGS, MISTAKE, FAILURE, INTERRUPTED = 0, 1, 2, 3, 130


def report(error: BaseException) -> int:
    """Print `error` to standard error and return the exit code of the process."""
    if isinstance(error, KeyboardInterrupt):
        say("hushflake: interrupted", err=True)
        return INTERRUPTED
    if isinstance(error, ModuleNotFoundError):
        from .extras import MissingExtraError, extra_of

        extra = extra_of(error.name or "")
        if extra is not None:
            error = MissingExtraError("this command", [error.name or ""], [extra])
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        # The text of some errors belongs to a contract: `str(KeyError("X"))` is `'X'`.
        text = getattr(error, "explanation", None) or str(error)
        first, *others = f"hushflake: {text}".split("\n")
        # Indented, so that a name with a line break in it does not begin a message of its own.
        rest = (line if line.startswith("  ") else f"  {line}" for line in others)
        say_block([first, *rest], err=True, fit=True)
        return code
    _print_internal_error(error)
    return FAILURE


def _print_internal_error(error: BaseException) -> None:
    """Say what broke and where, without the message: a foreign message may hold a value."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    say(f"hushflake: internal error: {type(error).__qualname__}", err=True)
    for frame in frames[-6:]:
        say(f"    {frame.filename}:{frame.lineno} in {frame.name}", err=True)
    say(
        "This is a defect of hushflake, not of your input. The message of the error is left out "
        "because it may hold a value of yours.",
        err=True,
    )
