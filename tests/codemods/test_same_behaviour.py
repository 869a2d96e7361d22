"""Generated modules print the same before and after the rewrite, whatever their scopes."""

import io
import os
from contextlib import redirect_stdout

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.settings import Policy, Settings

PRELUDE = '''
class Fake:
    """Has what os has, and answers otherwise."""

    environ = {"A": "fake"}

    def getenv(self, key, default=None):
        return f"fake {key}"


def show(call):
    try:
        print(repr(call()))
    except KeyError as error:
        print("KeyError", error.args)
    except (TypeError, AttributeError, ValueError, NameError) as error:
        print(type(error).__name__)


def log(value):
    print("evaluated", value)
    return value
'''
# A is set, B is set and empty, C and D are not set.
ENVIRONMENT = {"A": "1", "B": ""}
KEYS = ["'A'", "'B'", "'C'", "'D'", "'A' ''", "key", "log('B')", "(lambda: 'A')()"]
DEFAULTS = ["None", "'x'", "8080", "[]", "log('default')", "key", "not key"]
IMPORTS = [
    "import os",
    "import os as o",
    "import os, sys",
    "from os import environ",
    "from os import getenv, environ as e",
    "import os.path",
    "import os\nenv = os.environ",
    "import os\nenv = os.environ\ne2 = env",
    "try:\n    import os\nexcept ImportError:\n    os = None",
]
OBJECTS = ["os", "os", "os", "o"]


@st.composite
def reads(draw: DrawFn, depth: int = 2) -> str:
    key, default = draw(st.sampled_from(KEYS)), draw(st.sampled_from(DEFAULTS))
    if depth and draw(st.booleans()):
        inner = draw(reads(depth - 1))
        if draw(st.booleans()):
            key = f"str({inner})"
        else:
            default = inner
    owner = draw(st.sampled_from(OBJECTS))
    form = draw(
        st.sampled_from(
            [
                "{o}.getenv({k})", "{o}.getenv({k}, {d})", "{o}.getenv(default={d}, key={k})",
                "{o}.environ.get({k})", "{o}.environ.get({k}, {d})", "{o}.environ[{k}]",
                "{k} in {o}.environ", "{k} not in {o}.environ", "not {k} in {o}.environ",
                "environ[{k}]", "environ.get({k}, {d})", "e.get({k})", "getenv({k}, {d})",
                "{k} in e", "env[{k}]", "env.get({k})", "e2[{k}]", "{k} in e3",
                "{o}.environ.copy().get({k})",
                "{o}.environ.setdefault({k}, 's')", "(w := {o}.getenv({k}))",
            ]
        )
    )  # fmt: skip
    read = form.format(o=owner, k=key, d=default)
    wrapper = draw(
        st.sampled_from(
            [
                "({})", "({})", "({})", "str({})", "[{} for _ in (1, 2)]", "(lambda: {})()",
                "[x for x in [{}]]", "({}) or 'y'", "({}) is None", "{{'k': {}}}",
                "[os for os in [{}]]", "[{} for os in [Fake()]]", "(1 if {} else 2)",
                "(lambda os: {})(Fake())", "(lambda k={}: k)()",
            ]
        )
    )  # fmt: skip
    wrapped = wrapper.format(read)
    if draw(st.integers(0, 5)) == 0 and '"' not in wrapped and "\\" not in wrapped:
        wrapped = f'f"a{{({wrapped})!r:>9}}b"'
    return wrapped


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


@st.composite
def functions(draw: DrawFn, name: str) -> list[str]:
    parameters = draw(
        st.sampled_from(["", "os=Fake()", "environ={'A': 'p'}", "get_config_value=None", "o=0"])
    )
    default = f"given={draw(reads())}" if draw(st.booleans()) else ""
    body = draw(
        st.lists(
            st.sampled_from(
                [
                    "import os", "from os import environ", "env = os.environ", "env = {'A': 'e'}",
                    "os = Fake()", "for os in [Fake()]: pass", "with_os = os", "get = 1",
                    "from os import environ as env", "env = os.environ; e2 = env",
                    "e2 = e3 = os.environ", "e3 = env", "del env", "if not key: env = os.environ",
                    "show(lambda: env['A'])", "if not key: del os", "if not key: import os",
                    "if key: import os", "if key: e = os.environ; show(lambda: e['A'])",
                ]
            ),
            max_size=3,
        )
    )  # fmt: skip
    body += [f"show(lambda: {draw(reads())})" for _ in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        body += [f"def inner(x={draw(reads())}):", f"    return {draw(reads())}", "show(inner)"]
    head = ", ".join(part for part in (parameters, default) if part)
    # A default that raises must not end the module.
    return [
        "try:",
        *indented([f"def {name}({head}):", *indented(body)]),
        "except Exception as error: print(isinstance(error, KeyError))",
        f"show(lambda: {name}())",
    ]


@st.composite
def classes(draw: DrawFn, name: str) -> list[str]:
    body = draw(st.sampled_from([[], ["os = Fake()"], ["environ = {'A': 'c'}"]]))
    body = [*body, f"value = {draw(reads())}", "def method(self):", f"    return {draw(reads())}"]
    late = [
        "os = None",
        "if key: os = Fake()",
        "environ = dict(environ)",
        "import os",
        "os = os.sep",
    ]
    body += draw(st.lists(st.sampled_from(late), max_size=2))
    body.append(f"other = {draw(reads(depth=0))}")
    return [
        "try:",
        *indented([f"class {name}:", *indented(body)]),
        f"    show(lambda: ({name}.value, {name}.other, {name}().method()))",
        "except Exception as error: print(isinstance(error, KeyError))",
    ]


@st.composite
def modules(draw: DrawFn) -> str:
    lines = draw(st.sampled_from([[], ['"""Doc."""', "from __future__ import annotations"]]))
    lines = [*lines, *draw(st.lists(st.sampled_from(IMPORTS), min_size=1, max_size=3, unique=True))]
    lines += [PRELUDE, "key = 'A'"]
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.integers(0, 6))
        if kind == 0:
            lines += draw(classes(f"C{number}"))
        elif kind < 3:
            lines += draw(functions(f"f{number}"))
        elif kind == 3:
            lines.append(
                draw(
                    st.sampled_from(
                        [
                            "os.environ['D'] = 'd'", "os.environ.pop('A', None)", "key = 'C'",
                            "env = {}", "def get_config_value(k, d=None): return 'mine'",
                            "has_config_value = None", "del os.environ['D']",
                            "if not key: del os", "if key: import os as late",
                        ]
                    )
                )
            )  # fmt: skip
            lines[-1] = (
                f"try: {lines[-1]}\nexcept Exception: pass" if ":" not in lines[-1] else lines[-1]
            )
        else:
            lines.append(f"show(lambda: {draw(reads())})")
    return "\n".join(lines) + "\n"


def printed(code: str) -> str:
    saved = dict(os.environ)
    out = io.StringIO()
    try:
        for key in "ABCD":
            os.environ.pop(key, None)
        os.environ.update(ENVIRONMENT)
        with redirect_stdout(out):
            try:
                exec(compile(code, "generated", "exec"), {"__name__": "generated"})
            except Exception as error:
                print("module ended:", type(error).__mro__[-4:])
    finally:
        os.environ.clear()
        os.environ.update(saved)
    return out.getvalue()


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(modules())
def test_the_same_is_printed_before_and_after(code: str) -> None:
    rewriter = Rewriter(chosen(), Policy(Settings()), KeyNames())
    outcome = rewriter.rewrite(code.encode(), "generated.py")
    assert outcome.status in ("changed", "unchanged"), outcome.message
    if outcome.new is None:
        return
    after = outcome.new.decode()
    assert printed(after) == printed(code), after
    again = rewriter.rewrite(outcome.new, "generated.py")
    assert again.new is None, again.new.decode() if again.new else ""
