r"""What a hostile repository, project or answer would reach: three sorts of canary, and a runner.

- **Files.** `canaries.command("name")` is a shell command, `canaries.program("name")` a program,
  `canaries.python("name")` a line of Python: each leaves a file of that name when it runs.
- **Calls.** `canaries.url("/path")` and `canaries.port` lead to a listener on loopback that keeps
  what is sent to it. Any connection is a finding.
- **Secrets.** `canaries.environment()` is that of a user with tokens of several clouds and a home
  folder with keys. `canaries.secrets` are their values: none may appear in an output or a call.

`canaries.run("check", ".", folder=…)` runs the real command in a process of its own and asserts
all that a hostile input must not change. It returns what was printed, for more asserts:

    def test_a_hook(canaries: Canaries, tmp_path: Path) -> None:
        (tmp_path / "app.py").write_text("x = 1\n")
        canaries.run("check", ".", folder=tmp_path, codes=(0,))

The fixture `canaries` of `tests/hostile/conftest.py` makes one per test.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))
# Longer than any command may take, whatever it is given. Seconds.
LIMIT = 15.0
# 3 is only for what could not be read or written, and is allowed where a test expects it.
CODES = (0, 1, 2)
# More than any report of a small input.
LARGEST_OUTPUT = 16 << 20
_DEFECTS = ("Traceback", "defect of hushflake", "internal error")
# Line breaks and tabs; joiners are needed to write Persian and emoji.
_HARMLESS = frozenset("\n\t\u200c\u200d")
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    stdout: str
    stderr: str


class Canaries:
    """The canaries of a test. Close it, or use it in a `with` block.

    Args:
        folder: An empty folder outside of what is looked at.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "touched"
        self.home = folder / "home"
        self.files.mkdir(parents=True)
        mark = os.urandom(6).hex()
        self.tokens = {
            "PULUMI_ACCESS_TOKEN": "pul-" + "0" * 8 + mark,
            "SNOWFLAKE_PASSWORD": "Sn0w-" + mark + "-flake",
            "AWS_SECRET_ACCESS_KEY": "aws/" + mark + "/canary",
            "GITHUB_TOKEN": "gh" + "p_" + mark * 3,
            "NOTION_TOKEN": "ntn" + "_" + mark * 3,
        }
        self.secrets = [*self.tokens.values(), f"private-key-{mark}"]
        self._make_home(self.secrets[-1])
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Canaries":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    # -- what a hostile input holds ------------------------------------------------------

    def command(self, name: str) -> str:
        """Return a shell command that leaves the file `name`."""
        return f"touch {shlex.quote(str(self.files / name))}"

    def python(self, name: str) -> str:
        """Return a statement of Python that leaves the file `name`."""
        return f"open({str(self.files / name)!r}, 'w').close()"

    def program(self, name: str) -> Path:
        """Return a program that leaves the file `name`, and passes its input on."""
        path = self.folder / f"program-{name}"
        path.write_text(f"#!/bin/sh\n{self.command(name)}\ncat\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def url(self, path: str = "/") -> str:
        """Return an address at which the listener would hear a call."""
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def key_file(self) -> Path:
        """A private key in the home folder, which nothing may read or overwrite."""
        return self.home / ".ssh" / "id_rsa"

    # -- running -------------------------------------------------------------------------

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a user with tokens, and nothing of this machine's."""
        base = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {
            **base,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.tokens,
            **more,
        }

    def run(
        self,
        *words: str | Path,
        folder: Path,
        codes: Collection[int] = CODES,
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
        may_print: Collection[str] = (),
        is_document: bool = False,
    ) -> Ran:
        """Run `hushflake` with `words` in `folder`, assert what must hold, return what it printed.

        Args:
            words: The command line after the program's name.
            folder: The working folder.
            codes: The exit codes that are documented for what it is given.
            given: Standard input, which is no terminal.
            environment: More variables, or other values, than those of `environment()`.
            may_print: Secrets that this command exists to print.
            is_document: Standard output is for a program, which takes its bytes as they are: a
                patch. No terminal is there to be steered.

        Raises:
            AssertionError: It ran longer than `LIMIT`, touched a canary, ended with another code
                or as a defect, or printed a secret, a control or a bidirectional character.
        """
        ran = self.start(*words, folder=folder, given=given, environment=environment)
        line = shlex.join(["hushflake", *map(str, words)])
        both = ran.stdout + ran.stderr
        touched = self.touched()
        assert not touched, f"{line}: touched {touched}\n{both[-2000:]}"
        assert ran.code in codes, f"{line}: exit code {ran.code}\n{both[-4000:]}"
        defects = [word for word in _DEFECTS if word in ran.stderr]
        assert not defects, f"{line}: {defects}\n{ran.stderr[-4000:]}"
        leaked = [secret for secret in self.secrets if secret in both and secret not in may_print]
        assert not leaked, f"{line}: printed {len(leaked)} secrets"
        printed = {"stderr": ran.stderr} | ({} if is_document else {"stdout": ran.stdout})
        for name, text in printed.items():
            found = steering(text)
            assert not found, f"{line}: {name} holds raw {found}"
        return ran

    def start(
        self,
        *words: str | Path,
        folder: Path,
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a command as `run` does, and assert only that it ends in time."""
        # Files, not pipes: a child that lives on would keep a pipe open.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [HUSHFLAKE, *map(str, words)],
                cwd=folder,
                env=self.environment(**(environment or {})),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                process.communicate(given, timeout=LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise AssertionError(
                    f"{shlex.join(['hushflake', *map(str, words)])}: ran longer than {LIMIT} s\n"
                    f"{_text(err)[-2000:]}"
                ) from None
            return Ran(process.returncode, _text(out), _text(err))

    def touched(self) -> list[str]:
        """Return the files that were left and the calls that were heard."""
        files = sorted(path.name for path in self.files.iterdir())
        return [*files, *(f"a call: {call[:200]!r}" for call in self.heard)]

    # -- inner ---------------------------------------------------------------------------

    def _make_home(self, key: str) -> None:
        self.key_file.parent.mkdir(parents=True)
        self.key_file.write_text(key, encoding="utf-8")
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = User\n\temail = user@example.com\n", encoding="utf-8"
        )

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(0.5)
                try:
                    self.heard.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                except OSError:
                    self.heard.append(b"")


def steering(text: str) -> list[str]:
    """Return the characters of `text` that steer a terminal or the order of what is read.

    Escape sequences and other controls, bidirectional overrides and invisible tags, line and
    paragraph separators, and bytes that are no text.
    """
    if re.fullmatch(r"[\n\t -~]*", text):
        return []
    return sorted(
        {
            ascii(character)
            for character in text
            if character not in _HARMLESS and unicodedata.category(character) in _STEERING
        }
    )


def _text(stream: Any) -> str:
    stream.seek(0)
    data: bytes = stream.read(LARGEST_OUTPUT + 1)
    assert len(data) <= LARGEST_OUTPUT, "printed without bound"
    return data.decode("utf-8", "surrogateescape")
