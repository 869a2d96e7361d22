"""The model: the same sums everywhere, what it may and may not decide."""

import pytest

from hushflake.lint_plugin.credentials import model
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.credentials.weights import BIAS, WEIGHTS

NAMES = Names()


def reports(name: str, value: str, how: str = "assigned to") -> bool:
    return model.reports(name, value, how, NAMES.kind_of_bound(name), beside_user=False)


@pytest.mark.parametrize(
    ("name", "value", "how"),
    [
        ("APP_KEY", "wideq", "assigned to"),
        ("api_key", "kitefront", "the default of"),
    ],
)
def test_keys_that_are_words(name: str, value: str, how: str) -> None:
    assert reports(name, value, how)
    assert model.may_report(name, value, NAMES.kind_of_bound(name))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONF_API_KEY", "apikeyword"),  # the name of a setting
        ("API_KEY", "changeme"),  # says that it is none
        ("api_key", "api_key_header"),  # names a thing
        ("client_key_id", "wideq"),
        ("verify_key", "93661a9e" + "efe452d12f51e129e8d9340e7ca53a77"),
        ("colour", "wideq"),
        ("api_key", "two words"),
    ],
)
def test_what_is_not_for_the_model(name: str, value: str) -> None:
    assert not reports(name, value)


def test_a_score_is_the_sum_of_its_weights() -> None:
    told = ("APP_KEY", "wideq", "assigned to", "generated")
    weights = model.weights_of(*told, beside_user=False)  # type: ignore[arg-type]
    odds = model.score(*told, beside_user=False)  # type: ignore[arg-type]
    assert odds == pytest.approx(BIAS + sum(weight for _, weight in weights))
    assert len(dict(weights)) == len(weights)


def test_the_weights_are_data_of_kilobytes() -> None:
    assert all(isinstance(weight, float) for weight in WEIGHTS.values())
    assert sum(len(feature) for feature in WEIGHTS) < 40_000
