"""ESC's `files`: paths of private temporary files, for programs and in this process."""

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc
from pseudo_terminal import running

import hushflake.config as hc
from hushflake.config.reading import projected

PROD = "acme/shop/prod"
# The environment of the vendor's own test of `env run` (cmd/esc/cli/testdata/run.yaml).
RUN = """
values:
  secret: {fn::secret: hunter2-of-the-test}
  plain: plaintext
  yup: true
  pi: 3.14
  environmentVariables: {SECRET: "${secret}", PLAIN: "${plain}", BOOL: "${yup}", NUM: "${pi}"}
  files:
    FILE: |
      export F_SECRET=${secret}
      export F_PLAIN=${plain}
    BOOL_FILE: ${yup}
    NUM_FILE: ${pi}
    EMPTY: null
    no-variable: x
    NESTED: {a: b}
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    hc.unconfigure()
    assert list(folder.iterdir()) == [], "unconfiguring leaves nothing"


@pytest.fixture
def service(prod: FakeEsc) -> FakeEsc:
    prod.save(PROD, RUN)
    return prod


def read(key: str) -> Path:
    path = hc.get_config_value(key)
    assert path is not None
    return Path(path)


def test_a_key_of_files_reads_as_the_path_of_one(service: FakeEsc, temporary: Path) -> None:
    hc.configure(esc=PROD)
    assert hc.get_config_value("PLAIN") == "plaintext"
    assert list(temporary.iterdir()) == [], "nothing is written before it is read"
    assert hc.has_config_value("FILE")
    path = read("FILE")
    assert path.read_text() == ("export F_SECRET=hunter2-of-the-test\nexport F_PLAIN=plaintext\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [read(key).read_text() for key in ("BOOL_FILE", "NUM_FILE", "EMPTY")] == [
        "true",
        "3.14",
        "",
    ]
    assert read("FILE") == path
    # The text itself is there under its path, as everything of ESC is.
    assert hc.get_config_value("files.PLAIN") is None
    assert hc.get_config_value("files.BOOL_FILE") == "true"
    assert hc.get_config_value('files["no-variable"]') is None
    assert hc.get_config_value("files.no-variable") == "x"
    assert hc.get_config_value("NESTED") is None


def test_a_refresh_rewrites_what_has_changed_and_removes_what_is_gone(service: FakeEsc) -> None:
    hc.configure(esc=PROD)
    path, other = read("FILE"), read("NUM_FILE")
    before = other.stat()
    service.save(PROD, RUN.replace("hunter2", "hunter3").replace("    BOOL_FILE", "    NEW_FILE"))
    kept = read("BOOL_FILE")
    hc.refresh()
    # Whoever holds the path reads the new text, before anybody reads the key again.
    assert "hunter3" in path.read_text()
    assert (other.stat().st_ino, other.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not kept.exists()
    assert read("FILE") == path
    assert hc.get_config_value("BOOL_FILE") is None


def test_no_file_outlives_values_that_are_no_longer_served(service: FakeEsc) -> None:
    hc.configure(esc=PROD, max_stale_seconds=0.01)
    path = read("FILE")
    service.fault(status=403, times=100)
    time.sleep(0.05)
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()
    assert not path.exists()
    service.faults.clear()
    hc.refresh()
    assert read("FILE").exists()


def test_the_environment_answers_first_where_it_is_first(
    service: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILE", "/given/by/the/deployment")
    hc.configure(esc=PROD)
    assert read("FILE") == Path("/given/by/the/deployment")
    hc.configure(esc=PROD, environment="fallback")
    assert read("FILE").exists()


def test_an_export_sets_the_path(service: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILE", "")
    monkeypatch.delenv("FILE")
    hc.configure(esc=PROD)
    assert hc.export_to_environment(["FILE"]) == ["FILE"]
    assert Path(os.environ["FILE"]) == read("FILE")
    assert "hunter2" in read("FILE").read_text()


def test_a_folder_that_cannot_be_written_is_told_without_the_text(
    service: FakeEsc, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hc.configure(esc=PROD)
    hc.preload()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    with pytest.raises(hc.ConfigSourceError, match="FILE: its file cannot be written") as info:
        hc.get_config_value("FILE")
    trace = info.value.__traceback__
    while trace is not None:
        shown = {name: repr(value) for name, value in trace.tb_frame.f_locals.items()}
        assert "hunter2" not in str(shown) or trace.tb_frame.f_code.co_filename == __file__
        trace = trace.tb_next
    assert hc.get_config_value("PLAIN") == "plaintext"


def test_the_page_is_right(service: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "esc.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"\n## Files\n(.*?)\n## ", page, re.DOTALL)
    (definition,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    (program,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    service.save(
        PROD, definition.replace("values:", "values:\n  cluster: {kubeconfig: {fn::secret: k}}")
    )
    monkeypatch.setenv("KUBECONFIG", "")
    monkeypatch.delenv("KUBECONFIG")
    hc.configure(esc=PROD)
    names = {name: getattr(hc, name) for name in hc.__all__}
    exec(program, names)
    assert Path(names["kubeconfig"]).read_text() == "k"
    assert os.environ["KUBECONFIG"] == names["kubeconfig"]


PROGRAM = """
import os, signal, sys, time
import hushflake.config as hc

hc.configure(esc="acme/shop/prod")
print(hc.get_config_value("FILE"), flush=True)
how = sys.argv[1]
if how == "fork":
    pid = os.fork()
    if pid == 0:
        own = hc.get_config_value("FILE")
        assert own != sys.argv[0] and open(own).read()
        hc.unconfigure()
        os._exit(0 if not os.path.exists(own) else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert open(hc.get_config_value("FILE")).read(), "the child's end removed the parent's"
elif how == "pool":
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.apply(hc.get_config_value, ("FILE",)), flush=True)
        pool.close()
        pool.join()
elif how == "error":
    raise SystemExit(3)
elif how == "wait":
    time.sleep(30)
"""


def started(how: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, how], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("how", ["return", "error", "fork", "pool"])
def test_files_go_with_the_process(service: FakeEsc, temporary: Path, how: str) -> None:
    with started(how) as process:
        assert process.stdout is not None
        paths = process.stdout.read().split()
        assert process.wait(20) == (3 if how == "error" else 0)
    assert len(set(paths)) == (2 if how == "pool" else 1)
    assert list(temporary.iterdir()) == []


def test_files_go_on_sigterm(service: FakeEsc, temporary: Path) -> None:
    with started("wait") as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        assert path.exists()
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next(
    service: FakeEsc, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def aged(path: Path) -> None:
        os.utime(path, (1e9, 1e9))

    with started("wait") as killed, started("wait") as living:
        assert killed.stdout is not None
        assert living.stdout is not None
        left = Path(killed.stdout.readline().strip()).parent
        held = Path(living.stdout.readline().strip()).parent
        killed.kill()
        killed.wait(10)
        assert left.exists()
        foreign = temporary / "hushflake-files-link"
        foreign.symlink_to(temporary / "elsewhere")
        aged(left)
        aged(held)
        hc.configure(esc=PROD)
        read("FILE")
        assert not left.exists()
        assert held.exists(), "its process lives"
        assert foreign.is_symlink()
        foreign.unlink()
        living.terminate()
    assert projected.path_of("KEY", "x")[1] == ""


HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))


@pytest.fixture
def shell(service: FakeEsc, tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.hushflake.config]\nesc = "acme/shop/prod"\n')
    return tmp_path


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [HUSHFLAKE, "config", "run", *arguments], capture_output=True, text=True, timeout=30
    )


DUMP = 'echo "secret: $SECRET, plain: $PLAIN, bool: $BOOL, num: $NUM"; ls -l "$FILE" | cut -c1-10'
SOURCE = '. "$FILE"; echo "secret: $F_SECRET, plain: $F_PLAIN"'


@pytest.mark.usefixtures("shell")
def test_a_program_gets_what_pulumi_env_run_gives_it(temporary: Path) -> None:
    done = run("--all", "--", "sh", "-c", DUMP)
    assert done.stdout == (
        "secret: [secret], plain: plaintext, bool: true, num: 3.14\n-rw-------\n"
    )
    done = run("--all", "-i", "--", "sh", "-c", DUMP)
    assert done.stdout.startswith("secret: hunter2-of-the-test, plain: plaintext,")
    assert run("--all", "--", "sh", "-c", SOURCE).stdout == "secret: [secret], plain: plaintext\n"
    assert run("--all", "--", "printf", "hunter2-of-the-test").stdout == "[secret]"
    assert run("--export", "NUM_FILE", "--", "sh", "-c", "cat $NUM_FILE").stdout == "3.14"
    assert run("--all", "--", "sh", "-c", "exit 9").returncode == 9
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
@pytest.mark.parametrize("interactive", [[], ["--interactive"]], ids=["captured", "interactive"])
def test_a_signal_reaches_the_program_and_the_files_still_go(
    temporary: Path, number: signal.Signals, interactive: list[str]
) -> None:
    trap = f"trap 'echo got; exit 5' {number.name.removeprefix('SIG')}; cat $NUM_FILE; echo; "
    command = [HUSHFLAKE, "config", "run", "--all", *interactive, "--", "sh", "-c"]
    with subprocess.Popen(
        [*command, trap + "while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # no terminal sends it to both
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "3.14\n"
        assert len(list(temporary.iterdir())) == 1
        process.send_signal(number)
        assert process.stdout.read() == "got\n"
        assert process.wait(10) == 5
    assert list(temporary.iterdir()) == []


SESSION = """
import signal, sys, time
count = []
signal.signal(signal.SIGINT, lambda *_: count.append(1))
print("terminal", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
end = time.monotonic() + 20
while not count and time.monotonic() < end:
    time.sleep(0.01)
time.sleep(0.3)
print("interrupted", len(count), input("more: "))
"""


def test_an_interactive_program_has_the_terminal_and_one_interrupt(shell: Path) -> None:
    command = [HUSHFLAKE, "config", "run", "--interactive", "--", sys.executable, "-c", SESSION]
    with running(command, shell) as terminal:
        terminal.read_until("terminal True True")
        terminal.type("\x03")
        terminal.read_until("more: ")
        terminal.type("typed\n")
        terminal.read_until("interrupted 1 typed")
        assert terminal.end(20) == 0
