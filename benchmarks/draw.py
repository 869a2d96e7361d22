"""Draw the blind parts' lines from pinned releases, by the look of their text and by no tool.

    python benchmarks/draw.py [blind | blind_second] > lines.tsv

Each row is release, file, line, and of how many lines it was drawn. A line is a candidate when a
literal on it, or text on it inside of a literal or a comment, could be a secret by its form. Five
strata, in this order: random text beside a secret word; such a word that binds a literal; random
text; a literal on a line with such a word; a pair inside of text. A release counts with at most
`MOST` lines of a stratum, chosen at random, or a few of them with tables of data would be all of
it. Of what is left, the population of `blind`, 640 lines are drawn, each with the same chance. Few
of these hold a credential: a second draw takes the rest of the first stratum, `FURTHER` of the
second. The population of `blind_second` has fewer lines of a release (`MOST_OF_SECOND`), and all
are taken.
"""

import ast
import csv
import random
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from releases import Release, fetch

from hushflake.lint_plugin.settings import Policy, Settings

LABELS = Path(__file__).resolve().parent / "labels"
SEED = 20261130
MOST = {"random beside word": 25, "bound": 14, "random": 4, "literal": 5, "pair": 4}
MOST_OF_SECOND = {"random beside word": 12, "bound": 5, "random": 1, "literal": 1, "pair": 1}
# How many lines the first draw took, and how many more of the second stratum the second.
FIRST, FURTHER = 640, 300
ALL_OF, MORE_OF = "random beside word", "bound"
Line = tuple[str, str, int]
# Longer files and lines are data, which nobody can judge by eye.
LARGEST, LONGEST = 1_000_000, 600
# Within so many lines after a secret word, random text stands beside it.
NEAR = 3

_WORD = re.compile(
    r"pass(?:w|phrase|code)|\bpass\b|_pass\b|\bpw\b|pwd|secret|token|cred|auth|key|login|session"
    r"|sign|salt|cipher|encrypt|bearer|cookie|license|jwt|hmac",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"""(["'])((?:(?!\1)[^\\\n]|\\.)+)\1""")
_BINDER = re.compile(
    r"""(?:passw\w*|pass(?:phrase|code)\w*|pass|pw|pwd|secret\w*|token\w*|cred\w*|auth|key\w*|apikey)
    \w{0,30}["']?\]?\s*(?:(?::[^=\n"']{0,40})?=|[!=]=|:|,|\()\s*[bruf]{0,2}$""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z]+(?:[-_.:][A-Za-z]+)*[-:_.]?")
_FILE = re.compile(r"[\w.\-]+\.(?:py|json|txt|html|pem|key|yaml|yml)")
_OTHER = re.compile(r"[{}<>$%]|://|^[/.]|\\")
_RANDOM = re.compile(r"[A-Za-z0-9+/=_\-.%|:~]{16,}")
_PAIR = re.compile(
    r"(?:passw(?:or)?d|passwd|pwd|secret|token|api_?key)\w*\s*[:=]\s*[^\s{}<>\[\]()\"',;=]{3,}"
    r"|identified by|://[^/\s:@]{0,60}:[^/\s@]+@",
    re.IGNORECASE,
)


def main() -> None:
    # Not for security: it has to be the same again.
    chance = random.Random(SEED)
    rows = _second(chance) if "blind_second" in sys.argv else _first(chance)
    csv.writer(sys.stdout, delimiter="\t", lineterminator="\n").writerows(rows)


def _second(chance: random.Random) -> Iterator[tuple[str, str, int, str]]:
    for line in sorted(population(chance, "blind_second", MOST_OF_SECOND)):
        yield *line, "1"


def _first(chance: random.Random) -> Iterator[tuple[str, str, int, str]]:
    lines = population(chance, "blind", MOST)
    first = set(chance.sample(list(lines), FIRST))
    left = {
        stratum: [line for line, of in lines.items() if of == stratum and line not in first]
        for stratum in (ALL_OF, MORE_OF)
    }
    chosen = first.union(left[ALL_OF], chance.sample(left[MORE_OF], FURTHER))
    # `bound` was drawn from twice: what the two draws took is taken as one.
    bound = sum(of == MORE_OF for of in lines.values())
    weights = dict.fromkeys(MOST, len(lines) / FIRST)
    weights[ALL_OF] = 1.0
    weights[MORE_OF] = bound / sum(lines[line] == MORE_OF for line in chosen)
    for line in sorted(chosen):
        yield *line, f"{weights[lines[line]]:.3f}"


def population(chance: random.Random, part: str, most: dict[str, int]) -> dict[Line, str]:
    """Return the lines to draw from, with their strata, in the order of the releases."""
    lines: dict[Line, str] = {}
    with (LABELS / f"{part}_releases.tsv").open(encoding="utf-8", newline="") as stream:
        for name, *pin in csv.reader(stream, delimiter="\t"):
            strata: dict[str, list[Line]] = {stratum: [] for stratum in most}
            for path, line, stratum in candidates(Release(*pin)):
                strata[stratum].append((name, path, line))
            for stratum, of in strata.items():
                lines.update(dict.fromkeys(chance.sample(of, min(len(of), most[stratum])), stratum))
    return lines


def candidates(release: Release) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and stratum of the candidates outside of test files, each text once."""
    policy, seen = Policy(Settings()), set()
    with zipfile.ZipFile(fetch(release)) as archive:
        for path in sorted(archive.namelist()):
            if not path.endswith(".py") or policy.is_test(path):
                continue
            try:
                text = archive.read(path).decode()
            except UnicodeDecodeError:
                continue
            if len(text) > LARGEST:
                continue
            for line, stratum, content in of_text(text):
                if content not in seen:
                    seen.add(content)
                    yield path, line, stratum


def of_text(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, stratum and stripped text of the candidate lines of a file."""
    lines, word_at = text.split("\n"), -NEAR - 1
    inside: set[int] | None = None
    for number, line in enumerate(lines, 1):
        has_word = _WORD.search(line) is not None
        if has_word:
            word_at = number
        if len(line) > LONGEST:
            continue
        literals = list(_LITERAL.finditer(line))
        if any(is_random(literal[2]) for literal in literals):
            near = number - word_at <= NEAR
            yield number, "random beside word" if near else "random", line.strip()
        elif has_word and any(map(could_be_secret, literals)):
            bound = any(map(is_bound, literals))
            yield number, "bound" if bound else "literal", line.strip()
        elif has_word and _PAIR.search(line):
            inside = in_text(text) if inside is None else inside
            if number in inside or line.lstrip().startswith("#"):
                yield number, "pair", line.strip()


def could_be_secret(literal: re.Match[str]) -> bool:
    value = literal[2]
    if " " in value.strip():
        return len(value) < 60 and is_bound(literal)  # A passphrase may have spaces.
    if len(value) < 3 or _OTHER.search(value) or _FILE.fullmatch(value):
        return False
    return not (_NAME.fullmatch(value) and _WORD.search(value))


def is_bound(literal: re.Match[str]) -> bool:
    """Say whether a secret word binds a literal that could be a secret."""
    return len(literal[2]) >= 3 and _BINDER.search(literal.string[: literal.start()]) is not None


def is_random(value: str) -> bool:
    """Say whether digits and letters, or the cases of letters, alternate as in no word."""
    value = value.rpartition(" ")[2] if value.count(" ") < 2 else value
    if not _RANDOM.fullmatch(value) or "://" in value or value.startswith(("/", ".")):
        return False
    changes = len(re.findall(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])", value))
    if changes >= max(2, len(value) / 10):
        return True
    changes = len(re.findall(r"[a-z](?=[A-Z])|[A-Z](?=[a-z])", value))
    return len(value) >= 20 and changes >= len(value) / 4


def in_text(text: str) -> set[int]:
    """Return the lines inside of literals that go over more than one line."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
        if node.end_lineno != node.lineno
    }


if __name__ == "__main__":
    main()
