"""`[tool.hushflake.keys]`: what can be declared, what is refused and where, and who is meant."""

from datetime import date
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.config.declared.key import MODES, Alias
from hushflake.config.declared.types import fits, same
from hushflake.lint_plugin.declared.keys import DeclaredKeys
from hushflake.lint_plugin.errors import SettingsError
from hushflake.lint_plugin.settings import Policy, load

TOKEN = "ghp_" + "A1b2C3d4E5f6" * 3
TABLE = """\
[tool.hushflake]
accessor = "hushflake.config"

[tool.hushflake.keys]
PORT = "int"
DATABASE_URL = {type = "url", secret = true, owner = "@data", deprecated-aliases = ["PG_URL"]}
RATIOS = {type = "list[float]", default = [0.5, 1]}
OLD_MODE = {deprecated = "read APP_MODE instead"}
"APP_*" = {}
"APP_*_URL" = "url"
START = {type = "date", default = 2026-11-30}
PAIR = {type = "tuple[int, str]", default = [1, "a"]}

[tool.hushflake.keys.HOOK]
type = "url"
schemes = ["https"]
required = ["production"]
default = "https://localhost"
deprecated-aliases = {WEBHOOK = 2027-01-31, OLD_HOOK = "2027-02-01"}

[tool.hushflake.keys.LOG_LEVEL]
description = "Of the root logger"
choices = ["debug", "info"]
default = "info"
"""


def declared(folder: Path, text: str = TABLE) -> DeclaredKeys:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return Policy(load([str(folder)])).declared


def test_every_field_is_read(tmp_path: Path) -> None:
    rows = declared(tmp_path).declarations
    assert rows["PORT"].type == "int"
    assert rows["PORT"].is_required
    database = rows["DATABASE_URL"]
    assert (database.secret, database.owner, database.deprecated_aliases) == (
        True,
        "@data",
        (Alias("PG_URL"),),
    )
    assert rows["RATIOS"].default == (0.5, 1)
    assert not rows["RATIOS"].is_required
    assert not rows["APP_*"].is_required
    assert rows["LOG_LEVEL"].choices == ("debug", "info")
    hook = rows["HOOK"]
    assert hook.required == ("production",)
    assert (hook.is_required, hook.is_always_required) == (True, False)
    assert [mode for mode in MODES if hook.is_asked_in(mode)] == ["production"]
    assert [mode for mode in MODES if rows["PORT"].is_asked_in(mode)] == [
        "production",
        "development",
    ]
    assert hook.schemes == ("https",)
    assert hook.deprecated_aliases == (
        Alias("WEBHOOK", date(2027, 1, 31)),
        Alias("OLD_HOOK", date(2027, 2, 1)),
    )
    assert rows["START"].default == "2026-11-30"


@pytest.mark.parametrize(
    ("key", "row", "is_alias"),
    [
        ("PORT", "PORT", False),
        ("PG_URL", "DATABASE_URL", True),
        ("APP_NAME", "APP_*", False),
        ("APP_DATA_URL", "APP_*_URL", False),
        # What is known of computed keys.
        ("APP_*", "APP_*", False),
        ("APP_X_*", "APP_*", False),
        ("*_X", None, False),
        ("port", None, False),
    ],
)
def test_a_key_belongs_to_a_row(tmp_path: Path, key: str, row: str | None, is_alias: bool) -> None:
    found = declared(tmp_path).find(key)
    assert (found.declaration.name if found.declaration else None, found.alias is not None) == (
        row,
        is_alias,
    )


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        ("A = 1", "2:1", "must be a type, such as 'int', or a table"),
        ('A = "integer"', "2:1", "must be one of str, int"),
        ('A = {typ = "int"}', "2:6", "did you mean 'type'?"),
        ('A = {type = ["int"]}', "2:6", "must be one of str, int"),
        ('A = {secret = "yes"}', "2:6", "must be true or false"),
        ("A = {owner = 3}", "2:6", "must be a string"),
        ("A = {deprecated = true}", "2:6", "must be a text that says what to do"),
        ('A = {secret = true, default = "x"}', "2:21", "a secret has no default"),
        ('A = {required = true, default = "x"}', "2:6", "a required key has no default"),
        ('A = {type = "int", default = "x"}', "2:20", "no value of type int"),
        ("A = {default = 5}", "2:6", "no value of type str"),
        ('A = {choices = ["a"], default = "b"}', "2:23", "none of its choices"),
        ('A = {type = "int", choices = ["a"]}', "2:20", "not all of type int"),
        ('A = {type = "list", choices = ["a"]}', "2:21", "only a key with a single value"),
        ("A = {default = {x = 1}}", "2:6", "must be a string, a number"),
        ('"A*" = {deprecated-aliases = ["B"]}', "2:9", "a pattern stands for many keys"),
        ('"A*" = {required = true}', "2:9", "a pattern stands for many keys"),
        ('A = {deprecated-aliases = ["B*"]}', "2:6", "without patterns"),
        ('A = {deprecated-aliases = {B = "soon"}}', "2:6", "a day for each name"),
        ("A = {deprecated-aliases = {B = 2027-01-31T00:00:00}}", "2:6", "a day for each name"),
        ('A = {required = ["staging"]}', "2:6", "a list of modes: production, development"),
        ("A = {required = []}", "2:6", "true, false or a list of modes"),
        ('A = {schemes = ["https"]}', "2:6", 'only a key with type = "url"'),
        ('A = {type = "url", schemes = ["://"]}', "2:20", "must be a list of schemes"),
        (
            'A = {type = "url", schemes = ["https"], default = "http://a"}',
            "2:41",
            "none of its schemes",
        ),
        ('A = "tuple[int"', "2:1", "must be one of str"),
        ('A = "list[int, str]"', "2:1", "must be one of str"),
        ('A = "dict[int, str]"', "2:1", "must be one of str"),
        ('A = "int[str]"', "2:1", "must be one of str"),
        ('A = "tuple[..., int]"', "2:1", "must be one of str"),
        (f'A = "{"list[" * 500}"', "2:1", "must be one of str"),
        ('"*" = "str"', "2:1", "would declare every key"),
        ('"A B" = "str"', "2:1", "is no name of a key"),
        ('A = {deprecated-aliases = ["B"]}\nB = "str"', "2:6", "belongs to 'B' as well"),
        (
            'A = {deprecated-aliases = ["C"]}\nB = {deprecated-aliases = ["C"]}',
            "3:6",
            "belongs to 'A' as well",
        ),
        ('[tool.hushflake.keys.A]\n# why\ntype = "x"', "4:1", "must be one of str"),
        (f'A = {{default = "{TOKEN}"}}', "2:6", "holds a credential"),
        (f'A = {{description = "{TOKEN}"}}', "2:6", "holds a credential"),
        (f'A = {{choices = ["{TOKEN}"]}}', "2:6", "holds a credential"),
        (f'{TOKEN} = "str"', "2:1", "is no name of a key"),
        (f'A = {{{TOKEN} = "str"}}', "2:6", "unknown field"),
        (f'A = "{TOKEN}"', "2:1", "must be one of str"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, row: str, place: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        declared(tmp_path, f"[tool.hushflake.keys]\n{row}\n")
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}/pyproject.toml:{place}: ")
    assert words in told
    assert TOKEN not in told
    assert caught.value.exit_code == 2


def test_the_table_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"keys of .tool.hushflake. must be a table"):
        declared(tmp_path, "[tool.hushflake]\nkeys = ['A']\n")


@pytest.mark.parametrize(
    ("kind", "one", "other", "expected"),
    [
        ("int", 8000, "8000", True),
        ("int", 8000, "8080", False),
        ("float", 1, "1.0", True),
        ("bool", True, "1", True),
        ("bool", True, "yes", True),
        ("bool", True, "0", False),
        ("list", ("a", "b"), "a, b", True),
        ("list[int]", (1, 2), "1,3", False),
        ("str", "a", "A", False),
        ("decimal", "1.10", "1.1", True),
        ("seconds", 90, "1m30s", True),
        ("date", "2026-11-30", "20261130", True),
        ("tuple[int, str]", (1, "a"), "1,a", True),
        ("dict[str, int]", '{"a": 1}', '{ "a":1 }', True),
        ("list", ("a,b", "c"), '["a,b", "c"]', True),
    ],
)
def test_defaults_are_compared_as_values(
    kind: str, one: object, other: str, expected: bool
) -> None:
    assert same(kind, one, other) is expected  # type: ignore[arg-type]


def test_what_fits_a_type() -> None:
    assert fits("int", "8")
    assert fits("seconds", 1.5)
    assert fits("list[int]", "1, 2")
    assert not fits("list[int]", ("a",))
    assert not fits("int", True)
    assert not fits("bool", "maybe")
    assert not fits("str", ("a",))
    assert fits("tuple[int, str]", (1, "a"))
    assert not fits("tuple[int, str]", (1,))
    assert not fits("uuid", "1")
    assert not fits("list[int]", (True,))


def test_thousands_of_rows_are_looked_through_at_once(tmp_path: Path) -> None:
    rows = "".join(f'"A*{number}*Z" = "str"\nK{number} = "int"\n' for number in range(4000))
    keys = declared(tmp_path, f"[tool.hushflake.keys]\n{rows}")
    source = tmp_path / "app.py"
    source.write_text("import os\n" + "".join(f"os.getenv('B{n}')\n" for n in range(300)))
    assert keys.objection("K5") == ""
    assert main(["check", "--no-cache", "--select", "HSF107", str(source)]) == 1


@pytest.mark.parametrize("name", ["tests/test_app.py", "app.py"])
def test_in_tests_it_is_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    declared(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("import os\nos.getenv('PORTS')\n")
    expected = 0 if name.startswith("tests") else 1
    assert main(["check", "--select", "HSF107", "--notes", str(path)]) == expected
    printed = capsys.readouterr().out
    assert "HSF107" in printed
    assert "'PORTS' is not declared" in printed


def test_a_credential_in_the_place_of_a_key_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(tmp_path)
    (tmp_path / "app.py").write_text(f"import os\nos.getenv('{TOKEN}')\nos.getenv('X_{TOKEN}')\n")
    main(["check", "--extend-select", "ALL", str(tmp_path)])
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err


def test_a_relative_import_of_the_accessor_is_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(tmp_path, TABLE.replace("hushflake.config", "shop.settings"))
    path = tmp_path / "shop" / "app.py"
    path.parent.mkdir()
    path.write_text("from .settings import get_config_value as g\ng('PORTS')\n")
    assert main(["check", str(tmp_path)]) == 1
    assert "app.py:2:1: HSF107 'PORTS'" in capsys.readouterr().out
