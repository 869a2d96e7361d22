"""Types what a page of the documentation says, in a real shell on a pseudo-terminal.

A page is a story in one fresh folder. Its fenced blocks are:

- `console`: each line that begins with `$ ` is typed; the lines below it are what the page shows
  of the output. Shown lines must appear in this order; `…` stands for any text, and a line with
  `…` alone for any lines. A command ends with exit code 0, unless the shown output has a line
  `exit code N`. A line that begins with `? ` answers a question: what the terminal asks, ` ⟶ `,
  the answer.
- any other language with `title="PATH"`: the file is written, as a reader would save it.

Blocks without either (a picture of output, a fragment) are text. `<!-- test: skip: REASON -->` in
front of a block leaves it out; `<!-- run: COMMAND -->` alone on a line is typed unseen.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pexpect

_FENCE = re.compile(
    r"(?:^<!-- test: (?P<order>.*?) -->\n+)?"
    r"^(?P<indent> *)```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_HIDDEN = re.compile(r"^<!-- run: (?P<command>.*?) -->$", re.MULTILINE)
_TITLE = re.compile(r'title="([^"]+)"')
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[=>])")
_PROMPT = "READY> "
_MARK = "⟶"
_MOST_WRAPPED = 4


class Typed(NamedTuple):
    """A command of a page.

    Attributes:
        line: Where it stands.
        command: What is typed.
        shown: What the page shows of the output.
        answers: Questions and what is answered.
        code: The exit code.
    """

    line: int
    command: str
    shown: tuple[str, ...]
    answers: tuple[tuple[str, str], ...] = ()
    code: int = 0


class Written(NamedTuple):
    """A file of a page."""

    line: int
    path: str
    text: str


def steps(page: str) -> Iterator[Typed | Written]:
    """Yield what a reader of a page does, in order."""
    found = sorted(
        [*_FENCE.finditer(page), *_HIDDEN.finditer(page)], key=lambda match: match.start()
    )
    for match in found:
        line = page.count("\n", 0, match.start()) + 1
        groups = match.groupdict()
        if "body" not in groups:
            yield Typed(line, groups["command"], ())
            continue
        if (groups["order"] or "").startswith("skip"):
            continue
        indent = groups["indent"]
        body = "".join(
            text.removeprefix(indent) for text in groups["body"].splitlines(keepends=True)
        )
        title = _TITLE.search(groups["info"])
        if groups["language"] == "console":
            yield from _typed(body, line)
        elif title:
            yield Written(line, title[1], body)


def _typed(body: str, line: int) -> Iterator[Typed]:
    current: Typed | None = None
    for number, text in enumerate(body.splitlines(), line + 1):
        if text.startswith("$ "):
            if current is not None:
                yield current
            current = Typed(number, text[2:], ())
        elif current is None:
            raise ValueError(f"line {number}: output without a command")
        elif current.command.endswith("\\") and not current.shown:
            current = current._replace(command=f"{current.command}\n{text.removeprefix('> ')}")
        elif text.startswith("? "):
            question, _, answer = text[2:].partition(f" {_MARK} ")
            current = current._replace(answers=(*current.answers, (question, answer)))
        elif found := re.fullmatch(r"exit code (\d+)", text):
            current = current._replace(code=int(found[1]))
        elif text.strip():
            current = current._replace(shown=(*current.shown, text))
    if current is not None:
        yield current


class Shell:
    """A bash on a pseudo-terminal, 100 columns wide."""

    def __init__(self, folder: Path, environment: dict[str, str], seconds: float = 180) -> None:
        self.folder = folder
        self._seconds = seconds
        self._bash = pexpect.spawn(
            "bash",
            ["--noprofile", "--norc", "--noediting"],
            cwd=str(folder),
            env={**environment, "PS1": _PROMPT, "PS2": "", "PROMPT_COMMAND": ""},
            encoding="utf-8",
            codec_errors="replace",
            dimensions=(40, 100),
            echo=False,
            timeout=seconds,
        )
        self._bash.expect_exact(_PROMPT)

    def run(self, step: Typed) -> str:
        """Type a command, answer what it asks, and return what it printed, without styles.

        Raises:
            AssertionError: A question or an exit code is another one than the page says.
        """
        self._bash.sendline(step.command)
        printed = ""
        for question, answer in step.answers:
            self._expect(question, step)
            printed += f"{self._bash.before}{self._bash.after}\n"  # the answer's own line break
            self._bash.sendline(answer)
        self._expect(_PROMPT, step)
        printed += str(self._bash.before)
        self._bash.sendline("echo code=$?=")
        self._bash.expect(r"code=(\d+)=")
        found = self._bash.match
        code = int(found[1]) if isinstance(found, re.Match) else -1
        self._bash.expect_exact(_PROMPT)
        printed = plain(printed)
        assert code == step.code, f"line {step.line}: $ {step.command}\n{printed}\nexit code {code}"
        return printed

    def _expect(self, text: str, step: Typed) -> None:
        try:
            self._bash.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF):
            seen = plain(str(self._bash.before))
            raise AssertionError(
                f"line {step.line}: $ {step.command}\n{seen}\nnever showed {text!r}"
            ) from None

    def run_quietly(self, command: str) -> None:
        """Type a command whose end is of no interest."""
        if self._bash.isalive():
            self._bash.sendline(f"{command} >/dev/null 2>&1")
            self._bash.expect_exact(_PROMPT)

    def close(self) -> None:
        """End the shell, and what it left running in the foreground."""
        self._bash.close(force=True)


def plain(printed: str) -> str:
    """Return what stays on the screen: no styles, and of a line that was written over its end."""
    lines = _ANSI.sub("", printed.replace("\r\n", "\n")).split("\n")
    return "\n".join(line.rsplit("\r", 1)[-1] for line in lines)


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first shown line that the output has not, after those before it."""
    lines = [" ".join(line.split()) for line in printed.split("\n")]
    at = 0
    for line in shown:
        wanted = " ".join(line.split())
        if wanted == "…":
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.split("…"))))
        found = next(
            (
                start + count
                for start in range(at, len(lines))
                # What a page shows on one line may be wrapped: paths differ in length.
                for count in range(1, _MOST_WRAPPED + 1)
                if pattern.fullmatch(" ".join(lines[start : start + count]))
            ),
            None,
        )
        if found is None:
            return line
        at = found
    return None


def walk(page: Path, shell: Shell, replaced: dict[str, str] | None = None) -> None:
    """Do what a page says.

    Args:
        page: The Markdown file.
        shell: Where it is typed; files are written to its folder.
        replaced: What stands for a text of the page, such as an address that no test can reach.

    Raises:
        AssertionError: A command ends otherwise than the page says, or prints something else.
    """
    text = page.read_text(encoding="utf-8")
    for old, new in (replaced or {}).items():
        text = text.replace(old, new)
    begun = time.monotonic()
    for step in steps(text):
        if isinstance(step, Written):
            where = Path(shell.run(Typed(step.line, "pwd", ())).strip()) / step.path
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(step.text, encoding="utf-8")
            continue
        printed = shell.run(step)
        lost = missing(step.shown, printed)
        assert lost is None, (
            f"{page.name}:{step.line}: $ {step.command}\n"
            f"printed\n{printed}\nwithout the line\n{lost}\n"
            f"({time.monotonic() - begun:.0f} s after the start)"
        )
