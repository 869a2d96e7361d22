"""A second opinion on a literal that has a name: a sum of weights that labelled lines taught.

Rules by hand end where a key is a word and where a name says little. The model looks at the shape
of the value, at the words of the name and at what binds it; `benchmarks/model.py` trains it and
says what it is worth on lines that it has not seen. A score is in log-odds; it is the same on every
machine, for it only adds up the numbers of `weights`.
"""

import re
from functools import cache, lru_cache

from .names import Kind, is_constant_for_a_name, split
from .values import entropy, is_number_of_client, is_stated, names_a_thing, repeats
from .words import NO_SECRET_KEYS, PUBLIC_BEGINNINGS, PUBLIC_KEYS, SENDING_KEYS

# Above it a literal is reported that the rules let go. The model takes back no finding of a rule:
# on held-out lines that lost more credentials than false alarms.
REPORTED = 0.5
SHORTEST, LONGEST = 4, 300
# A name without one of these words is none of the model's business.
WORDS = {
    *("key", "keys", "secret", "secrets", "token", "password", "passwd", "pwd", "pass", "auth"),
    *("credential", "credentials", "cred", "creds", "apikey", "passphrase", "authorization"),
}
_PUBLIC = NO_SECRET_KEYS | PUBLIC_BEGINNINGS | PUBLIC_KEYS | SENDING_KEYS
# The first shape that fits is the value's.
_SHAPES = tuple(
    (shape, re.compile(pattern, re.DOTALL))
    for shape, pattern in (
        ("digits", r"\d+"),
        ("lower", r"[a-z]+"),
        ("upper", r"[A-Z]+"),
        ("hex", r"[0-9a-f]+|[0-9A-F]+"),
        ("lower and digits", r"[a-z]+\d+"),
        ("camel case", r"[a-z]+(?:[A-Z][a-z]+)+"),
        ("pascal case", r"(?:[A-Z][a-z]+)+"),
        ("snake case", r"[a-z]+(?:_[a-z]+)+"),
        ("constant", r"[A-Z]+(?:_[A-Z]+)+"),
        ("kebab case", r"[A-Za-z]+(?:-[A-Za-z]+)+"),
        ("dotted", r"[A-Za-z_]+(?:\.[A-Za-z_]+)+"),
        ("uuid", r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        ("letters and digits", r"[A-Za-z0-9]+"),
        ("joined", r"[A-Za-z0-9_.\-]+"),
        ("base64", r"[A-Za-z0-9+/=_\-]+"),
        ("words", r".*\s.*"),
        ("path", r".*/.*"),
        ("braces", r".*[{}<>].*"),
    )
)
_CHANGES = re.compile(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])")
_CASES = re.compile(r"[a-z](?=[A-Z])|[A-Z](?=[A-Z][a-z])")
_SPECIAL = frozenset("!@#$%^&*")


def features(name: str, value: str, how: str, kind: Kind | None, *, beside_user: bool) -> list[str]:
    """Return what the model looks at, each as a few words, for `explain`.

    Args:
        name: What the literal is bound to, "" for nothing.
        value: The literal; it is not empty.
        how: In what way, as `bindings` says it.
        kind: What `Names.kind_of_bound` says of the name.
        beside_user: Whether the name of a user stands beside it.
    """
    size = len(value)
    shape = next((shape for shape, regex in _SHAPES if regex.fullmatch(value)), "other")
    length = _step(size, (4, 6, 8, 12, 16, 20, 32, 33, 40, 64))
    digits = _step(sum(map(str.isdigit, value)) / size, (0.001, 0.15, 0.3, 0.5, 0.99))
    changes = _step(_share(_CHANGES, value), (0.001, 0.06, 0.12, 0.2, 0.3))
    found = [
        *(f"shape {shape}", f"length {length}", f"shape {shape}, length {length}"),
        f"digits {digits}",
        f"letters and digits alternate {changes}",
        f"cases alternate {_step(_share(_CASES, value), (0.001, 0.05, 0.1, 0.2))}",
        f"entropy {_step(entropy(value), (2, 2.5, 3, 3.3, 3.6, 3.9, 4.3, 4.7))}",
        f"vowels {_step(sum(map(value.lower().count, 'aeiouy')) / size, (0.1, 0.2, 0.3, 0.4))}",
        *(f"kind {kind}", f"kind {kind}, shape {shape}", how, f"kind {kind}, {how}"),
    ]
    if not _SPECIAL.isdisjoint(value):
        found.append("special characters")
    said, parts = set(split(value)), split(name)
    found.extend(f"value says {word}" for word in sorted(said) if len(word) > 2 and word.isalpha())
    if parts:
        found.extend(f"name has {word}" for word in sorted(set(parts[:-1])))
        found.append(f"name ends in {parts[-1]}")
        repeated = len(said.intersection(parts)) / max(1, len(said))
        found.append(f"value repeats name {_step(repeated, (0.01, 0.5, 0.99))}")
    if name.isupper():
        found += ["name is a constant", f"name is a constant, kind {kind}"]
    if beside_user:
        found.append("beside a user")
    if kind is not None:
        of = _step(size, (8, 16, 32))
        found.append(f"kind {kind}, digits {digits}, length {of}")
    return found


def _step(value: float, steps: tuple[float, ...]) -> int:
    """Return how many of the steps a value has reached."""
    return sum(value >= step for step in steps)


def _share(regex: re.Pattern[str], value: str) -> float:
    return len(regex.findall(value)) / len(value)


@lru_cache(maxsize=8192)
def score(name: str, value: str, how: str, kind: Kind | None, *, beside_user: bool) -> float:
    """Return the log-odds that a literal is a credential; the arguments are those of `features`."""
    looked_at = features(name, value, how, kind, beside_user=beside_user)
    bias, weights = _learnt()
    return bias + sum(weights.get(each, 0.0) for each in looked_at)


def weights_of(
    name: str, value: str, how: str, kind: Kind | None, *, beside_user: bool
) -> list[tuple[str, float]]:
    """Return what adds up to a score, without the bias; the arguments are those of `features`."""
    _, weights = _learnt()
    looked_at = features(name, value, how, kind, beside_user=beside_user)
    return [(each, weights[each]) for each in looked_at if each in weights]


@cache
def _learnt() -> tuple[float, dict[str, float]]:
    # Imported at the first question: in most trees there is none.
    from .weights import BIAS, WEIGHTS

    return BIAS, WEIGHTS


# What may bind a literal, where the text alone is known; how much more another way can say.
_WAYS = ("assigned to", "the default of", "the value of", "passed as", "given for", "given to")
_SLACK = 2.5


def may_report(name: str, value: str, kind: Kind | None) -> bool:
    """Say from the text alone whether `reports` can hold for some way of binding."""
    # The score costs more than all that may rule it out.
    if not is_open(name, value, kind):
        return False
    if score(name, value, _WAYS[0], kind, beside_user=False) <= REPORTED - _SLACK:
        return False
    return max(score(name, value, way, kind, beside_user=False) for way in _WAYS) > REPORTED


def reports(name: str, value: str, how: str, kind: Kind | None, *, beside_user: bool) -> bool:
    """Say whether a literal that no rule knows is reported."""
    return is_open(name, value, kind) and (
        score(name, value, how, kind, beside_user=beside_user) > REPORTED
    )


def is_open(name: str, value: str, kind: Kind | None) -> bool:
    """Say whether it is for the model to decide: nothing else says what the literal is."""
    parts = split(name)
    if not _is_ours(name, value) or is_constant_for_a_name(name):
        return False
    if not _PUBLIC.isdisjoint(parts) or parts[-1:] == ["id"]:
        return False
    if is_stated(value) or is_number_of_client(value, name):
        return False
    return not (names_a_thing(value) or repeats(value, name, kind or "generated"))


def _is_ours(name: str, value: str) -> bool:
    return (
        SHORTEST <= len(value) <= LONGEST
        and " " not in value
        and "{" not in value
        and not WORDS.isdisjoint(split(name))
    )
