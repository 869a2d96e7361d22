"""Train the model of the secret rules on the labelled parts, and measure what it adds.

    python benchmarks/model.py           # cross-validation by release
    python benchmarks/model.py --write   # train on all parts and write the weights

The blind parts are never read. Logistic regression with adaptive steps, in plain Python: the same
labels give the same weights on every machine.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable
from math import exp
from pathlib import Path
from typing import NamedTuple

from labels import PARTS, folder_of, read, releases_of

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.bindings import bindings, literals, text_of
from hushflake.lint_plugin.credentials import model
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Settings

OUT = Path(__file__).resolve().parent.parent / "lint_plugin" / "credentials" / "weights.py"
TRAINED_ON = tuple(part for part in PARTS if not part.startswith("blind"))
FOLDS, EPOCHS, SEED = 6, 25, 1
# Rarer features say more of one release than of credentials; smaller weights change nothing.
LEAST_LINES, LEAST_WEIGHT = 3, 0.1
Features = list[str]
REPORTED = model.REPORTED


class Line(NamedTuple):
    """A labelled line: its release, its label, what stands on it, and what rules and model say."""

    release: str
    is_one: bool
    candidates: list[Features]
    # Those that the model may report: the features of named literals that the filters let through.
    named: list[Features]
    by_rules: bool
    is_test: bool


def main() -> None:
    lines = list(labelled())
    if "--write" in sys.argv:
        write(*train(lines))
    else:
        validate(lines)


def labelled() -> Iterable[Line]:
    """Yield the labelled lines of all parts, once each."""
    # What the rules say without it.
    model.REPORTED = float("inf")
    labels = {line: is_one for part in TRAINED_ON for line, is_one in read(part).items()}
    pins = releases_of("releases")
    of_file: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for (release, path, line), is_one in sorted(labels.items()):
        of_file.setdefault((release, path), []).append((line, is_one))
    folders: dict[str, Path | None] = {}
    for (release, path), wanted in of_file.items():
        if release not in folders:
            folders[release] = folder_of(release, pins[release])
        folder = folders[release]
        if folder is None:
            continue
        checker = Checker(Settings(root=str(folder)), registry.selection(select=["HSF3"]))
        file = folder / path
        module = Module(str(file), file.read_bytes(), checker.policy, checker.names)
        found = {
            line
            for finding in checker.check_module(module)
            for line in range(finding.line, finding.end_line + 1)
        }
        for line, is_one in wanted:
            yield _line(module, release, line, is_one, line in found)


def _line(module: Module, release: str, line: int, is_one: bool, found: bool) -> Line:
    candidates, named, seen = [], [], set()
    for each in bindings(module.tree, [line]):
        starts, ends = each.literal.lineno, each.literal.end_lineno or 0
        if each.value and (starts <= line <= ends or starts == line + 1):
            seen.add(each.value)
            kind = module.names.kind_of_bound(each.name)
            of = (each.name, each.value[:500], each.how, kind)
            candidates.append(model.features(*of, beside_user=each.beside_user))
            if model.is_open(each.name, each.value, kind):
                named.append(candidates[-1])
    for literal in literals(module.tree, [line]):
        value = text_of(literal)
        if value and value not in seen and literal.lineno <= line <= (literal.end_lineno or 0):
            candidates.append(model.features("", value[:500], "alone", None, beside_user=False))
    return Line(release, is_one, candidates, named, found, module.is_test)


def train(lines: list[Line]) -> tuple[dict[str, float], float]:
    """Return the weights and the bias. Of a line with a credential its likeliest literal is it."""
    count = Counter(each for line in lines for of in line.candidates for each in set(of))
    weights = {each: 0.0 for each, times in sorted(count.items()) if times >= LEAST_LINES}
    squares = dict.fromkeys(weights, 1.0)
    bias, chance = -2.0, random.Random(SEED)
    lines = [line for line in lines if line.candidates]
    for epoch in range(EPOCHS):
        chance.shuffle(lines)
        for line in lines:
            best = max(line.candidates, key=lambda of: total(weights, of))
            learnt = line.candidates if epoch % 2 and not line.is_one else [best]
            for of in learnt:
                odds = max(-30.0, min(30.0, bias + total(weights, of)))
                error = line.is_one - 1 / (1 + exp(-odds))
                error *= 1.0 if line.is_one else len(learnt) ** -0.5
                bias += 0.01 * error
                for each in of:
                    if each in weights:
                        step = error - 0.001 * weights[each]
                        squares[each] += step * step
                        weights[each] += 0.3 * step / squares[each] ** 0.5
    return weights, bias


def total(weights: dict[str, float], of: Features) -> float:
    return sum(weights.get(each, 0.0) for each in of)


def validate(lines: list[Line]) -> None:
    """Print recall and precision of model and rules, each release judged by a model without it."""
    releases = sorted({line.release for line in lines})
    random.Random(SEED).shuffle(releases)
    odds: dict[int, tuple[float, float]] = {}
    for fold in range(FOLDS):
        held = set(releases[fold::FOLDS])
        weights, bias = train([line for line in lines if line.release not in held])
        for index, line in enumerate(lines):
            if line.release in held:
                odds[index] = tuple(  # type: ignore[assignment]
                    max([bias + total(weights, of) for of in some], default=-99.0)
                    for some in (line.candidates, line.named)
                )
    for what, with_tests in (("all", True), ("outside tests", False)):
        kept = [i for i, line in enumerate(lines) if with_tests or not line.is_test]
        wanted = sum(lines[index].is_one for index in kept)
        by_rules = [i for i in kept if lines[i].by_rules]
        told = {
            "rules": by_rules,
            "rules and model": [i for i in kept if lines[i].by_rules or odds[i][1] > REPORTED],
            "model alone": [i for i in kept if odds[i][0] > 0],
        }  # fmt: skip
        print(f"{what}: {len(kept)} lines, {wanted} of them credentials")
        for who, found in told.items():
            true = sum(lines[index].is_one for index in found)
            print(f"  {who:16} recall {true / wanted:.3f}  precision {true / len(found):.3f}")


def write(weights: dict[str, float], bias: float) -> None:
    """Write the weights as a module of data."""
    rows = [
        f'    "{each}": {weight:.2f},'
        for each, weight in sorted(weights.items())
        if abs(weight) >= LEAST_WEIGHT
    ]
    head = '"""What labelled lines taught the model: written by `benchmarks/model.py --write`."""\n'
    body = "\n".join(rows)
    text = f"{head}\nBIAS = {bias:.3f}\nWEIGHTS: dict[str, float] = {{\n{body}\n}}\n"
    OUT.write_text(text, encoding="utf-8")
    print(f"{len(rows)} weights, {OUT.stat().st_size} bytes: {OUT}")


if __name__ == "__main__":
    main()
