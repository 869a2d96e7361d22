"""Why the literals of a line are taken for secrets, or are not: for `hushflake rule --explain`.

It says what the name is, which row lets the value go, and what the model adds up. The value and
the words in it appear nowhere.
"""

import re
from typing import NamedTuple

from .analysis.source import ParseFailure, try_decode
from .bindings import Binding, bindings
from .credentials import model
from .credentials.display import MASK, shown
from .credentials.filters import FILTERS
from .credentials.names import Kind, Names
from .credentials.values import is_credential
from .module import Module
from .settings import Policy, Settings

# So many of the strongest weights are named.
_MOST = 6
_OF_VALUE = "value says "
_KINDS = {
    "chosen": "what a person chooses: any word may be one",
    "generated": "what a machine makes: it shows digits, mixed case or length",
    "random": "a key of unknown purpose: only random text is one",
}


class Judgement(NamedTuple):
    """What is thought of one literal: its name, what the name says, and what decided.

    Attributes:
        name: What the literal is bound to.
        how: In what way.
        kind: What the name says, in words.
        verdict: Whether it is reported, and what decided.
        odds: The model's score, in log-odds; above `model.REPORTED` it reports.
        weights: The strongest parts of the score, each with its share.
    """

    name: str
    how: str
    kind: str
    verdict: str
    odds: float
    weights: tuple[tuple[str, float], ...]


def why(data: bytes, path: str, line: int, settings: Settings) -> list[Judgement]:
    """Return what the rules think of the named literals of a line, in their order.

    Args:
        data: The bytes of a Python file.
        path: Its path.
        line: From 1.
        settings: Those of the repository.
    """
    decoded = try_decode(data)
    if isinstance(decoded, ParseFailure):
        return []
    names = Names(settings.secret_names, settings.public_names)
    module = Module(path, decoded.utf8, Policy(settings), names)
    return [
        _judgement(binding, names)
        for binding in bindings(module.tree, [line])
        if binding.value and binding.literal.lineno <= line <= (binding.literal.end_lineno or line)
    ]


def _judgement(binding: Binding, names: Names) -> Judgement:
    kind = names.kind_of_bound(binding.name)
    value = binding.value[: model.LONGEST]
    told = (binding.name, value, binding.how, kind)
    odds = model.score(*told, beside_user=binding.beside_user)
    weights = model.weights_of(*told, beside_user=binding.beside_user)
    said = _KINDS.get(kind or "", "nothing of a secret")
    if kind == "chosen" and binding.beside_user:
        said += "; a user's name stands beside it"
    strongest = sorted(weights, key=lambda pair: (-abs(pair[1]), pair[0]))[:_MOST]
    return Judgement(
        shown(binding.name),
        binding.how,
        said,
        _verdict(binding, kind),
        odds,
        tuple((_without_value(each), weight) for each, weight in strongest),
    )


def _verdict(binding: Binding, kind: Kind | None) -> str:
    of = "login" if kind == "chosen" and binding.beside_user else kind
    if of is not None and is_credential(binding.value, of, binding.name):
        return "a secret, by name and value"
    told = (binding.name, binding.value, binding.how, kind)
    if model.reports(*told, beside_user=binding.beside_user):
        return "a secret, by the model"
    for row in FILTERS:
        if row.of in ("", kind) and re.fullmatch(row.pattern, binding.value, re.I | re.S):
            return f"no secret: {row.what}"
    return "no secret: neither name and value nor the model say so"


def _without_value(feature: str) -> str:
    return f"{_OF_VALUE}{MASK}" if feature.startswith(_OF_VALUE) else feature
