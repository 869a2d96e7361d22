"""The published formats: text of each shape is found by its marks, and by its own row."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hushflake.lint_plugin.credentials.formats import in_formats
from hushflake.lint_plugin.credentials.providers import PROVIDERS, Provider


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
@settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_credential_of_a_format_is_found(provider: Provider, data: st.DataObject) -> None:
    # `\d` and `\w` mean those of ASCII here: no issuer takes others.
    credential = data.draw(st.from_regex(re.compile(provider.pattern, re.ASCII), fullmatch=True))
    found = [(row.name, match[0]) for row, match in in_formats(f"anything = '{credential}'")]
    assert (provider.name, credential) in found


def test_a_row_names_its_marks_and_its_page() -> None:
    assert len({provider.name for provider in PROVIDERS}) == len(PROVIDERS)
    for provider in PROVIDERS:
        assert provider.marks
        assert all(len(mark) > 1 for mark in provider.marks)
        assert provider.reference.startswith("https://")
