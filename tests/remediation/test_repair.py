"""`hushflake codemod --only hardcoded_secrets`: into a store, and back."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc
from pseudo_terminal import running

from hushflake.cli.main import main
from hushflake.codemods.prepare import rewriter
from hushflake.lint_plugin.settings import load
from hushflake.remediation.dotenv.backup import Backup
from hushflake.remediation.repair.survey import survey
from tests.fakes.bounded import cpu_within

from .conftest import GitRepository
from .esc_project import ENVIRONMENT, TARGET, held
from .repairing import KEY, MODULE, RANDOM, SECRETS, STRIPE, what_it_holds
from .unprivileged import as_ordinary_user

pytestmark = pytest.mark.git
Capture = pytest.CaptureFixture[str]
KEYS = {
    "DB_PASSWORD": SECRETS[0],
    "DATABASE_PASSWORD": SECRETS[2],
    "STRIPE_KEY": STRIPE,
    "SIGNING_KEY": KEY,
    "SHOP_PASSWORD": SECRETS[1],
    "HMAC_SECRET": SECRETS[3],
    "AUTHENTICATED_SECRET": RANDOM,
    "SMTP_PASSWORD": SECRETS[7],
    "SHOP_AUTHORIZATION": SECRETS[11],
    "LDAP_PASSWORD": SECRETS[10],
}


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as served:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", served.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", served.url)
        served.save(ENVIRONMENT, "values:\n  environmentVariables:\n    OTHER: x\n")
        yield served


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repository.write("shop.py", MODULE).chmod(0o640)
    repository.write(
        "tests/test_shop.py",
        f'def test():\n    login(password="{SECRETS[0]}")\n    assert sent == "{SECRETS[0]}"\n',
    )
    repository.commit("Begin")
    monkeypatch.chdir(repository.folder)
    return repository


def repair(*arguments: str) -> int:
    return main(["codemod", "--only", "hardcoded_secrets", *arguments])


def move(*arguments: str) -> int:
    return repair("--write", "--yes", *arguments)


def only_backup() -> Backup:
    (manifest,) = Path(os.environ["XDG_STATE_HOME"]).rglob("manifest.json")
    return Backup.load(manifest.parent)


def restore(*arguments: str) -> int:
    folder = str(only_backup().folder)
    return main(["dotenv", "restore", "--backup", folder, "--write", *arguments])


def shown(printed: str) -> list[str]:
    """Return the secrets that an output shows."""
    return [secret for secret in SECRETS if secret in printed]


# -- the whole way --------------------------------------------------------------------------


def test_there_and_back(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    module, test = project.folder / "shop.py", project.folder / "tests/test_shop.py"
    before, bytes_before, test_before = what_it_holds(module), module.read_bytes(), test.read_text()
    assert move("--to", TARGET) == 0

    assert held(esc) == {**KEYS, "OTHER": "x"}
    assert esc.calls("PATCH") == 1
    assert not shown(module.read_text())
    assert what_it_holds(module, KEYS) == before
    assert stat.S_IMODE(module.stat().st_mode) == 0o640
    lines = test.read_text().splitlines()
    assert lines[1:] == [
        '    login(password="not-a-real-shop-password")',
        '    assert sent == "not-a-real-shop-password"',
    ]
    backup = only_backup()
    assert backup.manifest.state == "repaired"
    assert stat.S_IMODE(backup.folder.stat().st_mode) == 0o700
    assert not shown((backup.folder / "manifest.json").read_text())
    printed = capsys.readouterr()
    assert not shown(printed.out + printed.err)
    assert f"hushflake dotenv restore --backup {backup.folder} --write" in printed.out
    assert "git add shop.py tests/test_shop.py" in printed.out
    assert "tests/test_shop.py:2:20 DB_PASSWORD" in printed.out
    head = project.git("rev-parse", "HEAD")[:12]
    for key in KEYS:
        assert f"{key}: shop.py, first in commit {head}" in printed.out

    # Nothing is left to do, and `check` finds nothing.
    assert move("--to", TARGET) == 0
    assert main(["check", "--select", "HSF3", "--notes", "."]) == 0
    assert "Found nothing" in capsys.readouterr().out

    assert restore() == 0
    assert module.read_bytes() == bytes_before
    assert test.read_text() == test_before
    assert stat.S_IMODE(module.stat().st_mode) == 0o640
    assert only_backup().manifest.state == "restored"


def test_no_output_shows_a_secret(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    for arguments in (
        (), ("--diff",), ("--check",), ("--format", "json"), ("--to", TARGET), ("--stats",),
        ("--to", TARGET, "--format", "json"), ("--write", "--to", "none"),
        ("--write", "--to", "none", "--yes", "--format", "json"),
    ):  # fmt: skip
        repair(*arguments)
        printed = capsys.readouterr()
        assert printed.out + printed.err
        assert not shown(printed.out + printed.err), arguments


def test_looking_changes_nothing(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    assert repair() == 0
    assert repair("--to", TARGET) == 0
    assert repair("--diff") == 0
    assert repair("--check") == 1
    assert project.git("status", "--porcelain") == ""
    assert not list(Path(os.environ["XDG_STATE_HOME"]).rglob("*"))
    assert esc.calls("PATCH") == 0
    assert "add --to TARGET --write to do it" in capsys.readouterr().out


def test_a_keyring(project: GitRepository, keyring_file: Path) -> None:
    before = what_it_holds(project.folder / "shop.py")
    assert move("--to", "keyring:shop") == 0
    kept = json.loads(keyring_file.read_text())
    assert kept == {f"shop/{key}": value for key, value in KEYS.items()}
    assert what_it_holds(project.folder / "shop.py", KEYS) == before


def test_a_file_of_this_machine(project: GitRepository, capsys: Capture) -> None:
    from dotenv import dotenv_values

    project.write(".env", "OLD='1'").chmod(0o600)
    before = what_it_holds(project.folder / "shop.py")
    assert move("--to", "env-file") == 0
    path = project.folder / ".env"
    values = dotenv_values(path)
    assert values == {**KEYS, "OLD": "1"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert project.git("check-ignore", ".env")
    assert what_it_holds(project.folder / "shop.py", KEYS) == before
    printed = " ".join(capsys.readouterr().out.split())
    assert not shown(printed)
    assert 'set mode = "development" and dotenv = ".env" in [tool.hushflake.config]' in printed
    assert restore() == 0
    assert path.read_text() == "OLD='1'"
    assert not (project.folder / ".gitignore").exists()


def test_a_tracked_env_file_is_no_target(project: GitRepository, capsys: Capture) -> None:
    project.write(".env", "A=1\n")
    project.commit("Track it")
    assert move("--to", "env-file") == 2
    error = capsys.readouterr().err
    assert "git tracks it" in error
    assert "`git rm --cached .env`" in error
    # What the message says is what to do.
    project.git("rm", "--cached", ".env")
    assert move("--to", "env-file") == 0


def test_an_entry_that_is_taken_back_ignores_nothing(project: GitRepository) -> None:
    project.write(".gitignore", ".env\n!.env\n")
    assert move("--to", "env-file") == 0
    assert (project.folder / ".env").exists()
    assert ".env" not in project.git("status", "--porcelain", "--untracked-files=all").split()


def test_the_code_alone(project: GitRepository, capsys: Capture) -> None:
    before = what_it_holds(project.folder / "shop.py")
    assert move("--to", "none") == 0
    assert what_it_holds(project.folder / "shop.py", KEYS) == before
    assert "Keep the values yourself, under: AUTHENTICATED_SECRET, DATABASE_PASSWORD" in (
        capsys.readouterr().out
    )
    assert restore() == 0
    assert what_it_holds(project.folder / "shop.py") == before


def test_an_encrypted_backup(project: GitRepository, tmp_path: Path, capsys: Capture) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(identity))
    before = (project.folder / "shop.py").read_bytes()
    assert move("--to", "none", "--age-recipient", str(identity.to_public())) == 0
    stored = [path.read_bytes() for path in only_backup().folder.glob("*.age")]
    assert len(stored) == 2
    assert not any(secret.encode() in data for secret in SECRETS for data in stored)
    assert "--identity FILE --write" in capsys.readouterr().out
    assert restore("--identity", str(tmp_path / "key")) == 0
    assert (project.folder / "shop.py").read_bytes() == before


# -- names ----------------------------------------------------------------------------------


def test_a_default_of_a_settings_field_keeps_its_key(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    one, other = "hunter" + "2x", "hunter" + "3x"
    source = (
        "from pydantic_settings import BaseSettings\n"
        "class Settings(BaseSettings):\n"
        f"    smtp_password: str = '{one}'\n"
        "    mail_password: str\n"
    )
    repository.write("a.py", source)
    repository.commit()
    monkeypatch.chdir(repository.folder)
    assert repair("--to", "none") == 0
    assert "Nothing was written: add --write to do it" in capsys.readouterr().out
    assert move("--to", "none") == 0
    assert "smtp_password: str = require_config_value('SMTP_PASSWORD')" in (
        (repository.folder / "a.py").read_text().replace('"', "'")
    )
    # A literal elsewhere is not what the field reads.
    repository.write("b.py", f"MAIL_PASSWORD = '{other}'\n")
    assert move("--to", "none") == 2
    assert "MAIL_PASSWORD is already read at a.py:" in capsys.readouterr().err
    assert repair() == 0
    assert "name the key, for example: --key B_MAIL_PASSWORD=b.py:1:17" in capsys.readouterr().out


def test_taken_names_are_asked_for(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    one, other = "hunter" + "2x", "hunter" + "3x"
    repository.write("a.py", f"DB_PASSWORD = '{one}'\nAGAIN_PASSWORD = '{one}'\n")
    repository.write("b.py", f"DB_PASSWORD = '{other}'\n")
    repository.write("c.py", "import os\nMAIL_PASSWORD = os.environ['MAIL_PASSWORD']\n")
    repository.write("d.py", f"MAIL_PASSWORD = '{other}-mail'\n")
    repository.commit()
    monkeypatch.chdir(repository.folder)
    assert move("--to", "none") == 2
    error = capsys.readouterr().err
    assert (
        "b.py:1:15: DB_PASSWORD is the key of another secret here: --key B_DB_PASSWORD=b.py:1:15"
        in (error)
    )
    assert "MAIL_PASSWORD is already read at c.py:2: --key D_MAIL_PASSWORD=d.py:1:17" in error
    assert repository.git("status", "--porcelain") == ""
    # What it says is what to do; and the user may know that a key means the same.
    given = ["--key", "B_DB_PASSWORD=b.py:1", "--key", "MAIL_PASSWORD=d.py:1"]
    assert move("--to", "none", *given) == 0
    assert "'DB_PASSWORD'" in (repository.folder / "a.py").read_text().splitlines()[2]
    assert "'DB_PASSWORD'" in (repository.folder / "a.py").read_text().splitlines()[3]
    assert "'B_DB_PASSWORD'" in (repository.folder / "b.py").read_text()
    assert "'MAIL_PASSWORD'" in (repository.folder / "d.py").read_text()


def test_names_on_a_terminal(repository: GitRepository) -> None:
    repository.write("a.py", "DB_PASSWORD = 'hunter" + "2x'\n")
    repository.write("b.py", "DB_PASSWORD = 'hunter" + "3x'\n")
    repository.commit()
    command = ["-m", "hushflake.cli.main", "codemod", "--only", "hardcoded_secrets"]
    with running([*command, "--to", "none", "--write"], repository.folder, columns=100) as screen:
        screen.read_until("key for this secret [B_DB_PASSWORD]")
        screen.type("SECOND_PASSWORD\r")
        told = screen.read_until("No store gets the values")
        assert "hunter" not in told
        screen.type("y\r")
        assert screen.end() == 0
    assert "SECOND_PASSWORD" in (repository.folder / "b.py").read_text()


def test_a_held_value_is_never_overwritten(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    values = {"DB_PASSWORD": "other", "LDAP_PASSWORD": SECRETS[10], "SMTP_PASSWORD": "live"}
    lines = [f"    {key}: {value}" for key, value in values.items()]
    text = "\n".join(["values:", "  environmentVariables:", *lines, ""])
    esc.save(ENVIRONMENT, text)
    assert move("--to", TARGET) == 2
    error = capsys.readouterr().err
    assert (
        f"DB_PASSWORD has another value in {TARGET}: --key SHOP_DB_PASSWORD=shop.py:5:15" in error
    )
    assert project.git("status", "--porcelain") == ""
    # A key with the same value is used, and the default of a read gives way to what is held.
    assert move("--to", TARGET, "--key", "SHOP_DB_PASSWORD=shop.py:5") == 0
    now = held(esc)
    assert (now["DB_PASSWORD"], now["SMTP_PASSWORD"]) == ("other", "live")
    assert now["SHOP_DB_PASSWORD"] == SECRETS[0]
    out = capsys.readouterr().out
    assert f"another in {TARGET}: it stays" in " ".join(out.split())
    assert f"in {TARGET} already" in " ".join(out.split())


def test_a_chosen_name_that_is_held_is_refused(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    assert move("--to", TARGET, "--key", "OTHER=shop.py:5") == 2
    assert "holds other values under these keys" in capsys.readouterr().err
    assert held(esc) == {"OTHER": "x"}
    assert move("--to", TARGET, "--key", "X=shop.py:2") == 2
    assert "no secret stands there" in capsys.readouterr().err
    assert move("--to", TARGET, "--key", "X") == 2
    assert "NAME=path:line" in capsys.readouterr().err


def test_names_of_the_settings(project: GitRepository, esc: FakeEsc) -> None:
    project.write("pyproject.toml", "[tool.hushflake]\nkey-style = 'snake'\n")
    assert move("--to", TARGET) == 0
    assert held(esc) == {**{key.lower(): value for key, value in KEYS.items()}, "OTHER": "x"}
    assert 'require_config_value("smtp_password")' in (project.folder / "shop.py").read_text()


def test_what_stays_in_the_code_goes_nowhere(
    repository: GitRepository, keyring_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    repository.write(
        "a.py",
        "import os\n\n"
        f"EARLY_PASSWORD = '{SECRETS[0]}'\n"
        "from gevent import monkey\nmonkey.patch_all()\n"
        f"LATE_PASSWORD = '{SECRETS[1]}'\n"
        f"PIP_PASSWORD = os.getenv('PIP_PASSWORD', '{SECRETS[10]}')\n",
    )
    monkeypatch.chdir(repository.folder)
    assert move("--to", "keyring:shop") == 0
    assert json.loads(keyring_file.read_text()) == {"shop/LATE_PASSWORD": SECRETS[1]}
    out = capsys.readouterr().out
    assert "a.py:3:18 may run before a monkey patch" in out
    assert "EARLY_PASSWORD" not in out


def test_a_literal_that_no_rule_flags_is_the_same_secret(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    repository.write("a.py", f"DB_PASSWORD = '{SECRETS[0]}'\n")
    repository.write("b.py", f"print('{SECRETS[0]}')\nprint(b'{SECRETS[0]}')\n# {SECRETS[0]}\n")
    monkeypatch.chdir(repository.folder)
    assert repair("--diff") == 0
    printed = capsys.readouterr()
    assert not shown(printed.out + printed.err)
    assert move("--to", "none") == 0
    assert "a.py:1, b.py:1, b.py:2" in capsys.readouterr().out
    text = (repository.folder / "b.py").read_text()
    assert "print(require_config_value('DB_PASSWORD'))" in text
    assert "print(require_config_value('DB_PASSWORD').encode())" in text


# -- what is refused and what fails ---------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--write"], "--write needs --to"),
        (["--write", "--to", "nowhere:x", "--yes"], "is not a target"),
        (["--write", "--to", "none"], "there is no terminal for the question"),
        (["--only", "environment_reads"], "runs alone"),
    ],
)
def test_mistakes(project: GitRepository, arguments: list[str], told: str, capsys: Capture) -> None:
    assert repair(*arguments) == 2
    assert told in capsys.readouterr().err
    assert project.git("status", "--porcelain") == ""


def test_options_of_a_repair_need_one(project: GitRepository, capsys: Capture) -> None:
    assert main(["codemod", "--to", "none"]) == 2
    assert "--to is for --only hardcoded_secrets" in capsys.readouterr().err


def test_a_target_that_does_not_answer(
    project: GitRepository, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "http://127.0.0.1:9")
    assert move("--to", TARGET) == 3
    assert project.git("status", "--porcelain") == ""


def test_a_value_that_comes_back_changed_stops_it(
    project: GitRepository, keyring_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from file_keyring import FileKeyring

    real = FileKeyring.get_password

    def cut(self: FileKeyring, service: str, name: str) -> str | None:
        value = real(self, service, name)
        return value and value[:10]

    monkeypatch.setattr(FileKeyring, "get_password", cut)
    assert move("--to", "keyring:shop") == 2
    assert "did not come back" in capsys.readouterr().err
    assert project.git("status", "--porcelain") == ""


def test_a_read_only_file_stays(project: GitRepository, tmp_path: Path) -> None:
    (project.folder / "shop.py").chmod(0o440)

    def body() -> None:
        os.environ["XDG_STATE_HOME"] = str(project.folder / "state")
        assert move("--to", "none") == 3
        assert shown((project.folder / "shop.py").read_text())

    as_ordinary_user(project.folder, body)


def test_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "a.py").write_text("password = 'hunter" + "2x'\n")
    monkeypatch.chdir(tmp_path)
    assert repair() == 0
    assert move("--to", "none") == 2
    assert "not inside a git repository" in capsys.readouterr().err


def test_history_is_told_only_where_it_holds_one(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    repository.write("old.py", "OLD_PASSWORD = 'hunter" + "2x'\n")
    repository.commit()
    repository.write("old.py", "OLD_PASSWORD = 'hunter" + "3x'\n")
    repository.write("new.py", "NEW_PASSWORD = 'hunter" + "4x'\n")
    monkeypatch.chdir(repository.folder)
    assert repair("--format", "json") == 0
    document = json.loads(capsys.readouterr().out)["repair"]
    assert document["history"] == []
    assert {key["key"] for key in document["keys"]} == {"OLD_PASSWORD", "NEW_PASSWORD"}


def test_all_of_a_tree_that_git_ignores(project: GitRepository, capsys: Capture) -> None:
    project.write(".gitignore", "local/\n")
    project.write("local/a.py", "A_PASSWORD = 'hunter" + "9x'\n")
    repair("--format", "json")
    assert "A_PASSWORD" not in capsys.readouterr().out
    repair("--format", "json", "--no-ignore")
    assert "A_PASSWORD" in capsys.readouterr().out


def test_a_notebook(
    repository: GitRepository, keyring_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": text,
        }
        for text in (
            "import os\n",
            f"DB_PASSWORD = '{SECRETS[0]}'\nurl = 1",
            f"print('{SECRETS[0]}')",
        )
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = repository.write("a.ipynb", json.dumps(document, indent=1))
    monkeypatch.chdir(repository.folder)
    assert move("--to", "keyring:shop") == 0
    assert json.loads(keyring_file.read_text()) == {"shop/DB_PASSWORD": SECRETS[0]}
    assert "a.ipynb:cell 2:1" in capsys.readouterr().out
    text = path.read_text()
    assert not shown(text)
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert "DB_PASSWORD = require_config_value('DB_PASSWORD')\nurl = 1" in sources[1]


def test_a_table_of_thousands_of_secrets_is_surveyed_in_seconds(tmp_path: Path) -> None:
    random = "Zk9qT2vLx8" + "RmW4pYc7NsB1dHf6J"
    table = ",".join(f"'password{each}': '{random}{each}'" for each in range(1_500))
    (tmp_path / "table.py").write_text(f"keys = {{{table}}}\n", encoding="utf-8")
    many = f"postgres://app:{random}@host " * 1_500
    (tmp_path / "text.py").write_text(f"hosts = '{many}'\n", encoding="utf-8")
    settings = load([str(tmp_path)])
    with cpu_within(12):
        found = survey([str(tmp_path)], rewriter(settings, only=["hardcoded_secrets"]))
        assert len(found.found) == 3_000
