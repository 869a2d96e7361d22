"""The commands of a script: their words, and what they are fed from. Nothing is run.

One reading for shell scripts, recipes of Make and just, scripts of npm and steps of CI. No
variable is known but those that the text itself gives one plain value.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hushflake.lint_plugin.entries.shell_file import TOKEN

# `$NAME`, `${NAME…}`, `$(NAME)` of Make, `{{ name }}` of templates.
_VARIABLE = re.compile(
    r"\$?\{\{[^}]{0,400}+\}\}|\$\{([A-Za-z_]\w*)[^}]{0,400}+\}|\$\(([A-Za-z_]\w*)\)|\$([A-Za-z_]\w*)|\$[\d@*#?]"
)
_INNER = re.compile(r"\$\(((?:[^()]|\([^()]*\))*)\)|`([^`]*)`")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
# A line of a Makefile, and an assignment of a shell.
_CONSTANTS = (
    re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*[:?+]?=[ \t]*(\S+)[ \t]*$", re.M),
    re.compile(r"(?<![\w$])([A-Za-z_]\w*)=([\w./~\"'-]++)(?![$({`])"),
)
_DEEPEST = 3
# What stands before the program of a command.
_BEFORE = frozenset(
    {
        *("sudo", "exec", "time", "env", "nohup", "command", "builtin", "xargs", "npx", "bunx"),
        *("if", "then", "do", "else", "elif", "while", "until", "!", "{", "export", "corepack"),
    }
)
# What starts a command with the values of a store in its environment; `--` stands in between.
_WRAPPERS = (
    *(("hushflake", "config", "run"), ("pulumi", "env", "run"), ("esc", "run"), ("op", "run")),
    *(("doppler", "run"), ("infisical", "run"), ("chamber", "exec"), ("teller", "run")),
    *(("aws-vault", "exec"), ("envconsul",), ("sops", "exec-env")),
)


class Command(NamedTuple):
    """A command of a script.

    Attributes:
        line: The line that it begins in.
        words: Without quotes; the program first.
        fed: The files behind `<`.
        written: The files behind `>`.
        wrapped: A store gives it its environment.
    """

    line: int
    words: tuple[str, ...]
    fed: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    wrapped: bool = False

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    @property
    def shown(self) -> str:
        """The program, and its verb where it has one."""
        verb = self.words[1] if len(self.words) > 1 else ""
        return f"{self.program} {verb}" if re.fullmatch("[a-z][a-z-]{1,15}", verb) else self.program


@dataclass
class _Parts:
    """What was read of the command at hand."""

    line: int = 0
    words: list[str] = field(default_factory=list)
    fed: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    # `<` or `>`, if the next word is a file.
    sign: str = ""

    def add(self, token: str, line: int) -> None:
        self.line = self.line or line
        place = {"<": self.fed, ">": self.written}.get(self.sign, self.words)
        place.append(bare(token))
        self.sign = ""

    def redirect(self, token: str, *, numbered: bool) -> None:
        # `<(…)` and `<<<` feed no file.
        self.sign = {"<": "<", "<>": "<", ">": ">", ">>": ">"}.get(token, "")
        if numbered and self.words and self.words[-1].isdigit():
            self.words.pop()

    def command(self) -> Iterator[Command]:
        words = [word for word in self.words if word]
        while len(words) > 1 and (_ASSIGNED.fullmatch(words[0]) or _mark(words[0]) in _BEFORE):
            words.pop(0)
        words[:1] = map(_mark, words[:1])
        wrapped = any(tuple(words[: len(one)]) == one for one in _WRAPPERS) and "--" in words
        if wrapped:
            words = words[words.index("--") + 1 :]
        if words or self.fed:
            yield Command(self.line, tuple(words), tuple(self.fed), tuple(self.written), wrapped)


def _mark(word: str) -> str:
    """Return a word without what Make and just write in front of a recipe."""
    return word.lstrip("@-+") or word


def commands(text: str, line: int = 1, depth: int = 0) -> Iterator[Command]:
    """Yield the commands of a script in order; what is inside of `$(…)` comes first."""
    at, parts = 0, _Parts()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        kind, token = match.lastgroup, match[0]
        if kind == "word":
            if depth < _DEEPEST and ("$(" in token or "`" in token):
                for inner in _INNER.finditer(token):
                    yield from commands(inner[1] or inner[2] or "", line, depth + 1)
            parts.add(token, line)
        elif kind == "redirect":
            parts.redirect(token, numbered=text[at - 1 : at].isdigit())
        elif kind == "end":
            yield from parts.command()
            parts = _Parts()
        line += token.count("\n")
        at = match.end()
    yield from parts.command()


def bare(token: str) -> str:
    """Return a word without quotes and escapes."""
    return re.sub(r"\\([\s\S])|[\"']", lambda found: found[1] or "", token)


def constants(text: str) -> dict[str, str]:
    """Return the variables that a text gives one plain value -> that value."""
    found: dict[str, set[str]] = {}
    for pattern in _CONSTANTS:
        for name, value in pattern.findall(text):
            found.setdefault(name, set()).add(bare(value))
    return {name: min(values) for name, values in found.items() if len(values) == 1}


def path_of(word: str, known: Mapping[str, str]) -> str:
    """Return the path that a word stands for, `*` for what is not known.

    Args:
        word: An option in front of it, as in `--env-file=.env`, is taken off.
        known: Variables with a plain value.
    """
    if word.startswith("-"):
        word = word.partition("=")[2]
    word = _INNER.sub(lambda found: found[0] if found[0][2:-1].isidentifier() else "*", word)

    def value(match: re.Match[str]) -> str:
        inner = known.get(match[1] or match[2] or match[3] or "", "*")
        return "*" if "$" in inner else inner

    return _VARIABLE.sub(value, word).removeprefix("./")
