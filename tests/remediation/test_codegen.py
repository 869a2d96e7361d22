"""`config codegen`: the documents of the declared keys, each judged by one of its readers."""

import io
import json
import os
import runpy
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import dotenv
import pytest
from jsonschema import Draft202012Validator

import hushflake.config as hc
from hushflake.cli.commands.inventory import DECLARED
from hushflake.cli.main import main
from hushflake.config.sources.dotenv import read as read_env
from hushflake.remediation.keys.documents import all_documents

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
CANARY = "canary" + "-value-1"
TABLE = """\
[tool.hushflake.keys]
PORT = {type = "int", default = 8000, group = "Web"}
LOG_LEVEL = {choices = ["debug", "info"], default = "info", description = "Of the root `logger` | all"}
HOOK_URL = {type = "url", schemes = ["https"], required = ["production"], default = "https://localhost"}
API_TOKEN = {owner = "@acme/api"}
OLD_MODE = {deprecated = "read APP_MODE instead"}
RATIO = "float"
WORKERS = {type = "int", choices = [1, 2, 4], required = false}
PAIR = {type = "tuple[int, str]", default = [1, "a"]}
PRICE = {type = "decimal", default = "1.50"}
TIMEOUT = {type = "seconds", default = 30}
LIMITS = {type = "dict[str, int]", default = '{"a": 1}'}
TITLE = {default = 'it''s "x" \\\\ # y'}
NAMES = {type = "list", default = ["a", "b,c"]}
DAY = {type = "date", required = false}
FLAG = {type = "bool", default = true}
int = {type = "json", required = false}

[tool.hushflake.keys.DATABASE_URL]
type = "url"
secret = true
schemes = ["postgresql"]
description = "Where the orders are, and the customers, and whatever else is kept in a database"
deprecated-aliases = {PG_URL = 2099-01-31, A_VERY_LONG_NAME_THAT_WAS_ONCE_THE_NAME_OF_IT = "2026-06-30"}

[tool.hushflake.generated]
module = "shop/keys.py"
env-example = ".env.example"
json-schema = "config.schema.json"
markdown = "docs/configuration.md"
"""  # noqa: E501 - a table as people write it
TABLE = TABLE.replace("'it''s \"x\" \\\\ # y'", '"it\'s \\"x\\" \\\\ # y"')


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("HUSHFLAKE_", "PULUMI_")):
            monkeypatch.delenv(name)
    return tmp_path


def codegen(*arguments: str) -> int:
    return main(["config", "codegen", *arguments])


def written(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def test_all_documents_are_written_once_and_checked(shop: Path, capsys: Capture) -> None:
    assert codegen("--check") == 1
    assert codegen() == 0
    files = ("shop/keys.py", ".env.example", "config.schema.json", "docs/configuration.md")
    assert capsys.readouterr().out.count(": created") == len(files)
    before = [(shop / file).stat().st_mtime_ns for file in files]
    assert codegen("--check") == codegen() == 0
    assert capsys.readouterr().out.count(": unchanged") == len(files)
    assert [(shop / file).stat().st_mtime_ns for file in files] == before
    (shop / "pyproject.toml").write_text(TABLE.replace("8000", "8080"))
    assert codegen("--check") == 1
    out = capsys.readouterr().out
    assert out.count("is not what `hushflake config codegen` writes") == len(files)
    assert codegen() == 0
    assert "8080" in written(shop, "shop/keys.py")
    assert codegen("--check") == 0


@pytest.mark.parametrize("width", [79, 88, 100, 140])
def test_the_module_is_formatted(shop: Path, width: int) -> None:
    (shop / "pyproject.toml").write_text(f"[tool.ruff]\nline-length = {width}\n{TABLE}")
    assert codegen() == 0
    module = shop / "shop" / "keys.py"
    for command in (["format", "--check"], ["check", "--select", "E,F,I,W,UP,B,PIE"]):
        ruff = [sys.executable, "-m", "ruff", *command, str(module)]
        done = subprocess.run(ruff, cwd=shop, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    # A team may format it otherwise: it says the same.
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--line-length", "60", module], cwd=shop
    )
    assert codegen("--check") == 0


def test_the_module_reads_what_is_declared(shop: Path) -> None:
    assert codegen() == 0
    module = runpy.run_path(str(shop / "shop" / "keys.py"))
    keys = module["keys"]
    assert (keys.port, keys.log_level, keys.pair) == (8000, "info", (1, "a"))
    assert (keys.price, keys.names, keys.title) == (
        Decimal("1.5"),
        ["a", "b,c"],
        'it\'s "x" \\ # y',
    )
    assert (keys.flag, keys.day, keys.int_, keys.limits) == (True, None, None, {"a": 1})
    with pytest.raises(hc.ConfigCheckError) as caught:
        hc.check_config(module["Keys"])
    assert caught.value.missing == ("HOOK_URL", "API_TOKEN", "RATIO", "DATABASE_URL")
    with hc.config_overrides({"PG_URL": f"postgresql://{CANARY}", "API_TOKEN": CANARY}):
        assert keys.database_url == hc.Secret(f"postgresql://{CANARY}")
        assert keys.api_token.reveal() == CANARY
    assert module["get_config_value"] is hc.get_config_value


def test_importing_the_module_imports_little(shop: Path) -> None:
    rows = "".join(f'KEY_{n} = {{type = "int", default = {n}}}\n' for n in range(100))
    (shop / "pyproject.toml").write_text(f"[tool.hushflake.keys]\n{rows}")
    assert codegen("shop/keys.py") == 0
    program = (
        "import sys, hushflake.config; before = set(sys.modules)\n"
        "import shop.keys; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shop, capture_output=True, text=True, check=True
    )
    new = set(done.stdout.split())
    assert {name for name in new if not name.startswith(("hushflake", "shop"))} <= {
        "__future__",
        "importlib._abc",
        "types",
    }
    assert len(new) < 10


GOOD = """\
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from typing_extensions import assert_type

from hushflake.config import Secret
from shop.keys import get_config_value, has_config_value, keys, require_config_value

assert_type(keys.port, int)
assert_type(keys.log_level, Literal["debug", "info"])
assert_type(keys.hook_url, str)
assert_type(keys.api_token, Secret)
assert_type(keys.database_url, Secret)
assert_type(keys.old_mode, str | None)
assert_type(keys.workers, Literal[1, 2, 4] | None)
assert_type(keys.pair, tuple[int, str])
assert_type(keys.price, Decimal)
assert_type(keys.timeout, timedelta)
assert_type(keys.limits, dict[str, int])
assert_type(keys.names, list[str])
assert_type(keys.day, date | None)
assert_type(keys.flag, bool)
assert_type(keys.int_, Any)
assert_type(get_config_value("PORT"), str | None)
assert_type(get_config_value("PORT", 1), str | int)
assert_type(get_config_value("PORT", default=""), str)
assert_type(require_config_value("PORT"), str)
assert_type(has_config_value("PORT"), bool)
"""
# Each line is a mistake that a type checker must report.
BAD = """\
from shop.keys import get_config_value, has_config_value, keys, require_config_value
get_config_value("PROT")
get_config_value("PROT", "")
require_config_value("PROT")
has_config_value("PROT")
keys.port = 1
print(keys.prot)
text: str = keys.port
get_config_value("PORT").strip()
get_config_value("PG_URL")
require_config_value("PG_URL")
has_config_value("PG_URL")
keys.api_token.strip()
"""


def sample(shop: Path) -> None:
    assert codegen() == 0
    (shop / "shop" / "__init__.py").touch()
    (shop / "good.py").write_text(GOOD)
    (shop / "bad.py").write_text(BAD)


def faulty_lines(output: str) -> set[tuple[str, int]]:
    """The places of errors, of mypy and pyright alike."""
    found = set()
    for line in output.splitlines():
        name, *rest = line.strip().split(":")
        if "error" in line and rest and rest[0].isdigit():
            found.add((Path(name).name, int(rest[0])))
    return found


EXPECTED = {("bad.py", number) for number in range(2, BAD.count("\n") + 1)}


def test_mypy_knows_the_keys(shop: Path) -> None:
    sample(shop)
    (shop / "mypy.ini").write_text(
        f"[mypy]\nstrict = true\nmypy_path = {ROOT / '.types'}\nexplicit_package_bases = true\n"
        "follow_imports = silent\nenable_error_code = deprecated\n"
    )
    command = [sys.executable, "-m", "mypy", "good.py", "bad.py", "shop/keys.py"]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "codegen")]
    done = subprocess.run([*command, *cache], cwd=shop, capture_output=True, text=True)
    assert faulty_lines(done.stdout) == EXPECTED, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_knows_the_keys(shop: Path) -> None:
    sample(shop)
    uv = Path(sys.executable).with_name("uv")
    for command in (
        [uv, "venv", "--quiet", "venv"],
        [uv, "pip", "install", "--quiet", "--python", "venv/bin/python", "pyright==1.1.409"],
    ):
        subprocess.run(command, cwd=shop, check=True)
    settings = {"extraPaths": [str(ROOT / ".types")], "typeCheckingMode": "strict"}
    settings |= {"pythonVersion": "3.11", "reportDeprecated": "error"}
    (shop / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        ["venv/bin/pyright", "good.py", "bad.py", "shop/keys.py"],
        cwd=shop, capture_output=True, text=True,
    )  # fmt: skip
    assert faulty_lines(done.stdout) == EXPECTED, done.stdout + done.stderr


# Files of somebody else


@pytest.mark.parametrize("name", ["shop/keys.py", ".env.example", "config.schema.json"])
def test_a_file_of_somebody_else_is_left(shop: Path, capsys: Capture, name: str) -> None:
    (shop / name).write_text("mine\n")
    assert codegen() == 2
    assert f"{name}: was not written by `hushflake config codegen`" in capsys.readouterr().err
    assert written(shop, name) == "mine\n"
    assert codegen("--check") == 1
    assert codegen("--force") == 0
    assert written(shop, name) != "mine\n"


def test_an_edited_file_is_left(shop: Path, capsys: Capture) -> None:
    assert codegen() == 0
    module = shop / "shop" / "keys.py"
    edited = module.read_text().replace("default=8000", "default=9000")
    module.write_text(edited)
    assert codegen() == 2
    assert "was edited since it was written" in capsys.readouterr().err
    assert module.read_text() == edited
    assert codegen("--force") == 0
    assert codegen("--check") == 0


def test_a_page_keeps_what_is_around_the_table(shop: Path, capsys: Capture) -> None:
    page = shop / "docs" / "configuration.md"
    page.parent.mkdir()
    page.write_text("# Settings\n\nNo place here.\n")
    assert codegen() == 2
    assert "has no place for the table: put <!-- hushflake keys -->" in capsys.readouterr().err
    page.write_text("# Settings\n\n<!-- hushflake keys -->\n<!-- /hushflake keys -->\n\nMore.\n")
    assert codegen() == codegen("--check") == 0
    text = page.read_text()
    assert text.startswith("# Settings\n\n<!-- hushflake keys: written by")
    assert text.endswith("<!-- /hushflake keys -->\n\nMore.\n")
    assert "| `PORT` | int | no | `8000` |" in text
    # A formatter may pad the cells.
    page.write_text(text.replace("| no |", "|    no    |").replace("|---|", "| --- |"))
    assert codegen("--check") == 0


@pytest.mark.parametrize("name", ["../out.py", ".git/keys.py", "linked/keys.py", "/tmp/x/keys.py"])
def test_nothing_is_written_outside(shop: Path, name: str, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (shop / ".git").mkdir()
    (shop / "linked").symlink_to(outside)
    text = TABLE.replace('module = "shop/keys.py"', f'module = "{name}"')
    (shop / "pyproject.toml").write_text(text)
    assert codegen() == 2
    assert list(outside.iterdir()) == list((shop / ".git").iterdir()) == []


A_KEY = "[tool.hushflake.keys]\nA = 'int'\n"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "no keys are declared"),
        (f"{A_KEY}[tool.hushflake.generated]\nx = 'y'\n", "unknown document"),
        (A_KEY, "nothing to write: give MODULE.py"),
        (f"{A_KEY}API_TOKEN = {{default = 'x'}}\n[tool.hushflake.generated]\nmodule = 'k.py'\n",
         ":3:14: 'API_TOKEN' looks like a secret and has a default"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(shop: Path, capsys: Capture, table: str, words: str) -> None:
    (shop / "pyproject.toml").write_text(table)
    assert codegen(*(["k.py"] if not table else [])) == 2
    assert words in " ".join(capsys.readouterr().err.split())


# What others read


def example(shop: Path) -> dict[str, str | None]:
    assert codegen() == 0
    return dotenv.dotenv_values(stream=io.StringIO(written(shop, ".env.example")))


def test_the_template_names_every_key_and_no_value_of_a_secret(shop: Path) -> None:
    assert example(shop) == {"API_TOKEN": "", "RATIO": "", "DATABASE_URL": ""}
    text = written(shop, ".env.example")
    # With every comment of a default taken away, every reader takes the same.
    path = shop / "all.env"
    path.write_text("".join(
        line.removeprefix("# ") + "\n" for line in text.splitlines() if "=" in line
    ))  # fmt: skip
    found = read_env(path)
    assert found == dotenv.dotenv_values(path)
    assert {key: found[key] for key in ("PORT", "PAIR", "PRICE", "FLAG", "NAMES")} == {
        "PORT": "8000", "PAIR": "1,a", "PRICE": "1.50", "FLAG": "true", "NAMES": '["a", "b,c"]',
    }  # fmt: skip
    assert found["TITLE"] == 'it\'s "x" \\ # y'
    assert (found["DATABASE_URL"], found["API_TOKEN"]) == ("", "")
    assert "# required; url (postgresql://); secret" in text
    assert "# earlier name: PG_URL, until 2099-01-31" in text
    assert "# required in production; url (https://)" in text
    assert "# required; str; secret; owner: @acme/api" in text


REQUIRED = {"API_TOKEN": "t", "RATIO": 1.5, "DATABASE_URL": "postgresql://h/d"}


@pytest.mark.parametrize(
    ("more", "valid"),
    [
        ({}, True),
        ({"PORT": 1}, True),
        ({"PORT": "1"}, True),
        ({"PORT": "x"}, False),
        ({"PORT": 1.5}, False),
        ({"FLAG": True, "LIMITS": {"a": 1}, "NAMES": ["a"], "PAIR": [1, "a"]}, True),
        ({"FLAG": "yes", "LIMITS": '{"a": 1}', "NAMES": "a,b", "PAIR": "1,a"}, True),
        ({"PAIR": [1]}, False),
        ({"NAMES": [1]}, False),
        ({"LIMITS": {"a": "x"}}, False),
        ({"WORKERS": 2}, True),
        ({"WORKERS": "2"}, True),
        ({"WORKERS": 3}, False),
        ({"LOG_LEVEL": "loud"}, False),
        ({"HOOK_URL": "https://a"}, True),
        ({"HOOK_URL": "http://a"}, False),
        ({"DAY": "2026-11-30"}, True),
        ({"DAY": "soon"}, False),
        ({"PROT": 1}, False),
        ({"PG_URL": "postgresql://h/d", "DATABASE_URL": None}, True),
        ({"DATABASE_URL": None}, False),
        ({"API_TOKEN": None}, False),
        ({"TIMEOUT": 30}, True),
        ({"TIMEOUT": "1h30m"}, True),
        ({"TIMEOUT": "soon"}, False),
        ({"PRICE": "1.50"}, True),
        ({"PRICE": "cheap"}, False),
    ],
    ids=str,
)
def test_the_schema_judges_a_document(shop: Path, more: dict[str, Any], valid: bool) -> None:
    assert codegen() == 0
    schema = json.loads(written(shop, "config.schema.json"))
    Draft202012Validator.check_schema(schema)
    document = {k: v for k, v in {**REQUIRED, **more}.items() if v is not None}
    assert Draft202012Validator(schema).is_valid(document) is valid


def test_defaults_are_valid_by_the_schema(shop: Path) -> None:
    assert codegen() == 0
    schema = json.loads(written(shop, "config.schema.json"))
    defaults = {
        key: value["default"] for key, value in schema["properties"].items() if "default" in value
    }
    assert len(defaults) == 10
    Draft202012Validator(schema).validate({**REQUIRED, **defaults})
    assert schema["properties"]["PG_URL"]["deprecated"]
    assert schema["properties"]["DATABASE_URL"]["writeOnly"]


def test_the_schema_of_a_mode_asks_for_more(shop: Path) -> None:
    assert codegen() == 0
    schema = json.loads(written(shop, "config.schema.json"))
    assert schema["$defs"] == {"production": {"required": ["HOOK_URL"]}}
    production = {**schema, "allOf": [*schema["allOf"], {"$ref": "#/$defs/production"}]}
    check = Draft202012Validator(production)
    assert not check.is_valid(REQUIRED)
    assert check.is_valid({**REQUIRED, "HOOK_URL": "https://a"})


def test_patterns(shop: Path) -> None:
    (shop / "pyproject.toml").write_text(
        TABLE.replace("[tool.hushflake.keys]\n", '[tool.hushflake.keys]\n"APP_*_URL" = "url"\n')
    )
    assert codegen() == 0
    schema = json.loads(written(shop, "config.schema.json"))
    check = Draft202012Validator(schema)
    assert check.is_valid({**REQUIRED, "APP_X_URL": "https://a"})
    assert not check.is_valid({**REQUIRED, "APP_X_URL": "x"})
    assert not check.is_valid({**REQUIRED, "APP_X": "https://a"})
    module = runpy.run_path(str(shop / "shop" / "keys.py"))
    assert module["Keys"].patterns == ("APP_*_URL",)
    assert "def get_config_value(key: str) -> str | None: ..." in written(shop, "shop/keys.py")
    assert "# APP_*_URL=" in written(shop, ".env.example")


def test_the_table_in_a_page_is_one_row_a_key(shop: Path) -> None:
    assert codegen() == 0
    rows = [line for line in written(shop, "docs/configuration.md").splitlines() if line[0] == "|"]
    assert len(rows) == 2 + 17
    (row,) = [row for row in rows if row.startswith("| `LOG_LEVEL`")]
    assert r"Of the root \`logger\` \| all" in row
    (row,) = [row for row in rows if row.startswith("| `DATABASE_URL`")]
    assert "url (postgresql://), secret | yes |  | Where the orders are" in row
    assert r"Earlier name: PG\_URL, until 2099-01-31" in row


# Without a table


CLASSES = """\
from datetime import date
from typing import Literal

from hushflake.config import Secret, Service, setting


class Billing(Service):
    prefix = "BILLING_"

    api_key: Secret = setting(owner="@acme/money", aliases={"STRIPE": "2099-01-31"})
    currency: Literal["EUR", "USD"] = "EUR"
    retries: int = setting("HTTP_RETRIES", default=3, description="Per call")
    \"\"\"Not this one.\"\"\"
    day: "date | None" = None
    \"\"\"When it is due.\"\"\"


class Larger(Billing):
    limits: list[int] = setting(default_factory=list)
    billing: Billing
"""


def test_service_classes_declare_keys(shop: Path, capsys: Capture) -> None:
    (shop / "pyproject.toml").write_text("[tool.hushflake.generated]\nmodule = 'shop/keys.py'\n")
    (shop / "shop" / "billing.py").write_text(CLASSES)
    (shop / "tests").mkdir()
    (shop / "tests" / "test_a.py").write_text(CLASSES.replace("BILLING_", "TEST_"))
    assert codegen() == 0
    module = runpy.run_path(str(shop / "shop" / "keys.py"))
    rows = {key.name: key for key in module["Keys"].declared_keys()}
    assert list(rows) == [
        "BILLING_API_KEY", "BILLING_CURRENCY", "HTTP_RETRIES", "BILLING_DAY", "BILLING_LIMITS",
    ]  # fmt: skip
    assert rows["BILLING_API_KEY"].secret
    assert rows["BILLING_API_KEY"].deprecated_aliases[0].name == "STRIPE"
    assert (rows["BILLING_CURRENCY"].choices, rows["BILLING_CURRENCY"].default) == (
        ("EUR", "USD"),
        "EUR",
    )
    assert (rows["HTTP_RETRIES"].type, rows["HTTP_RETRIES"].description) == ("int", "Per call")
    assert (rows["BILLING_DAY"].type, rows["BILLING_DAY"].description) == (
        "date",
        "When it is due.",
    )
    assert not rows["BILLING_LIMITS"].is_required
    assert main(["inventory", "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("form", DECLARED)
def test_inventory_writes_the_same_documents(shop: Path, capsys: Capture, form: str) -> None:
    assert set(DECLARED) | {"module"} == set(all_documents())
    assert codegen() == 0
    capsys.readouterr()
    assert main(["inventory", "--format", form]) == 0
    printed = capsys.readouterr().out
    file = {"env-example": ".env.example", "json-schema": "config.schema.json"}.get(form)
    assert printed == written(shop, file or "docs/configuration.md")
    # Where nothing is declared, of what the code reads.
    (shop / "pyproject.toml").write_text("")
    (shop / "app.py").write_text("import os\nos.environ['NEEDED']\nint(os.getenv('PORT', '1'))\n")
    assert main(["inventory", "--format", form]) == 0
    printed = capsys.readouterr().out
    assert "NEEDED" in printed
    assert "PORT" in printed


# The gate


def test_the_gate_sees_outdated_documents(shop: Path, capsys: Capture) -> None:
    names = (
        "RATIO PAIR PRICE TIMEOUT LIMITS TITLE NAMES FLAG HOOK_URL API_TOKEN DATABASE_URL DAY int"
    )
    (shop / "shop" / "app.py").write_text(
        "from .keys import keys, get_config_value\nfrom . import keys as typed\n"
        f"for name in {names.split()}:\n    get_config_value(name)\n"
        "print(keys.port, typed.keys.workers, keys.log_level)\n"
    )
    assert codegen() == 0
    assert main(["inventory", "--check"]) == 0, capsys.readouterr().out
    (shop / "pyproject.toml").write_text(TABLE.replace("8000", "8080"))
    (shop / ".env.example").unlink()
    capsys.readouterr()
    assert main(["inventory", "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert (
        ".env.example:1:1: outdated .env.example is not there: `hushflake config codegen` writes it"
        in lines
    )
    assert sum(" outdated " in line for line in lines) == 4


def test_reads_through_the_module_are_reads_of_keys(shop: Path, capsys: Capture) -> None:
    assert codegen() == 0
    (shop / "shop" / "a.py").write_text(
        "import shop.keys\nfrom shop.keys import Keys, keys, get_config_value\n"
        "from . import keys as k\n"
        "print(keys.port.bit_length(), shop.keys.keys.ratio, k.keys.log_level, keys.nothing)\n"
        "get_config_value('PRICE')\nother = Keys()\n"
    )
    (shop / "shop" / "b.py").write_text("from .keys import keys as c\nprint(c.pair[0])\nkeys.day\n")
    capsys.readouterr()
    assert main(["inventory", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["keys"]
    assert {
        (key["key"], read["path"], read["line"], read["form"], read["required"])
        for key in found
        for read in key["reads"]
    } == {
        ("PORT", "shop/a.py", 4, "typed", False),
        ("RATIO", "shop/a.py", 4, "typed", True),
        ("LOG_LEVEL", "shop/a.py", 4, "typed", False),
        ("PRICE", "shop/a.py", 5, "get", False),
        ("PAIR", "shop/b.py", 2, "typed", False),
    }
    # An instance that goes from hand to hand is not followed, and its keys are not called unused.
    (shop / "shop" / "c.py").write_text(
        "from shop.keys import Keys\ndef f(k: Keys): return k.flag\n"
    )
    main(["inventory", "--check"])
    unused = {
        line.split("'")[1] for line in capsys.readouterr().out.splitlines() if " unused " in line
    }
    assert "FLAG" not in unused
    assert "TITLE" in unused


def test_the_linter_knows_the_functions_of_the_module(shop: Path, capsys: Capture) -> None:
    assert codegen() == 0
    path = shop / "shop" / "app.py"
    path.write_text("from .keys import get_config_value\nget_config_value('PROT')\n")
    assert main(["check", str(path)]) == 1
    assert "app.py:2:1: HSF107 'PROT' is not declared" in capsys.readouterr().out
