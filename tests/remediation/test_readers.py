"""What libraries read: which keys, of which type, from where."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings, EnvSettingsSource

from hushflake.cli.main import main
from hushflake.lint_plugin.settings import load
from hushflake.remediation.inventory import esc, keys_table
from hushflake.remediation.inventory.collect import collect
from hushflake.remediation.inventory.document import fields
from hushflake.remediation.inventory.model import Read
from hushflake.remediation.inventory.readers import all_libraries
from hushflake.remediation.report import build, render

from .test_following import inventory, keys, open_places, read_of
from .test_snippets import DOCS, blocks

ENVIRONS = "from environs import Env\nenv = Env()\n"
DJANGO = "import environ\n"
DECOUPLE = "from decouple import config, Csv\n"
STARLETTE = "from starlette.config import Config\nfrom starlette.datastructures import Secret\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"{ENVIRONS}env('A'); env.str('B', 'x'); env.int('C', default=3)",
         {"A: str!", "B: str = 'x'", "C: int = 3"}),
        (f"{ENVIRONS}env.bool('A', False); env.list('B'); env.json('C'); env.path('D')",
         {"A: bool = False", "B: list!", "C: json!", "D: path!"}),
        ((f"{ENVIRONS}with env.prefixed('P_'):\n    env('A')\n    with env.prefixed('Q_'):\n"
         "        env.int('B')\nenv('C')"), {"P_A: str!", "P_Q_B: int!", "C: str!"}),
        ("import environs\nenv = environs.Env(prefix='P_')\nenv('A')", {"P_A: str!"}),
        ("from environs import env\nenv.dj_db_url('DATABASE_URL')",
         {"DATABASE_URL: url! secret"}),
        (f"{ENVIRONS}@env.parser_for('enum')\ndef f(v): ...\nenv.enum('A'); env.read_env()",
         {"A: str!"}),
        (f"{ENVIRONS}def port(n): return env.int(f'APP_{{n}}', 1)\nport('A')", {"APP_A: int = 1"}),
        ((f"{DJANGO}env = environ.Env(DEBUG=(bool, False), SIZE=int)\nenv('DEBUG'); env('SIZE')\n"
         "env('X', default='y')"), {"DEBUG: bool = False", "SIZE: int!", "X: str = 'y'"}),
        (f"{DJANGO}env = environ.Env()\nenv.db(); env.cache('MY_CACHE'); env.bool('D', True)",
         {"DATABASE_URL: url! secret", "MY_CACHE: url!", "D: bool = True"}),
        (f"{DJANGO}env = environ.Env()\nenv.prefix = 'P_'\nenv.list('A')", {"P_A: list!"}),
        (f"{DECOUPLE}config('A'); config('B', default=1, cast=int); config('C', cast=Csv())",
         {"A: str!", "B: int = 1", "C: list!"}),
        (("from decouple import Config, RepositoryEnv\nc = Config(RepositoryEnv('.env'))\n"
         "c('A'); c.get('B', 'x')"), {"A: str!", "B: str = 'x'"}),
        ((f"{STARLETTE}config = Config('.env')\nconfig('A', cast=bool, default=False)\n"
         "config('B', cast=Secret)\nconfig.get('C', default='x')"),
         {"A: bool = False", "B: str! secret", "C: str = 'x'"}),
        (f"{STARLETTE}config = Config(env_prefix='P_')\nconfig('A')", {"P_A: str!"}),
        (("from dotenv import dotenv_values\nimport os\n"
         "config = {**dotenv_values('.env'), **os.environ}\nconfig['A']; config.get('B', 'x')"),
         {"A: str!", "B: str = 'x'"}),
        ("from flask import Flask\napp = Flask('x')\napp.config.from_envvar('SETTINGS')",
         {"SETTINGS: path!"}),
        (("import configargparse\np = configargparse.ArgParser()\n"
         "p.add_argument('--a', env_var='A', type=int, default=3)"), {"A: int = 3"}),
        ("import click\n@click.option('--a', envvar=['A', 'B'], type=int)\ndef f(a): ...",
         {"A: int", "B: int"}),
        ("import typer\ndef f(a: int = typer.Option(1, envvar='A')): ...", {"A: int = 1"}),
    ],
)  # fmt: skip
def test_the_keys_of_each_library(tmp_path: Path, source: str, expected: set[str]) -> None:
    found = inventory(tmp_path, {"app.py": source + "\n"})
    assert keys(found) == expected
    assert all(read.rewrite == "no" for key in found.read_keys for read in key.reads)


def test_an_object_of_a_library_is_followed_to_who_imports_it(tmp_path: Path) -> None:
    files = {
        "conf/base.py": f"{DJANGO}env = environ.Env()\nenviron.Env.read_env('.env')\n",
        "conf/prod.py": "from .base import *\nSECRET = env('SECRET_KEY')\n",
        "app.py": "from conf import base\nbase.env.int('PORT')\n",
    }
    assert keys(inventory(tmp_path, files)) == {"SECRET_KEY: str! secret", "PORT: int!"}


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("from dynaconf import Dynaconf\nsettings = Dynaconf(envvar_prefix='app')", "APP_*"),
        ("from dynaconf import Dynaconf\nsettings = Dynaconf()", "DYNACONF_*"),
        ("from dynaconf import Dynaconf\nsettings = Dynaconf(envvar_prefix=False)", ""),
        ("app.config.from_prefixed_env()", "FLASK_*"),
        ("app.config.from_prefixed_env('APP')", "APP_*"),
    ],
)
def test_keys_that_are_not_written_in_the_code(tmp_path: Path, source: str, pattern: str) -> None:
    found = inventory(tmp_path, {"app.py": source + "\n"})
    assert [read.pattern for read in found.dynamic] == [pattern]
    assert not found.reads_nothing


def sources_of(read: Read) -> tuple[str, tuple[str, ...], str, str]:
    return read.reader, read.sources, read.wrapper, read.rewrite


def test_each_read_says_who_reads_it_and_from_where(tmp_path: Path) -> None:
    found = inventory(
        tmp_path,
        {
            "a.py": "import os\nos.getenv('A')\ndef g(k): return os.environ[k]\ng('B')\n",
            "b.py": "from hushflake.config import get_config_value\nget_config_value('C')\n",
            "c.py": f"{STARLETTE}config = Config('conf/.env')\nconfig('D')\n",
            "d.py": f"{SETTINGS}class S(BaseSettings):\n  e: str\n"
            "  model_config = SettingsConfigDict(env_file=('.env', '.env.local'),"
            " secrets_dir='/run/secrets')\n",
            "e.py": "from hushflake.config.pydantic import ConfigSettings\n"
            "class S(ConfigSettings):\n  f: str\n",
        },
    )
    assert {name: sources_of(read_of(found, name)) for name in "ABCDEF"} == {
        "A": ("os.environ", ("environment",), "", "codemod"),
        "B": ("os.environ", ("environment",), "g", "codemod"),
        "C": ("hushflake.config", ("hushflake.config",), "", "done"),
        "D": ("starlette", ("environment", "conf/.env"), "", "no"),
        "E": (
            "pydantic-settings",
            ("environment", ".env", ".env.local", "/run/secrets/"),
            "",
            "opt-in",
        ),
        "F": ("pydantic-settings", ("hushflake.config",), "", "done"),
    }


# -- pydantic-settings ----------------------------------------------------------------------

SETTINGS = (
    "from typing import Annotated, ClassVar, Optional\n"
    "from pydantic import AliasChoices, AliasPath, BaseModel, Field, SecretStr\n"
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
)
CLASSES = {
    "plain": "class S(BaseSettings):\n  a: str\n  b: int = 1\n  c: Optional[bool] = None\n",
    "prefix": "class S(BaseSettings, env_prefix='app_'):\n  a: str\n",
    "aliases": (
        "class S(BaseSettings):\n"
        "  model_config = SettingsConfigDict(env_prefix='P_')\n"
        "  a: str = Field(alias='ALIAS')\n"
        "  b: str = Field(validation_alias=AliasChoices('ONE', AliasPath('TWO', 0)))\n"
        "  c: Annotated[str, Field(validation_alias=AliasPath('LIST', 1))]\n"
        "  d: str = Field('x', serialization_alias='NO')\n"
    ),
    "by name": (
        "class S(BaseSettings):\n"
        "  model_config = SettingsConfigDict(env_prefix='P_', populate_by_name=True)\n"
        "  a: str = Field(alias='ALIAS')\n"
    ),
    "case sensitive": (
        "class S(BaseSettings):\n  model_config = {'case_sensitive': True}\n"
        "  Mixed: str\n  b: str = Field(alias='bEe')\n"
    ),
    "inherited": (
        "class A(BaseSettings):\n  a: str\n  model_config = SettingsConfigDict(env_prefix='A_')\n"
        "class S(A):\n  b: str\n  model_config = SettingsConfigDict(env_prefix='S_')\n"
    ),
    "a mixin": "class M(BaseModel):\n  m: str\nclass S(M, BaseSettings):\n  a: str\n",
    "nested": (
        "class Inner(BaseModel):\n  deep: str = 'x'\n"
        "class Db(BaseModel):\n  host: str\n  port: int = 1\n  password: SecretStr\n"
        "  inner: Inner = Inner()\n  klass: str = Field('x', alias='kind')\n"
        "class S(BaseSettings):\n"
        "  model_config = SettingsConfigDict(env_nested_delimiter='__', env_prefix='P_')\n"
        "  db: Db\n"
    ),
}


@pytest.mark.parametrize("text", CLASSES.values(), ids=CLASSES)
def test_the_variables_are_those_that_pydantic_settings_asks_for(tmp_path: Path, text: str) -> None:
    found = inventory(tmp_path, {"app.py": SETTINGS + text})
    told = {key.name for key in found.read_keys}
    made: dict[str, type[BaseSettings]] = {}
    exec(SETTINGS + text, made)
    source = EnvSettingsSource(made["S"])
    asked = {
        name
        for field_name, field in made["S"].model_fields.items()
        for _, name, _ in source._extract_field_info(field, field_name)
    }
    fold = str if source.case_sensitive else str.lower
    known = {fold(name) for name in told if "__" not in name}
    assert known - {"a_a"} == asked


def test_nested_models_are_read_by_the_names_of_their_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SETTINGS + CLASSES["nested"]
    found = inventory(tmp_path, {"app.py": text})
    assert keys(found) == {
        "P_DB: json",
        "P_DB__HOST: str!",
        "P_DB__PORT: int = 1",
        "P_DB__PASSWORD: str! secret",
        "P_DB__INNER__DEEP: str = 'x'",
        "P_DB__KIND: str = 'x'",
    }
    for key in found.read_keys:
        if key.name != "P_DB":
            monkeypatch.setenv(key.name, "7")
    made: dict[str, type[BaseSettings]] = {}
    exec(text, made)
    db = made["S"]().db  # type: ignore[attr-defined]
    assert (db.host, db.port, db.inner.deep, db.klass) == ("7", 7, "7", "7")


def test_settings_are_inherited_across_files(tmp_path: Path) -> None:
    files = {
        "core/base.py": f"{SETTINGS}class Base(BaseSettings):\n  url: str\n"
        "  model_config = SettingsConfigDict(env_prefix='APP_', env_file='../.env')\n",
        "core/models.py": "import pydantic\nclass Db(pydantic.BaseModel):\n  host: str = 'x'\n",
        "app.py": f"{SETTINGS}from core.base import Base\nfrom core.models import Db\n"
        "class Settings(Base):\n  token: SecretStr = SecretStr('canary-' 'text')\n  db: Db = Db()\n"
        "  model_config = SettingsConfigDict(env_nested_delimiter='__')\n",
    }
    found = inventory(tmp_path, files)
    assert keys(found) == {
        "APP_URL: str!", "APP_TOKEN: str = <set> secret", "APP_DB: json", "APP_DB__HOST: str = 'x'",
    }  # fmt: skip
    reader = next(one for one in found.env_file_readers if one.path == "app.py")
    assert [reader.takes(key) for key in ("app_url", "APP_DB__HOST", "APP_DB__X", "OTHER")] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "reads", "files"),
    [
        ("init_settings, env_settings", 1, 0),
        ("init_settings, dotenv_settings", 1, 1),
        ("init_settings,", 0, 0),
    ],
)
def test_sources_that_a_class_chooses(tmp_path: Path, taken: str, reads: int, files: int) -> None:
    text = (
        f"{SETTINGS}class S(BaseSettings):\n  a: str\n"
        "  model_config = SettingsConfigDict(env_file='.env')\n"
        "  @classmethod\n  def settings_customise_sources(cls, c, init_settings, env_settings,"
        f" dotenv_settings, file_secret_settings):\n    return ({taken})\n"
    )
    found = inventory(tmp_path, {"app.py": text})
    assert (len(found.read_keys), len(found.env_file_readers)) == (reads, files)


def test_a_type_that_hides_makes_a_key_secret_everywhere(tmp_path: Path) -> None:
    files = {
        "a.py": "import os\nos.getenv('APP_THING', 'canary-" + "word')\n",
        "b.py": f"{SETTINGS}class S(BaseSettings):\n  app_thing: SecretStr\n",
    }
    assert keys(inventory(tmp_path, files)) == {"APP_THING: str! = <set> secret"}
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\npublic-names = ['APP_THING']\n")
    assert keys(collect([tmp_path])) == {"APP_THING: str! = 'canary-word'"}


def test_a_name_in_another_case_is_the_same_key_to_pydantic(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("postgres_db=x\nother=y\n")
    found = inventory(tmp_path, {"a.py": f"{SETTINGS}class S(BaseSettings):\n  postgres_db: str\n"})
    assert [key.name for key in found.unread_keys] == ["other"]
    assert [named.path for named in found.read_keys[0].named] == [".env"]


# -- formats --------------------------------------------------------------------------------

PROJECT = {
    "app.py": f"{SETTINGS}class S(BaseSettings):\n  port: int = 80\n  token: SecretStr\n"
    "  model_config = SettingsConfigDict(env_file='.env')\n",
    "main.py": "import os\nos.getenv('HOST', 'x')\n",
}


def test_the_formats_say_who_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inventory(tmp_path, PROJECT)
    assert main(["inventory", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^PORT +int .* 80 +pydantic-settings", text, re.MULTILINE)
    assert "loads a .env file: app.py:4 (pydantic-settings, .env)" in text
    document = fields(found)
    port = next(key for key in document["keys"] if key["key"] == "PORT")["reads"][0]
    assert (port["reader"], port["sources"]) == ("pydantic-settings", ["environment", ".env"])
    (reader,) = document["env_file_readers"]
    assert (reader["files"], reader["keys"]) == ([".env"], ["PORT", "TOKEN"])
    assert 'PORT = {type = "int", default = 80}  # read by pydantic-settings' in keys_table.render(
        found
    )
    assert 'PORT: "80"  # read by pydantic-settings' in esc.render(found)
    html = render(build([tmp_path]))
    assert ".env files that the code loads" in html
    assert "pydantic-settings" in html


@pytest.mark.parametrize(
    ("source", "phrase"),
    [
        ("print('hello')", "reads no configuration key"),
        ("from dotenv import load_dotenv\nload_dotenv()", "names no configuration key"),
        ("import os\ndef f(k): return os.getenv(k)", "reads go through the accessor"),
        ("from dynaconf import Dynaconf\ns = Dynaconf()", "reads go through the accessor"),
    ],
)
def test_that_nothing_is_read_is_said_only_where_it_is_true(
    tmp_path: Path, source: str, phrase: str
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "app.py").write_text(source + "\n")
    html = render(build([tmp_path]))
    assert phrase in html
    assert ("The code reads no configuration key" in html) == (phrase.startswith("reads no"))


def test_excluded_files_are_looked_at_by_nobody(tmp_path: Path) -> None:
    files = {
        **PROJECT,
        "old/settings.py": f"{SETTINGS}class S(BaseSettings):\n  a: str\n",
        "old/util.py": "import os\ndef env(k): return os.getenv(k)\n",
        "new.py": "from old.util import env\nenv('B')\n",
        "old/.env": "Z=1\n",
    }
    inventory(tmp_path, files)
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\nexclude = ['old/']\n")
    found = collect([tmp_path])
    assert {key.name for key in found.keys} == {"PORT", "TOKEN", "HOST"}
    assert found.passed_over["excluded"] == 2
    assert load([str(tmp_path)]).exclude == ("old/",)


# -- the page -------------------------------------------------------------------------------


def test_the_page_names_every_library_and_its_example_is_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / "readers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", page.split("libraries -->")[1], re.MULTILINE)
    assert rows == sorted(library.NAME for library in all_libraries())
    files = {
        block.split("\n")[0].removeprefix("# "): block for block in blocks("readers.md", "python")
    }
    found = inventory(tmp_path, files)
    assert open_places(found) == []
    monkeypatch.chdir(tmp_path)
    assert main(["inventory"]) == 0
    (session,) = blocks("readers.md", "console")
    assert capsys.readouterr().out.startswith(session.partition("\n")[2])
