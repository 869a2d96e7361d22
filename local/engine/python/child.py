"""The process in which the code of one function runs: `python -I child.py`.

It gets a line of JSON with the code, its handler, and the types of arguments and result; then a line
per batch of rows, and answers each with a line. It has no environment, writes no file, opens no
connection and starts no program: an audit hook refuses them. That keeps mistakes in; it is no wall
against code that means harm, because Python has no such wall. Therefore nothing runs here unless the
stack was started with `--python-functions`.
"""

import binascii
import builtins
import datetime as dt
import decimal
import io
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

MEMORY = 2 * 1024**3  # bytes
_REFUSED = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
    "os.kill", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown",
    "os.truncate", "os.putenv", "pty.", "ctypes.", "shutil.", "urllib.", "ftplib.", "smtplib.", "winreg.",
)  # fmt: skip
_READ: dict[str, Callable[[str], Any]] = {
    "NUMBER": lambda text: decimal.Decimal(text) if "." in text else int(text),
    "FLOAT": float,
    "BOOLEAN": lambda text: text.lower() in ("true", "1"),
    "DATE": dt.date.fromisoformat,
    "TIME": dt.time.fromisoformat,
    "TIMESTAMP_NTZ": dt.datetime.fromisoformat,
    "TIMESTAMP_LTZ": dt.datetime.fromisoformat,
    "TIMESTAMP_TZ": dt.datetime.fromisoformat,
    "BINARY": binascii.unhexlify,
    "VARIANT": json.loads,
    "OBJECT": json.loads,
    "ARRAY": json.loads,
}
_NESTED = ("VARIANT", "OBJECT", "ARRAY")


def _written(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if kind in _NESTED:
        return json.dumps(value, default=str)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray):
        return binascii.hexlify(value).decode().upper()
    if kind == "FLOAT":
        return repr(float(value))
    return str(value)


def _roots() -> tuple[str, ...]:
    """Folders from which code may be imported."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, *(path for path in sys.path if path)}
    return (*(os.path.realpath(path) + os.sep for path in found), "/usr/share/zoneinfo")


def _hook(roots: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    real = os.path.realpath

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if isinstance(path, int):
                return
            if writes or not (real(os.fsdecode(path)) + os.sep).startswith(roots):
                raise PermissionError(f"a function in Python opens no files: {path!r}")
        elif event.startswith(_REFUSED):
            raise PermissionError(f"a function in Python may not do this: {event}")

    return hook


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_hook(_roots()))


def _failure(error: BaseException) -> dict[str, str]:
    line = next(
        (f" at line {frame.lineno}" for frame in reversed(traceback.extract_tb(error.__traceback__))
         if frame.filename == "<function>"),
        "",
    )  # fmt: skip
    return {"error": f"{type(error).__name__}: {str(error)[:500]}{line}"}


def _serve(requests: TextIO, answers: TextIO) -> None:
    function: Callable[..., Any] | None = None
    kinds: list[str] = []
    returns = ""
    for line in requests:
        asked = json.loads(line)
        try:
            if "code" in asked:
                names: dict[str, Any] = {"__name__": "function", "__builtins__": builtins}
                exec(compile(asked["code"], "<function>", "exec"), names)  # noqa: S102 - its purpose
                function, kinds, returns = names[asked["handler"]], asked["kinds"], asked["returns"]
                found: dict[str, Any] = {}
            else:
                assert function is not None
                rows = []
                for row in asked["rows"]:
                    values = [
                        value if value is None or kind not in _READ else _READ[kind](value)
                        for kind, value in zip(kinds, row, strict=True)
                    ]
                    rows.append(_written(function(*values), returns))
                found = {"values": rows}
        except KeyError as error:
            found = (
                {"error": f"no handler {error} in the code"} if "code" in asked else _failure(error)
            )
        except BaseException as error:
            found = _failure(error)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    # The code may print: that goes nowhere, and not into our answers.
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), io.StringIO(), io.StringIO()
    _limited()
    _serve(requests, answers)
