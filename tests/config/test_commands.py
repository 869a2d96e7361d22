"""`hushflake config …` from a shell, against the fake ESC."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main

PROD = "acme/shop/prod"
HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))
SECTION = """
[tool.hushflake.config]
esc = "acme/shop/prod"
environment = "first"
audit-dir = "trail"
export = ["API_TOKEN"]
secrets = ["API_TOKEN", "DB_PASSWORD"]
services = ["BusinessConfig", "InfrastructureConfig"]
"""


@pytest.fixture
def repository(prod: FakeEsc, tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(SECTION, encoding="utf-8")
    return tmp_path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, str, str]:
        code = main(["config", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def shell(*args: str, **how: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [HUSHFLAKE, "config", *args], capture_output=True, text=True, timeout=30, **how
    )


def test_init_writes_a_module_that_works(prod: FakeEsc, tmp_path: Path, run: Run) -> None:
    module = "backend/core/auto_esc_config.py"
    options = ["--esc", PROD, "--environment", "fallback", "--environment-key", "AWS_*"]
    code, out, _ = run("init", module, *options)
    assert code == 0
    assert out.count(": created") == 2
    section = tomllib.loads((tmp_path / "pyproject.toml").read_text())["tool"]["hushflake"]
    assert section == {
        "accessor": "backend.core.auto_esc_config",
        "config": {"esc": PROD, "environment": "fallback", "environment-keys": ["AWS_*"]},
    }
    program = "from backend.core import auto_esc_config as c; print(c.get_config_value('ONLY_ESC'))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "from-esc\n"
    # Twice changes nothing; something else is not overwritten.
    assert run("init", module, *options)[1].count(": unchanged") == 2
    assert run("init", module)[0] == 2
    (tmp_path / module).write_text("mine = 1\n")
    code, _, err = run("init", module, *options)
    assert (code, "config init --force" in err) == (2, True)
    assert run("init", module, *options, "--force")[0] == 0
    assert run("doctor")[1].count("differs") == 0


def test_init_keeps_what_a_pyproject_says(tmp_path: Path, run: Run) -> None:
    before = (
        '# mine\n[project]\nname = "x"\n\n'
        '[tool.hushflake]  # ours\nkeep = ["A"]\n\n[tool.other]\na = 1\n'
    )
    path = tmp_path / "pyproject.toml"
    path.write_text(before)
    assert run("init", "src/app/config.py", "--esc", PROD)[0] == 0
    after = path.read_text()
    for line in before.splitlines():
        assert line in after
    document = tomllib.loads(after)
    assert document["tool"]["hushflake"]["accessor"] == "app.config"
    assert document["tool"]["hushflake"]["keep"] == ["A"]
    assert document["tool"]["other"] == {"a": 1}


@pytest.mark.parametrize(
    "arguments",
    [
        ["my-module.py"],
        ["config.txt"],
        ["../outside.py"],
        ["app/config.py", "--esc", "no-environment"],
    ],
)
def test_init_refuses_what_cannot_work(tmp_path: Path, run: Run, arguments: list[str]) -> None:
    assert run("init", *arguments)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_healthy_doctor(repository: Path, run: Run) -> None:
    code, out, _ = run("doctor")
    assert "✓ 2/2 secrets accessible" in out
    assert "✓ 2/2 services valid" in out
    assert "mode production, process environment first" in out
    assert out.index("environment  ") < out.index("esc  ")
    assert code == 0
    assert "esc-" not in out
    document = json.loads(run("doctor", "--format", "json")[1])
    assert document["format"] == "hushflake.config-doctor/1"
    assert document["healthy"] is True
    assert [source["name"] for source in document["sources"]] == ["environment", "esc"]


def test_a_doctor_with_complaints(
    repository: Path, prod: FakeEsc, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTH", "canary-environment")
    monkeypatch.setenv("PORT", "canary-port")
    prod.save(
        PROD,
        "values: {a: {bC: canary, b_c: canary}, "
        "environmentVariables: {BOTH: canary-esc, API_TOKEN: {fn::secret: canary-token}}}",
    )
    (repository / "pyproject.toml").write_text(
        SECTION.replace('["BusinessConfig"', '["AIConfig", "BusinessConfig"')
        + 'declared = ["GONE", "ANY_*"]\n'
    )
    code, out, _ = run("doctor")
    assert code == 1
    for line in (
        "✗ 1/3 secrets accessible",
        "    DB_PASSWORD: missing",
        "✗ 1/3 services valid",
        "    AIConfig: OPENAI_API_KEY is missing",
        "    InfrastructureConfig: PORT must be a whole number",
        "✗ GONE: declared, and in no source",
        "✗ A_B_C: ambiguous, a.bC and a.b_c derive it",
        "✗ BOTH: environment hides another value in esc",
    ):
        assert line in out
    assert "canary" not in out
    assert run("doctor", "--format", "json")[0] == 1


def test_a_doctor_without_a_source(repository: Path, prod: FakeEsc, run: Run) -> None:
    prod.fault(status=401, times=99)
    code, out, _ = run("doctor")
    assert code == 1
    assert "source esc: Pulumi ESC, acme/shop/prod: it does not accept the access token" in out


def test_the_doctor_compares_the_accessor_with_the_section(repository: Path, run: Run) -> None:
    path = repository / "pyproject.toml"
    path.write_text(SECTION + '[tool.hushflake]\naccessor = "app"\n')
    assert "accessor app: no such module" in run("doctor")[1]
    (repository / "app.py").write_text("raise SystemExit('never imported')\n")
    assert "app.py: it never calls configure(...)" in run("doctor")[1]
    (repository / "app.py").write_text(
        "from hushflake.config import configure\n"
        "configure(esc='acme/shop/prod', environment='deny', audit_dir='trail')\n"
    )
    code, out, _ = run("doctor")
    assert code == 1
    assert "app.py: environment differs from environment in [tool.hushflake.config]" in out
    assert out.count("differs") == 1


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("[tool.hushflake.config]\nesk = 'x'", "unknown key 'esk'"),
        ("[tool.hushflake.config]\nesc = 1", "must be a string"),
        ("[tool.hushflake.config]\nexport = 'X'", "must be a list of strings"),
        ("[tool.hushflake]\nconfig = 1", "must be a table"),
        ("[tool.hushflake.config]\nmode = 'x'", "none of production"),
        ("[tool.hushflake.config]\nservices = ['Nope']", "no class 'Nope'"),
        ("not toml", "pyproject.toml"),
    ],
)
def test_a_wrong_section_is_the_users_mistake(
    tmp_path: Path, run: Run, section: str, reason: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(section + "\n")
    code, _, err = run("doctor")
    assert code == 2
    assert reason in err


def test_list_and_get(repository: Path, run: Run) -> None:
    code, out, _ = run("list")
    assert code == 0
    names = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert names["API_TOKEN"] == ["esc", "secret"]
    assert names["ONLY_ESC"] == ["esc"]
    assert "PATH" not in names
    assert "PATH" in run("list", "--all")[1]
    document = json.loads(run("list", "--format", "json")[1])
    assert {"key": "DB_PASSWORD", "source": "esc", "secret": True} in document["names"]
    assert run("get", "API_TOKEN")[:2] == (0, "**********  (esc)\n")
    assert run("get", "NOPE")[0] == 2
    reads = json.loads(run("audit", "show", "--key", "API_TOKEN", "--format", "json")[1])["reads"]
    assert [(read["count"], read["outcome"]) for read in reads] == [(1, "hit")]
    code, out, err = run("get", "--reveal", "API_TOKEN")
    assert (code, out) == (2, "")
    assert "on a terminal only" in err


def on_a_terminal(command: list[str], answers: list[bytes]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal, typing an answer each time it asks for one."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    shown, end, asked = b"", time.monotonic() + 20, 0
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        if answers and shown.count(b": ") > asked:
            asked = shown.count(b": ")
            os.write(terminal, answers.pop(0))
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal(repository: Path, prod: FakeEsc) -> None:
    code, shown = on_a_terminal([HUSHFLAKE, "config", "get", "--reveal", "API_TOKEN"], [])
    assert (code, shown.strip()) == (0, "esc-token-value")
    typed = b"typed-$$-secret\n"
    code, shown = on_a_terminal([HUSHFLAKE, "config", "set", "--secret", "NEW_KEY"], [typed] * 2)
    assert code == 0, shown
    assert "typed" not in shown
    code, shown = on_a_terminal([HUSHFLAKE, "config", "get", "--reveal", "NEW_KEY"], [])
    assert shown.strip() == "typed-$$-secret"


def test_set(repository: Path, prod: FakeEsc, run: Run) -> None:
    done = shell("set", "--secret", "NEW_SECRET", input="va$$l${u}e\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "NEW_SECRET saved as a secret, revision 3, read back unchanged" in done.stdout
    assert shell("set", "--plain", "db.newUser", "an$a").returncode == 0
    assert shell("set", "--keep-newline", "--plain", "LINE", input="x\n").returncode == 0
    session = prod.store.sessions[prod.store.open(PROD)]["properties"]
    variables = session["environmentVariables"]["value"]
    assert variables["NEW_SECRET"]["value"] == "va$$l${u}e"
    assert variables["NEW_SECRET"]["secret"] is True
    assert variables["LINE"]["value"] == "x\n"
    assert session["db"]["value"]["newUser"]["value"] == "an$a"
    assert session["db"]["value"]["password"]["value"] == "esc-password"
    for wrong in (["--secret", "A", "on-the-line"], ["SOME_TOKEN", "x"], ["--plain", "db..x", "x"]):
        done = shell("set", *wrong, input="")
        assert done.returncode == 2
        assert "on-the-line" not in done.stdout + done.stderr
    assert shell("set", "--plain", "A", input=None, stdin=subprocess.DEVNULL).returncode == 0


def test_set_needs_an_environment(tmp_path: Path, run: Run) -> None:
    code, _, err = run("set", "--plain", "A", "b")
    assert (code, "no Pulumi ESC environment" in err) == (2, True)


def test_run_exports_the_list_and_censors_the_output(repository: Path, prod: FakeEsc) -> None:
    program = (
        "import os, sys, base64; t = os.environ['API_TOKEN']; print('out', t, flush=True);"
        "print('err', base64.b64encode(t.encode()).decode(), file=sys.stderr);"
        "sys.stdout.write(t[:5]); sys.stdout.flush(); sys.stdout.write(t[5:]);"
        "print(os.environ.get('ONLY_ESC')); sys.exit(7)"
    )
    done = shell("run", "--", sys.executable, "-c", program)
    assert done.returncode == 7
    assert done.stdout == "out [secret]\n[secret]None\n"
    assert done.stderr.startswith("err [secret]")
    done = shell("run", "--all", "--", "sh", "-c", "echo $ONLY_ESC $BOTH")
    assert done.stdout == "from-esc from-esc\n"
    done = shell(
        "run", "--export", "ONLY_ESC", "--no-redact", "sh", "-c", "echo $ONLY_ESC $API_TOKEN"
    )
    assert done.stdout == "from-esc esc-token-value\n"
    done = shell("run", "--export", "GONE", "--", "true")
    assert (done.returncode, "GONE: to be exported, and in no source" in done.stderr) == (0, True)
    assert shell("run", "--", "no-such-program-at-all").returncode == 2
    assert shell("run").returncode == 2
    # Exports are in the trail.
    reads = json.loads(shell("audit", "show", "--format", "json").stdout)["reads"]
    assert {"API_TOKEN", "ONLY_ESC"} <= {
        read["key"] for read in reads if read["source"] == "export:esc"
    }


def test_run_passes_input_and_signals(repository: Path) -> None:
    done = shell("run", "--", "cat", input="typed esc-token-value\n")
    assert done.stdout == "typed [secret]\n"
    assert shell("run", "--", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM
    with subprocess.Popen(
        [
            HUSHFLAKE,
            "config",
            "run",
            "--",
            "sh",
            "-c",
            "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.stdout.read() == "bye\n"
        assert process.wait(10) == 5


def test_audit_shows_and_verifies(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUSHFLAKE_AUDIT_KEY", "k" * 32)
    program = (
        "import hushflake.config as c\n"
        "c.configure(esc='acme/shop/prod', audit_dir='trail')\n"
        "for _ in range(3): c.get_config_value('API_TOKEN')\n"
        "c.get_config_value('NOPE')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    file = next((repository / "trail").glob("audit-*"))
    code, out, _ = run("audit")
    assert code == 0
    assert "    3  API_TOKEN" in out
    assert "missing" in out
    assert "API_TOKEN" not in run("audit", "show", "--key", "NOPE")[1]
    code, out, _ = run("audit", "verify", str(file))
    assert (code, "1/1 files good" in out) == (0, True)
    mark = out.split("last mark ")[1].split()[0]
    assert run("audit", "verify", str(file), "--mark", mark)[0] == 0
    assert run("audit", "verify", str(file), "--mark", "0" * 64)[0] == 1
    file.write_text(file.read_text().replace('"count":3', '"count":2'))
    code, out, _ = run("audit", "verify", str(file))
    assert code == 1
    assert f"{file}:4: record 3: was changed after it was written" in out
    document = json.loads(run("audit", "verify", str(file), "--format", "json")[1])
    assert "record 3" in document["files"][0]["problem"]
    assert run("audit", "verify", "nowhere")[0] == 2
    assert run("audit", "verify", "--no-key", str(file))[0] == 1


def test_a_keyring_of_the_repository_needs_the_users_word(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.hushflake.config]\nkeyring = "velo"\n')
    for said in ("", "another"):
        monkeypatch.setenv("HUSHFLAKE_KEYRING", said)
        code, _, err = run("list")
        assert code == 2
        assert "set HUSHFLAKE_KEYRING='velo' in your environment" in err
    monkeypatch.setenv("HUSHFLAKE_KEYRING", "velo")
    assert run("list")[0] == 0
