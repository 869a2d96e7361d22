"""Whatever a file holds, there is a finding or a clear remark, and never a traceback."""

import ast
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.engine import Checker, Result
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.run import check_files
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.sites import Site, site
from hushflake.lint_plugin.statements import Owners, blocks, spanning
from tests.fakes.bounded import cpu_within

Check = Callable[..., Any]
ALL = registry.selection(["ALL"])
SECRET = "hunter" + "2-of-ours"


def look(data: bytes) -> Result:
    return Checker(Settings(root="/project"), ALL).check_bytes(data, "/project/file.py")


def codes(data: bytes) -> list[str]:
    result = look(data)
    assert result.skipped is None, result.skipped
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    "data",
    [
        b"import os\nos.getenv('A')\n",
        b"\xef\xbb\xbfimport os\nos.getenv('A')\n",
        b"import os\r\nos.getenv('A')\r\n",
        b"import os\ros.getenv('A')\r",
        b"import os\n\x0cos.getenv('A')",
        "# coding: latin-1\nimport os\nx = 'é'; os.getenv('A')\n".encode("latin-1"),
        "# coding: koi8-r\nimport os\nx = 'я'; os.getenv('A')\n".encode("koi8-r"),
        "import os\nx = 'я'; os.getenv('A')\n".encode(),
    ],
)
def test_encodings_and_newlines(data: bytes) -> None:
    assert codes(data) == ["HSF101"]


def test_columns_count_characters() -> None:
    [finding] = look(f"äöü = 1; password = '{SECRET}'\n".encode()).findings
    assert (finding.line, finding.column) == (1, 21)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"# coding: uft-8\nimport os\nos.getenv('A')\n", "encoding"),
        (b"import os\nos.getenv('\xff')\n", "encoding"),
        (b"import os\nprint os.getenv('A')\n", "python-2"),
        (b"import os\n{{ x }} = os.getenv('A')\n{% if %}\n", "template"),
        (b"import os\nos.getenv('A')\0\n", "syntax"),
        (b"import os\nos.getenv(" + b"(" * 10_000 + b"'A'" + b")" * 10_000 + b")\n", "too-deep"),
        (b"import os\nos.getenv('A'" + b"+'A'" * 100_000 + b")\n", "too-deep"),
        (b"import os\nos.getenv('A')" + b".x" * 100_000 + b"\n", "too-deep"),
    ],
)
def test_what_cannot_be_parsed_is_told(data: bytes, kind: str) -> None:
    result = look(data)
    assert result.findings == ()
    assert result.skipped is not None
    assert result.skipped.kind == kind
    assert not result.skipped.failed


def test_secrets_on_one_line_are_found_where_nothing_parses() -> None:
    lines = ("print 'x'", "password = 'hunter2'", "connect(password=", "    'hunter2')")
    assert [finding.line for finding in look("\n".join(lines).encode()).findings] == [2]


def test_formats_are_found_where_nothing_parses() -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    result = look(f"print 'x'\nimport os\nos.getenv('A')\n# {token}\n".encode())
    assert [finding.code for finding in result.findings] == ["HSF302"]
    assert result.skipped is not None


@pytest.mark.parametrize(
    ("filling", "times"),
    [
        (b"some password text, ", 250_000),
        (b'"password", "token", ', 100_000),
        (b'"password": "abcde", ', 100_000),
        (b"?token=abcdef12&a=b&", 100_000),
        (b"password = token or ", 100_000),
        (b"http://a:b@c/==pwd()", 100_000),
        (b"password            ", 100_000),
        (b"AKIA.ghp_.SG.eyJ.xox", 100_000),
    ],
)
def test_a_literal_of_5_or_2_megabytes(filling: bytes, times: int) -> None:
    data = b"import os\nx = '" + filling * times + b"'\nos.getenv('A')\n"
    # Some 0.3 s a megabyte: a search, not one for each word in it.
    with cpu_within(2 * len(data) / 1e6):
        result = look(data)
    assert result.skipped is None
    assert "HSF101" in [finding.code for finding in result.findings]


def test_many_findings_in_one_file() -> None:
    data = f"password = '{SECRET}'\n".encode() * 5_000
    with cpu_within(8):
        assert len(look(data).findings) == 5_000


def test_a_line_of_many_secret_words() -> None:
    data = b"x = [" + b"'password', 'token', " * 50_000 + b"]\n"
    assert codes(data) == []


@pytest.mark.slow
def test_the_standard_library_with_its_tests() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"])
    paths = [str(path) for path in folder.rglob("*.py") if "site-packages" not in path.parts]
    assert len(paths) > 500
    settings = Settings(root=str(folder))
    results = dict(check_files(settings, ALL, paths, jobs=2))
    assert len(results) == len(paths)
    assert sum(len(result.findings) for result in results.values()) > 100
    kinds = {result.skipped.kind for result in results.values() if result.skipped}
    assert kinds <= {"encoding", "syntax", "python-2", "newer-python", "too-deep", "template"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LITELLM", "MLFLOW", "OPEN_WEBUI"])
def test_real_releases(name: str, tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        import releases
    finally:
        sys.path.pop(0)
    folder = releases.unpack(getattr(releases, name), tmp_path / "tree")
    done = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "check", str(folder), "--select", "ALL"],
        capture_output=True,
        env=dict(os.environ),
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert len(done.stdout.splitlines()) > 100


def test_after_the_codemod_only_what_it_listed_is_left(project: Path, check: Check) -> None:
    import json

    (project / "app.py").write_text(
        "import os\nfrom os import environ as e\n"
        "A = os.getenv('A')\nB = e['B']\nC = 'C' in os.environ\nP = os.environ['PATH']\n"
        "get = os.getenv\nos.environ['D'] = 'd'\nD = os.environ.get(*'D')\n"
        "def f(os):\n    return os.getenv('E')\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "codemod", "--write", "--format", "json"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    left = [edit for edit in json.loads(done.stdout)["edits"] if edit["action"] == "left"]
    # Lines move when imports change: what was left is known by its form and key.
    second = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "codemod", "--format", "json"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    places = {(e["path"], e["line"]) for e in json.loads(second.stdout)["edits"]}
    found = json.loads(check("--select", "HSF1", "--format", "json").stdout)["findings"]
    assert found
    assert left
    assert {(each["path"], each["line"]) for each in found} <= places
    assert not any(each["fixable"] for each in found)


def test_a_file_that_ends_its_process_ends_no_others_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_bytes = Checker.check_bytes

    def dying(self: Checker, data: bytes, path: str) -> Result:
        if path.endswith("m77.py"):
            os._exit(9)
        return check_bytes(self, data, path)

    monkeypatch.setattr(Checker, "check_bytes", dying)
    paths = [str(tmp_path / f"m{number}.py") for number in range(120)]
    for path in paths:
        Path(path).write_text("import os\nos.getenv('A')\n", encoding="utf-8")
    found = dict(check_files(Settings(root=str(tmp_path)), ALL, paths, jobs=2))
    assert list(found) == paths
    lost = [path for path, result in found.items() if result.skipped]
    assert lost == [str(tmp_path / "m77.py")]
    assert found[lost[0]].skipped is not None
    assert found[lost[0]].skipped.failed
    assert sum(len(result.findings) for result in found.values()) == 119


@pytest.mark.parametrize("error", [RecursionError, MemoryError, ValueError, SystemError])
def test_an_error_in_a_rule_ends_no_run(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def raising(*_: Any) -> Any:
        raise error("holds a value")

    monkeypatch.setattr(Checker, "check_module", raising)
    result = look(b"import os\nos.getenv('A')\n")
    assert result.skipped is not None
    assert result.skipped.failed is (error is not RecursionError)
    assert "holds a value" not in result.skipped.message


def test_a_chain_of_thousands_of_branches_takes_seconds(tmp_path: Path) -> None:
    # Python 3.13 parses what 3.11 takes for too deep.
    chain = "import os\nif 1: pass\n" + "elif os.getenv('A'): pass\n" * 3_000
    settings = Settings()
    with cpu_within(20):
        Checker(settings, registry.selection()).check_bytes(chain.encode(), "chain.py")


@pytest.mark.parametrize(
    ("name", "begin", "one", "end"),
    [
        (".env", "", "PASSWORD{0}={1}{0}\n", ""),
        ("export.sh", "export ", "PASSWORD{0}={1}{0} ", "\n"),
        ("settings.toml", "", 'password{0} = "{1}{0}"\n', ""),
        ("one_line.py", "keys = [{", "'password{0}': '{1}{0}',", "}]\n"),
        ("many_lines.py", "keys = {\n", "    'password{0}': '{1}{0}',\n", "}\n"),
        ("list.py", "passwords = [\n", "    '{1}{0}',\n", "]\n"),
    ],
)
def test_thousands_of_secrets_beside_each_other_take_seconds(
    name: str, begin: str, one: str, end: str
) -> None:
    random = "Zk9qT2vLx8" + "RmW4pYc7NsB1dHf6J"
    text = begin + "".join(one.replace("{0}", str(i)).replace("{1}", random) for i in range(3_000))
    with cpu_within(12):
        result = Checker(Settings(), registry.selection()).check_bytes((text + end).encode(), name)
        assert len(result.findings) == 3_000


def test_both_ways_to_a_literal_agree() -> None:
    source = b"a = ['x  y', b'''\nz''', f'{b}cc', (\n'd' 'e')]; f = {'g': 'h', **i, 'j': \"k'k\"}\n"
    places = [(start, end) for start in range(len(source)) for end in range(start, len(source), 3)]
    policy, names = Policy(Settings()), Names((), ())
    module = Module("x.py", source, policy, names)
    by_table = [module.is_in_literal(*place) for place in places]
    for place, found in zip(places, by_table, strict=True):
        assert Module("x.py", source, policy, names, module.source).is_in_literal(*place) == found
    assert set(by_table) == {True, False}


def test_a_literal_is_found_wherever_it_stands() -> None:
    source = b"a = {'b': 'c', **d, 'e': ['f', *g, h('i', *j, k='l')], 'm': n < 'o' < 'p' or 'q'}\n"
    module = Module("x.py", source, Policy(Settings()), Names((), ()))
    literals = [node for node in ast.walk(module.tree) if isinstance(node, ast.Constant)]
    for literal in literals:
        start, end = module.source.range(literal)
        found = site(module.source, start + 1, end - 1)
        assert isinstance(found, Site)
        assert found.node is literal


def test_both_ways_to_the_statements_around_a_line_agree() -> None:
    source = Path(ast.__file__).read_bytes() + (
        b"if a: b; c = [\n1]; d\nelif e: f\nelse:\n    x\n    try: y\n    except: z\n"
        b"@g\n@h(\n1)\nclass C: pass; k = 1\n"
    )
    policy, names = Policy(Settings()), Names((), ())
    module = Module("x.py", source, policy, names)
    lines = range(source.count(b"\n") + 3)
    slow = [[spanning_path(module.tree, line)] for line in lines]
    owners = Owners(module.tree, len(lines))
    assert [[owners.path_to(line)] for line in lines] == slow


def spanning_path(tree: ast.Module, line: int) -> list[ast.stmt]:
    found, body = [], tree.body
    while (inner := spanning(body, line)) is not None:
        found.append(inner)
        body = blocks(inner)
    return found
