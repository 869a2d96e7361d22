"""What a command that fails prints, and its exit code.

A part's errors derive from that part's base exception, which carries `exit_code`: 2 for the
user's mistake, 3 for a failure. Their text is printed as it is, without a traceback.
"""

import sys
import traceback

OK, FINDINGS, MISTAKE, FAILURE, INTERRUPTED = 0, 1, 2, 3, 130

# Top-level module that is missing -> extra that brings it.
_EXTRA_OF_MODULE = {
    "flake8": "lint",
    "libcst": "codemod",
    "pyrage": "age",
    "jinja2": "schema",
    "yaml": "schema",
    "sqlglot": "schema",
    "snowflake": "snowflake",
    "duckdb": "local",
    "starlette": "local",
    "uvicorn": "local",
    "numpy": "local",
    "notion_client": "notion",
    "httpx": "notion",
    "ruamel": "esc",
    "rich": "all",
}


def report(error: BaseException) -> int:
    """Print `error` to standard error and return the exit code of the process."""
    if isinstance(error, KeyboardInterrupt):
        print("hushflake: interrupted", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, ModuleNotFoundError):
        extra = _EXTRA_OF_MODULE.get((error.name or "").partition(".")[0])
        if extra is not None:
            print(
                f"hushflake: this command needs the package {error.name!r}, "
                f"which is not installed: pip install 'hushflake[{extra}]'",
                file=sys.stderr,
            )
            return MISTAKE
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        print(f"hushflake: {error}", file=sys.stderr)
        return code
    _print_internal_error(error)
    return FAILURE


def _print_internal_error(error: BaseException) -> None:
    """Say what broke and where, without the message: a foreign message may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)
    print(f"hushflake: internal error: {type(error).__qualname__}", file=sys.stderr)
    for frame in frames[-6:]:
        print(f"    {frame.filename}:{frame.lineno} in {frame.name}", file=sys.stderr)
    print(
        "This is a defect of hushflake, not of your input. The message of the error is left out "
        "because it may hold a value of yours.",
        file=sys.stderr,
    )
