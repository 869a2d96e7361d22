"""What feeds a Python application: which .env file, by which reader, with which keys."""

from pathlib import Path

import pytest

from hushflake.remediation.inventory.collect import collect
from hushflake.remediation.inventory.feeding import env_file_readers, readers_of_file, unfed
from hushflake.remediation.inventory.model import EnvFileReader


def readers(root: Path, **files: str) -> list[EnvFileReader]:
    (root / "pyproject.toml").touch()
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return env_file_readers(collect([root]))


DOTENV = "from pathlib import Path\nimport os\nfrom dotenv import load_dotenv, find_dotenv\n"


@pytest.mark.parametrize(
    ("call", "read", "not_read"),
    [
        ("load_dotenv()", ("a/b/.env", "a/.env", ".env"), ("a/c/.env", "a/b/.env.local")),
        ("load_dotenv('.env.local')", (".env.local", "z/.env.local"), (".env", "x.env.local")),
        ("load_dotenv(Path(__file__).parent / '.env')", ("a/b/.env",), (".env", "a/.env")),
        ("load_dotenv(Path(__file__).resolve().parents[1] / '.env')", ("a/.env",), ("a/b/.env",)),
        (
            "load_dotenv(os.path.join(os.path.dirname(__file__), '..', '.env'))",
            ("a/.env",),
            (".env",),
        ),
        (
            "BASE = Path(__file__).parent.parent.parent\nload_dotenv(BASE / '.env')",
            (".env",),
            ("a/.env",),
        ),
        ("load_dotenv(f'.env.{stage}')", (".env.dev", "c/.env.x"), (".env",)),
        ("load_dotenv(os.getenv('FILE') or '.env')", (".env", "b/any.env"), ()),
        (
            "load_dotenv(find_dotenv('.env.dev'))",
            ("a/.env.dev", ".env.dev"),
            ("c/.env.dev", ".env"),
        ),
        ("load_dotenv('/etc/app.env')", (), (".env",)),
        ("load_dotenv(dotenv_path=where())", (".env", "c/x.env"), ()),
    ],
)
def test_a_path_is_worked_out_as_far_as_it_is_written(
    tmp_path: Path, call: str, read: tuple[str, ...], not_read: tuple[str, ...]
) -> None:
    found = readers(tmp_path, a__b__main=f"{DOTENV}{call}\n")
    assert all(reader.reader == "python-dotenv" and reader.into_environment for reader in found)
    assert {file for file in (*read, *not_read) if readers_of_file(found, file)} == set(read)


PYDANTIC = (
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
    "class Base(BaseSettings):\n"
    "    model_config = SettingsConfigDict(env_file='../.env', env_prefix='APP_')\n"
    "    url: str\n"
    "class Settings(Base):\n    port: int = 1\n"
)


def test_a_settings_class_takes_its_fields_alone(tmp_path: Path) -> None:
    base, settings = readers(tmp_path, backend__config=PYDANTIC)
    assert (base.reader, base.into_environment) == ("pydantic-settings", False)
    assert [base.takes(key) for key in ("APP_URL", "app_url", "APP_PORT", "VITE_URL")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert list(map(settings.takes, ("APP_PORT", "APP_URL"))) == [True, True]
    assert list(map(settings.may_read, (".env", "backend/.env"))) == [True, True]


def test_who_would_lose_a_key(tmp_path: Path) -> None:
    found = readers(
        tmp_path,
        config=PYDANTIC,
        main=f"{DOTENV}load_dotenv()\nos.getenv('REWRITTEN')\nos.path.expandvars('$LEFT')\n",
    )
    inventory = collect([tmp_path])
    assert [
        {each.path for each in unfed(inventory, found, ".env", key)}
        for key in ("APP_URL", "LEFT", "REWRITTEN", "OTHER")
    ] == [{"config.py"}, {"main.py"}, set(), set()]


@pytest.mark.parametrize(
    ("source", "reader", "into_environment"),
    [
        ("from environs import Env\nenv = Env()\nenv.read_env()", "environs", True),
        ("import environ\nenv = environ.Env()\nenv.read_env('.env')", "django-environ", True),
        ("from environ import Env\nEnv.read_env()", "django-environ", True),
        ("from decouple import config\nconfig('A')", "python-decouple", False),
        ("from decouple import Config, RepositoryEnv\nConfig(RepositoryEnv('.env'))",
         "python-decouple", False),
        ("from starlette.config import Config\nconfig = Config('.env')", "starlette", False),
        ("from dynaconf import Dynaconf\nsettings = Dynaconf(load_dotenv=True)", "dynaconf", True),
        ("from dotenv import dotenv_values\nv = dotenv_values('.env')", "python-dotenv", False),
    ],
)  # fmt: skip
def test_each_library(tmp_path: Path, source: str, reader: str, into_environment: bool) -> None:
    (found,) = readers(tmp_path, app=source + "\n")
    assert (found.reader, found.into_environment) == (reader, into_environment)
    assert (found.may_read(".env"), found.takes("ANY")) == (True, True)
