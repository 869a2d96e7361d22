"""Which files that hold secrets a shell command names, unless its program does not read them.

No shell is understood in full: what is named in a command counts as read, and a short list says
which programs show nothing of a file. What a command makes up at run time, such as a name that it
puts together, is not seen.
"""

import re
import shlex
from collections.abc import Iterator

from .programs import may_read
from .secret_files import holds_secrets

# They take a program in an argument.
_INTERPRETERS = re.compile(
    r"(?:ba|da|k|z|fi)?sh|python[\d.]*|pypy[\d.]*|node|deno|bun|ruby|perl|php|awk|gawk|sed|eval"
    r"|xargs|ssh|su|docker|podman|kubectl|make|uv|npx|watch|time|powershell|pwsh|cmd|lua|Rscript"
)
# In front of the program that is meant.
_PREFIXES = frozenset("builtin command doas env exec nice nohup sudo time timeout xargs".split())
# They read files whose names come from another program.
_READS_NAMES = re.compile(r"\b(?:xargs|parallel|while\s+read)\b")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_ENDS = re.compile(r"[;&|()]+")
# What the lexer takes together: `$(<.env)` has an end and a redirection beside each other.
_SIGNS = re.compile(r"[;&|()<>]+")
_SIGN = re.compile(r">\||[;|()]+|[&<>]+")
# `.{env,x}`: each is a word of its own. So many are looked at.
_BRACES = re.compile(r"\{([^{}\s]*,[^{}\s]*)\}")
_MOST_WORDS = 64
_HEREDOC = re.compile(r"<<(?!<)-?[ \t]*(['\"]?)(\w+)\1[^\n]*\n")
_MOST_HEREDOCS = 100
# What a word is taken apart at: `if=.env`, `user@host:.env`, `"@.env"`, `open('.env')`.
_PARTS = re.compile(r"[\s=@:,'\"`(){}<>|;&$!]+")
_LONGEST = 200_000
_DEEPEST = 4


class TooLongError(ValueError):
    """A command that is longer than is looked into."""


def secret_files(command: str, depth: int = 0) -> Iterator[str]:
    """Yield the files that hold secrets and that a command may read.

    Raises:
        TooLongError: The command is longer than any that a person or an assistant writes.
    """
    if len(command) > _LONGEST:
        raise TooLongError
    command, programs = _apart(command)
    names_go_on = _READS_NAMES.search(command) is not None
    for words, is_taken in _simple_commands(command):
        yield from _of_one(words, depth, names_go_on=names_go_on or is_taken)
    for program in programs:
        yield from _of_word(program, depth, interprets=True)


def _apart(command: str) -> tuple[str, list[str]]:
    """Return a command without the texts of its here-documents, and those that are programs."""
    kept: list[str] = []
    programs: list[str] = []
    at = 0
    for _ in range(_MOST_HEREDOCS):
        head = _HEREDOC.search(command, at)
        if head is None:
            return "".join([*kept, command[at:]]), programs
        closing = re.compile(rf"^[ \t]*{head[2]}[ \t]*$", re.MULTILINE).search(command, head.end())
        end = closing.end() if closing else len(command)
        line = command[command.rfind("\n", 0, head.start()) + 1 : head.start()]
        if any(_INTERPRETERS.fullmatch(word.rpartition("/")[2]) for word in line.split()):
            programs.append(command[head.end() : end])
        # The rest of the line may read a file: `cat <<X; cat .env`.
        kept += [command[at : head.start()], head[0].partition(head[2])[2].lstrip("'\"")]
        at = end
    raise TooLongError


def _simple_commands(command: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the words of each simple command, quotes taken away.

    And whether another command takes what it prints: `cat $(echo .env)`.
    """
    words: list[str] = []
    is_taken = False
    # A line break ends a command; one after a backslash is none.
    for line in command.replace("\\\n", "").split("\n"):
        for word in _words(line):
            if _ENDS.fullmatch(word):
                opens = "(" in word and bool(words) and words[-1].endswith(("$", "<"))
                yield words, is_taken
                words = []
                is_taken = opens or (is_taken and ")" not in word)
            else:
                words.append(word)
        yield words, is_taken
        words = []


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return [
            each
            for word in lexer
            for each in (_SIGN.findall(word) if _SIGNS.fullmatch(word) else [word])
        ]
    except ValueError:
        # A quote that does not end on this line: the words as they stand.
        return line.replace('"', " ").replace("'", " ").split()


def _of_one(words: list[str], depth: int, *, names_go_on: bool) -> Iterator[str]:
    words, taken = _without_redirections(words)
    yield from (path for path in taken if holds_secrets(path))
    at = 0
    while at < len(words) and (
        _ASSIGNMENT.match(words[at]) or words[at] in _PREFIXES or words[at].startswith("-")
    ):
        at += 1
    named, arguments = words[: at + 1], words[at + 1 :]
    program = words[at].rpartition("/")[2] if at < len(words) else ""
    arguments = may_read(program, arguments, names_go_on=names_go_on)
    interprets = _INTERPRETERS.fullmatch(program) is not None
    for word in (*named, *arguments):
        yield from _of_word(word, depth, interprets=interprets)


def _without_redirections(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the words without redirections, and the files that are read through one."""
    left: list[str] = []
    read: list[str] = []
    pending = iter(words)
    for word in pending:
        if word and not word.strip("<>&|") and (">" in word or "<" in word):
            target = next(pending, "")
            if word.startswith("<") and word != "<<<":
                read.append(target)
            elif word == "<<<":
                left.append(target)
        else:
            left.append(word)
    return left, read


def _of_word(word: str, depth: int, *, interprets: bool) -> Iterator[str]:
    for each in _expanded(word):
        if holds_secrets(each):
            yield each
            return
    nested = "$(" in word or "`" in word
    if any(character.isspace() for character in word) and not (interprets or nested):
        # A sentence, such as the message of a commit.
        return
    if interprets and depth < _DEEPEST and any(character.isspace() for character in word):
        yield from secret_files(word, depth + 1)
    for part in _PARTS.split(word):
        if part and holds_secrets(part):
            yield part
            return


def _expanded(word: str) -> Iterator[str]:
    """Yield the words that a shell makes of one with braces, and others as they are."""
    pending = [word]
    for _ in range(_MOST_WORDS):
        if not pending:
            return
        word = pending.pop()
        braces = _BRACES.search(word) if "{" in word else None
        if braces is None:
            yield word
        else:
            before, after = word[: braces.start()], word[braces.end() :]
            pending += [before + each + after for each in braces[1].split(",")[:_MOST_WORDS]]
    raise TooLongError
