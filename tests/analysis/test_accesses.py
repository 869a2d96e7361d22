"""Each environment access once, told apart by form and by what its name means."""

import time

import pytest

from hushflake.lint_plugin.analysis import Access, Index, Source, accesses, parse, prefilter
from hushflake.lint_plugin.analysis.respelt import normal, respelt
from tests.fakes.bounded import cpu_within


def found(code: str) -> list[Access]:
    source = parse(code.encode())
    assert isinstance(source, Source)
    return [access for access in accesses(Index(source)) if access.form != "import"]


def told(code: str) -> list[tuple[str, str | None, str]]:
    return [(access.form, access.key, access.reason) for access in found(code)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("os.getenv('A')", ("getenv", "A", "")),
        ("os.getenv('A', 'x')", ("getenv", "A", "")),
        ("os.getenv(key='A', default=None)", ("getenv", "A", "")),
        ("os.getenv(default=1, key=k)", ("getenv", None, "")),
        ("os.getenv()", ("getenv", None, "arguments")),
        ("os.getenv(*a)", ("getenv", None, "arguments")),
        ("os.getenv('A', **d)", ("getenv", "A", "arguments")),
        ("os.getenv('A', key='B')", ("getenv", "A", "arguments")),
        ("os.getenv(b'A')", ("getenv", None, "key-type")),
        ("os.environ.get('A')", ("environ.get", "A", "")),
        ("os.environ['A']", ("subscript", "A", "")),
        ("os.environ['A', 'B']", ("subscript", None, "key-type")),
        ("os.environ[:1]", ("subscript", None, "key-type")),
        ("'A' in os.environ", ("membership", "A", "")),
        ("'A' not in os.environ", ("membership", "A", "")),
        ("1 < x in os.environ", ("membership", None, "chained")),
        ("os.environ.pop('A', None)", ("pop", "A", "write")),
        ("os.environ.setdefault('A', 'b')", ("setdefault", "A", "write")),
        ("os.environ.update(A='b')", ("update", None, "write")),
        ("os.environ.clear()", ("clear", None, "write")),
        ("os.environ.copy()", ("copy", None, "whole-mapping")),
        ("os.environ.items()", ("iteration", None, "whole-mapping")),
        ("[k for k in os.environ]", ("iteration", None, "whole-mapping")),
        ("dict(os.environ)", ("mapping", None, "whole-mapping")),
        ("{**os.environ}", ("mapping", None, "whole-mapping")),
        ("f(env=os.environ)", ("mapping", None, "whole-mapping")),
        ("os.environ == x", ("mapping", None, "whole-mapping")),
        ("map(os.environ.get, names)", ("method", None, "value")),
        ("map(os.getenv, names)", ("function", None, "value")),
        ("os.environb[b'A']", ("environb", None, "bytes")),
        ("os.getenvb(b'A')", ("environb", None, "bytes")),
        ("os.putenv('A', 'b')", ("putenv", None, "process")),
        ("os.unsetenv('A')", ("putenv", None, "process")),
    ],
)
def test_forms(expression: str, expected: tuple[str, str | None, str]) -> None:
    assert told(f"import os\n{expression}\n") == [expected]


@pytest.mark.parametrize(
    ("statement", "form"),
    [
        ("os.environ['A'] = 'b'", "store"),
        ("os.environ['A'] += 'b'", "store"),
        ("for os.environ['A'] in x: pass", "store"),
        ("del os.environ['A']", "delete"),
        ("os.environ |= {}", "update"),
        ("os.environ = {}", "replace"),
        ("os.getenv = f", "replace"),
    ],
)
def test_statements_that_change_it(statement: str, form: str) -> None:
    assert [(form, "write")] == [
        (access.form, access.reason) for access in found(f"import os\n{statement}\n")
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import os as o\no.getenv('A')",
        "from os import getenv\ngetenv('A')",
        "from os import getenv as g\ng('A')",
        "from os import environ\nenviron['A']",
        "import os.path\nos.getenv('A')",
        "def f():\n    import os\n    return os.getenv('A')",
        "try:\n    import os\nexcept ImportError:\n    import os\nos.getenv('A')",
        "import os\nclass C:\n    os = 1\n    def m(self):\n        return os.getenv('A')",
        "import os\nclass C:\n    a = os.getenv('A')",
        "import os\nx = [y for os in [1] for y in z]; os.getenv('A')",
        "import os\n[x for x in os.getenv('A')]",
        "import os\ndef f(os=os.getenv('A')): pass",
        "import os\ndef f(os: os.getenv('A')): pass",
        "import os\n@os.getenv('A')\ndef os_(): pass",
        "def f():\n    global os\n    import os\ndef g():\n    return os.getenv('A')",
        "def f():\n    import os\n    def g():\n        nonlocal os\n        return os.getenv('A')",
        "env = __import__('x')\nimport os as env\ndef f():\n    import os\n    os.getenv('A')",
        "if (e := __import__('x')): pass\nimport os\nos.environ['A']",
        "import os\ne = os.environ\ne['A']",
        "import os\ng = os.environ.get\ng('A')",
        "import os\nif (e := os.environ): pass",
    ],
)
def test_ours(code: str) -> None:
    accessed = [a for a in found(code) if a.form != "rebinding"]
    assert [a.reason for a in accessed] in ([""], [])
    assert found(code)


@pytest.mark.parametrize(
    "code",
    [
        "def app(environ, start):\n    return environ['A'], environ.get('B')",
        "environ = {}\nenviron['A']",
        "def getenv(k): pass\ngetenv('A')",
        "from x import environ\nenviron['A']",
        "from . import os\nos.getenv('A')",
        "import os\ndef f(os): return os.getenv('A')",
        "import os\nlambda os: os.getenv('A')",
        "import os\ndef f():\n    for os in x: os.getenv('A')",
        "import os\ndef f():\n    with x as os: os.getenv('A')",
        "import os\ndef f():\n    try: pass\n    except E as os: os.getenv('A')",
        "import os\ndef f(x):\n    match x:\n        case {'a': os}: os.getenv('A')",
        "import os\ndef f(x):\n    match x:\n        case [*os]: os.getenv('A')",
        "import os\ndef f(x):\n    match x:\n        case {**os}: os.getenv('A')",
        "import os\ndef f():\n    if (os := x): os.getenv('A')",
        "import os\n[os.getenv('A') for os in x]",
        "import os\nclass C:\n    os = x\n    a = os.getenv('A')",
        "import os\ndef f():\n    def os(): pass\n    os.getenv('A')",
        "import os\ndef f():\n    [(os := y) for y in x]\n    os.getenv('A')",
        "request.environ['A']; self.os.environ['A']; x.getenv('A')",
        "'os.environ'; environment = 1",
    ],
)
def test_not_ours(code: str) -> None:
    assert not found(code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("try:\n    import os\nexcept ImportError:\n    os = None\nos.getenv('A')", "disputed"),
        ("import os\ndef f():\n    global os\n    os = 1\nos.getenv('A')", "disputed"),
        ("from os import *\ngetenv('A')", "star-import"),
        ("from x import *\nos.getenv('A')", "star-import"),
        ("os.getenv('A')", "unresolved"),
        ("import os\ne = os.environ\ne['A']; e.copy()", "rebound"),
        ("import os\ne = os.environ\nprint(e); e['A']", "rebound"),
        ("import os\ne = os.environ\nf(e.get); e['A']", "rebound"),
    ],
)
def test_left_for_a_reason(code: str, reason: str) -> None:
    assert [a.reason for a in found(code) if a.is_read] == [reason]


def test_in_fstrings_positions_are_exact() -> None:
    code = (
        "import os\n"
        "x = (f'''é {os.environ['A']}\n"
        "  {{os.getenv}} {os.getenv(\"B\"):>{os.environ[\"C\"]}} ''' 'plain'\n"
        "  f\"{os.getenv('D')!r} {f'{os.getenv(k)=}'}\")\n"
    )
    texts = [a.index.source.text(*a.index.source.range(a.node)) for a in found(code)]
    assert texts == [
        "os.environ['A']",
        'os.getenv("B")',
        'os.environ["C"]',
        "os.getenv('D')",
        "os.getenv(k)",
    ]


def test_columns_count_characters() -> None:
    (access,) = found("import os\né = 'ü'; x = os.getenv('A')\n")
    assert (access.span.line, access.span.column) == (2, 14)
    assert access.index.source.utf8[access.span.start : access.span.end] == b"os.getenv('A')"


def test_resolving_other_names() -> None:
    source = parse(
        b"from dotenv import load_dotenv as ld\nimport logging as l\nld(); l.info('x')\n"
    )
    assert isinstance(source, Source)
    index = Index(source)
    assert [use.origin for use in index.uses("dotenv")] == ["dotenv.load_dotenv"]
    call = source.tree.body[3].value  # type: ignore[attr-defined]
    assert index.resolve(call.func) == "logging.info"


@pytest.mark.parametrize(
    "code",
    [
        "import \uff4f\uff53\nos.getenv('A')",
        "import os\n\uff4f\uff53.getenv('A')",
        "import os\nos.\uff47\uff45\uff54\uff45\uff4e\uff56('A')",
        "import o\u017f\no\u017f.ge\U0001d42denv('A')",
        "from os import \U0001d41environ\n\uff45nviron['A']",
    ],
)
def test_names_are_compared_as_python_reads_them(code: str) -> None:
    assert prefilter(code.encode())
    assert [(key, reason) for _, key, reason in told(code)] == [("A", "")]


def test_a_search_for_other_spellings_takes_a_time_that_grows_with_the_text() -> None:
    full_width = "\uff4f\uff53"
    for text in ("a" * 2_000_000, "\u00e9" * 1_000_000, ("a" * 499 + "\uff4f") * 2_000):
        code = f"# {full_width}\nx = '{text}'\nimport {full_width}\n"
        begun = time.perf_counter()
        assert respelt(code.encode())[b"os"] == [2, len(code.encode()) - 7]
        assert normal(code.encode()).endswith(b"import os\n")
        assert time.perf_counter() - begun < 20


def test_text_in_full_width_is_no_name() -> None:
    assert not prefilter("x = '\uff0c\uff45'  # \uff47\uff45\uff54\n".encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("env['A']\nenv = os.environ", "unbound"),
        ("env = os.environ\nenv['A']", ""),
        ("env = os.environ\ndel env\nenv['A']", "unbound"),
        ("env = os.environ\nenv['A']\ndel env", ""),
        ("if x:\n    env = os.environ\nenv['A']", "unbound"),
        ("if x:\n    env = os.environ\nelse:\n    return\nenv['A']", ""),
        ("for i in x:\n    if i: env['A']\n    env = os.environ", "unbound"),
        ("for i in x:\n    env = os.environ\n    env['A']", ""),
        ("while x:\n    import os\n    os.environ['A']\n    del os", "unbound"),
        ("if x:\n    del os\nos.environ['A']\nimport os", "unbound"),
        ("def inner(): return env['A']\ninner()\nenv = os.environ", "unbound"),
        ("env = os.environ\ndef inner(): return env['A']", ""),
        ("try:\n    import os\nexcept ImportError: pass\nos.environ['A']", ""),
        ("try:\n    x()\n    import os\nexcept ValueError: pass\nos.environ['A']", "unbound"),
        ("try:\n    x()\n    import os\nexcept ValueError: return\nos.environ['A']", ""),
        ("try:\n    x()\nfinally:\n    import os\nos.environ['A']", ""),
        ("with x:\n    x()\n    import os\nos.environ['A']", "unbound"),
        ("if 1:\n    x()\n    import os\nos.environ['A']", ""),
        ("if (env := os.environ): env['A']", ""),
        ("[env['A'] for _ in x]\nenv = os.environ", "unbound"),
    ],
)
def test_a_name_that_may_have_no_value(body: str, reason: str) -> None:
    code = "import os\ndef f(x):\n" + "\n".join(f"    {line}" for line in body.split("\n"))
    compile(code, "case", "exec")
    assert [r for form, _, r in told(code) if form == "subscript"] == [reason]


def test_what_functions_read_is_asked_of_deleted_names_alone() -> None:
    function = "import os\ndef f(): return os.getenv('A')\n"
    assert told(function + "del os") == [("getenv", "A", "unbound")]
    assert told("def f(): return os.getenv('A')\nimport os\n") == [("getenv", "A", "")]


def test_a_private_name_of_a_class_is_another_one() -> None:
    assert not told("import os as __os\nclass C:\n    def f(self): return __os.getenv('A')")
    assert told("class C:\n    import os as __os\n    x = __os.getenv('A')")
    assert told("import os as __os\nclass __:\n    x = __os.getenv('A')")


@pytest.mark.parametrize("binding", ["if x: import os\n", "del os\n", "for i in x: import os\n"])
def test_many_bindings_and_reads_take_a_time_that_grows_with_them(binding: str) -> None:
    with cpu_within(15):
        assert len(found("import os\n" + binding * 1_500 + "os.getenv('A')\n" * 1_500)) == 1_500
