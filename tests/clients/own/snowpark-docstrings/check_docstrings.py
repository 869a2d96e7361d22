"""Every example in the docstrings around Snowpark's DataFrame, each as a check of its own.

The examples of a docstring run in order and in one namespace, as doctest does it, all in one
session: decorators such as `udf` take the one that is active. What depends on a file of Snowpark's
repository fails with a reason.
"""

import doctest
import functools
import importlib
import json
import os

import pytest
from snowflake.snowpark import Session
from snowflake.snowpark import functions as snowpark_functions

MODULES = (
    "column", "dataframe", "dataframe_analytics_functions", "dataframe_na_functions",
    "dataframe_stat_functions", "dataframe_writer", "relational_grouped_dataframe", "row", "table",
    "window",
)  # fmt: skip
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _docstrings(name):
    module = importlib.import_module(f"snowflake.snowpark.{name}")
    found = doctest.DocTestFinder(exclude_empty=True).find(module)
    return {test.name: test for test in found if test.examples}


DOCSTRINGS = {
    name: _docstrings(name) for name in os.environ.get("DOC_MODULES", "").split() or MODULES
}
EXAMPLES = [
    (module, name, number)
    for module, tests in DOCSTRINGS.items()
    for name, test in tests.items()
    for number in range(len(test.examples))
]


class Recorder(doctest.DocTestRunner):
    """Notes for each example what went wrong."""

    def __init__(self):
        super().__init__(optionflags=OPTIONS, verbose=False)
        self.wrong = {}

    def report_start(self, out, test, example):
        pass

    def report_failure(self, out, test, example, got):
        self.wrong[test.examples.index(example)] = f"got {got!r}"

    def report_unexpected_exception(self, out, test, example, exc_info):
        self.wrong[test.examples.index(example)] = f"{exc_info[0].__name__}: {exc_info[1]}"


@functools.cache
def session():
    known = {**json.loads(os.environ["STACK_CONNECTION"]), "schema": "PUBLIC"}
    return Session.builder.configs(known).create()


@functools.cache
def wrong_of(module, name):
    """Run the examples of a docstring; return what went wrong, by the number of the example."""
    test = DOCSTRINGS[module][name]
    test.globs = {
        **test.globs,
        "session": session(),
        "to_timestamp": snowpark_functions.to_timestamp,
    }
    runner = Recorder()
    runner.run(test, out=lambda text: None, clear_globs=False)
    return runner.wrong


@pytest.mark.parametrize(("module", "name", "number"), EXAMPLES)
def check_example(module, name, number):
    wrong = wrong_of(module, name).get(number)
    assert wrong is None, wrong[:600]
