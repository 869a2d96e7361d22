"""Run a program, such as `manage.py test`: the outcome of each of its unittest tests into a file.

`python record_unittest.py SCRIPT …` or `python record_unittest.py -m MODULE …`
"""

import atexit
import json
import os
import pathlib
import runpy
import sys
import unittest

OUTCOMES = {}
MAIN = os.getpid()
RANK = ("passed", "skipped", "failed", "error")


def _noting(name, outcome):
    original = getattr(unittest.TestResult, name)

    def method(self, test, *arguments, **keywords):
        # Test runners that fork note in the process that collects.
        OUTCOMES[test.id()] = max(OUTCOMES.get(test.id(), "passed"), outcome, key=RANK.index)
        return original(self, test, *arguments, **keywords)

    setattr(unittest.TestResult, name, method)


def _write():
    if os.getpid() == MAIN:
        pathlib.Path(os.environ["RECORD_TO"]).write_text(json.dumps(OUTCOMES))


for method, outcome in (
    ("addSuccess", "passed"),
    ("addExpectedFailure", "passed"),
    ("addSkip", "skipped"),
    ("addFailure", "failed"),
    ("addUnexpectedSuccess", "failed"),
    ("addError", "error"),
):
    _noting(method, outcome)
_subtest = unittest.TestResult.addSubTest


def _add_subtest(self, test, subtest, error):
    if error is not None:
        OUTCOMES[subtest.id()] = "failed"
    return _subtest(self, test, subtest, error)


unittest.TestResult.addSubTest = _add_subtest
atexit.register(_write)
sys.argv.pop(0)
sys.path[0] = str(pathlib.Path.cwd())
if sys.argv[0] == "-m":
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    sys.path[0] = str(pathlib.Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")
