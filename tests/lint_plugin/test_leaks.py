"""No value comes out anywhere: secrets in every place of source, settings, baseline and cache."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin.masking import masked_versions
from tests.fakes.bounded import cpu_within

Check = Callable[..., Any]

# One secret a place, so that a leak says where it came from. Put together here, for no scanner.
MARK = "hunter" + "2Zq"
TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
PLACES = (
    "password = '{}'",
    "password: str = '{}'",
    "self.password = '{}'",
    "password += '{}'",
    "user, password = 'a', '{}'",
    "config['password'] = '{}'",
    "config = {{'password': '{}', 'user': 'a'}}",
    "config = dict(password='{}')",
    "connect(auth=('a', '{}'))",
    "HTTPBasicAuth('a', '{}')",
    "def f(password='{}'): pass",
    "def f(*, password='{}'): pass",
    "f = lambda password='{}': 0",
    "if password == '{}': pass",
    "if '{}' == password: pass",
    "if (password := '{}'): pass",
    "password = given or '{}'",
    "password = '{}' if x else y",
    "password = f'{}'",
    "password = '{}' 'tail'",
    "password = 'head' + '{}'",
    "password = b'{}'",
    "password = '''\\\n{}'''",
    "password = SecretStr('{}')",
    "parser.add_argument('--password', default='{}')",
    "x = [p for password in ['{}']]",
    "import os; os.getenv('DB_PASSWORD', '{}')",
    "import os; os.environ.get('DB_PASSWORD') or '{}'",
    "import os; os.environ.setdefault('DB_PASSWORD', '{}')",
    "import os; os.environ['DB_PASSWORD'] = '{}'; print(os.environ['DB_PASSWORD'])",
    "url = 'postgresql://app:{}@db/main'",
    "url = f'postgresql://app:{}@{{host}}/main'",
    "url = 'https://api.example.org/items?api_key={}&page=1'",
    "dsn = 'Server=db;User Id=app;Password={};'",
    "body = 'user=app&password={}&go=1'",
    "body = '{{\"user\": \"app\", \"password\": \"{}\"}}'",
    "# password = '{}'",
    "password = '{}'  # noqa",
    "password = '{}'  # hushflake: ignore[HSF301] known",
    "password = '{}'  # hushflake: ignore[HSF302]",
    "password = '{}'  # hushflake: ignroe",
    "@decorated(password='{}')\ndef f(): pass",
    "class A(Base, password='{}'): pass",
    "with connect(password='{}') as c: pass",
    "match x:\n    case {{'password': '{}'}}: pass",
    "raise Error(password='{}')",
    "assert password == '{}'",
    "return_value.password = '{}'",
    "import os; print(f\"{{os.environ['DB_PASSWORD']}} {}\", password='{}')",
)  # fmt: skip
BROKEN = ("password = '{}'\nx = (\n", "password = '{}\n", "print password == '{}'\n")


def secret(number: int) -> str:
    return f"{MARK}{number:02}x9"


@pytest.fixture
def planted(project: Path) -> Path:
    for number, place in enumerate(PLACES):
        text = place.format(*[secret(number)] * place.count("{}")) + "\n"
        (project / f"m{number:02}.py").write_text(text, encoding="utf-8")
    (project / "provider.py").write_text(f"# {TOKEN}\nx = '{TOKEN}'\n", encoding="utf-8")
    for number, place in enumerate(BROKEN):
        (project / f"broken{number}.py").write_text(place.format(secret(90)), encoding="utf-8")
    (project / "latin.py").write_bytes(f"password = '{secret(91)}\xe9'\n".encode("latin-1"))
    (project / "tests").mkdir()
    (project / "tests" / "test_a.py").write_text(f"password = '{secret(92)}'\n", encoding="utf-8")
    return project


def leaked(*texts: str) -> list[str]:
    return [line for text in texts for line in text.splitlines() if MARK in line or TOKEN in line]


RUNS = (
    (),
    ("--show-source",),
    ("--show-source", "--notes", "--select", "ALL"),
    ("--statistics",),
    ("--show-source", "--select", "HSF1"),
    ("--format", "json", "--show-source"),
    ("--format", "sarif"),
    ("--format", "sarif", "--select", "HSF0,HSF1,HSF4"),
    ("--format", "github", "--show-source", "--notes"),
    ("--format", "gitlab"),
    ("--format", "junit", "--show-source", "--notes"),
    ("--strict",),
)


@pytest.mark.parametrize("args", RUNS, ids=" ".join)
def test_no_output_tells_a_value(planted: Path, check: Check, args: tuple[str, ...]) -> None:
    done = check(*args)
    assert done.returncode == (3 if "--strict" in args else 1), done.stderr
    assert done.stdout
    assert leaked(done.stdout, done.stderr) == []


def test_nearly_every_place_is_seen(planted: Path, check: Check) -> None:
    found = check("--select", "HSF3", "--notes").stdout
    unseen = [place for number, place in enumerate(PLACES) if f"m{number:02}.py:" not in found]
    quiet = [place for place in unseen if "noqa" in place or "ignore[HSF301]" in place]
    # What no rule claims: a match pattern, the source of a comprehension.
    assert set(unseen) - set(quiet) == {
        "x = [p for password in ['{}']]",
        "match x:\n    case {{'password': '{}'}}: pass",
    }


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


def test_no_file_that_is_written_holds_a_value(planted: Path, check: Check) -> None:
    before = {path: path.read_bytes() for path in files(planted)}
    check("--baseline", "known.json", "--update-baseline", "--select", "ALL")
    check("--select", "ALL", "--show-source")
    written = [path for path in files(planted) if path not in before]
    assert any(path.suffix == ".json" and "cache" in path.parts for path in written)
    assert planted / "known.json" in written
    for path in written:
        assert leaked(path.read_text(encoding="utf-8")) == [], path
    assert all(path.read_bytes() == data for path, data in before.items())


@pytest.mark.parametrize(
    "text",
    [
        "[tool.hushflake]\npassword = '{}'\n",
        "[tool.hushflake]\nkeep = '{}'\n",
        "[tool.hushflake]\nselect = ['{}']\n",
        "[tool.hushflake]\nkey-style = '{}'\n",
        "[tool.hushflake]\nbaseline = ['{}']\n",
        "[tool.hushflake]\nkeep = ['{}'\n",
        "[tool.hushflake]\nkeep = {}\n",
        "[tool.hushflake.per-file-ignores]\n'a.py' = '{}'\n",
        "[tool]\nhushflake = '{}'\n",
    ],
)
def test_a_mistake_in_the_settings_tells_no_value(project: Path, check: Check, text: str) -> None:
    (project / "pyproject.toml").write_text(text.format(secret(1)), encoding="utf-8")
    done = check()
    assert done.returncode == 2
    assert done.stderr.strip()
    assert leaked(done.stdout, done.stderr) == []


@pytest.mark.parametrize(
    "text",
    [
        '{{"format": "{}"}}',
        '{{"format": "hushflake.baseline/1", "entries": [{{"path": "{}"}}]}}',
        '{{"format": "hushflake.baseline/1", "entries": "{}"}}',
        '{{"a": "{}", ]',
    ],
)
def test_a_mistake_in_the_baseline_tells_no_value(project: Path, check: Check, text: str) -> None:
    (project / "known.json").write_text(text.format(secret(1)), encoding="utf-8")
    done = check("--baseline", "known.json")
    assert done.returncode == 2
    assert leaked(done.stdout, done.stderr) == []


def test_source_on_standard_input_tells_no_value(project: Path, check: Check) -> None:
    for number, place in enumerate((*PLACES, *BROKEN)):
        text = place.format(*[secret(number)] * place.count("{}"))
        done = check("-", "--show-source", "--select", "ALL", "--notes", stdin=text.encode())
        assert leaked(done.stdout, done.stderr) == [], place
        if number > 12:
            break


def test_flake8_tells_no_value(planted: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "HSF", "--show-source", "--statistics"],
        cwd=planted,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    # flake8 itself shows the line where it is asked to: what our plugin says is what counts.
    ours = [line for line in done.stdout.splitlines() if " HSF" in line]
    assert len(ours) > 30
    assert leaked("\n".join(ours), done.stderr) == []


@pytest.mark.parametrize("count", [3, 2000])
def test_a_secret_is_hidden_wherever_it_stands_again_however_many_there_are(count: int) -> None:
    secrets = [f"{MARK}{number:05}x" for number in range(count)]
    lines = [f"password{number} = '{secret}'" for number, secret in enumerate(secrets)]
    lines += [f"# was {secret}, and {secret}s" for secret in secrets]
    with cpu_within(20):
        data = "\n".join(lines).encode()
        shown, _ = masked_versions([data, data], "a.py")
        assert MARK not in shown
        assert shown.count("# was ***, and ") == count
