"""What a process goes by that never calls `configure`: found once, beside the code that reads."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.reading import access, beginning, process
from hushflake.config.reading.cells import LiveTable
from hushflake.config.reading.counters import Counters
from hushflake.config.reading.first import FirstTable

from .conftest import PROD

TABLE = '[tool.hushflake.config]\nmode = "development"\n'
READ = "from hushflake.config import get_config_value\nA = get_config_value('A', 'none')\n"
Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _nobody_has_read() -> Iterator[None]:
    access.install(FirstTable(Counters()))
    yield
    process.stop()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


def run(path: Path, **names: Any) -> dict[str, Any]:
    """Run a file as Python runs it: its frames bear its name."""
    space: dict[str, Any] = {"__name__": "tried", "__file__": str(path), **names}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return space


def project() -> str | None:
    found: str | None = hc.describe()["project"]
    return found


def test_the_project_of_the_code_and_not_of_the_working_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write("app/pyproject.toml", TABLE)
    write("strange/pyproject.toml", '[tool.hushflake.config]\nesc = "evil/x/y"\n')
    monkeypatch.chdir(tmp_path / "strange")
    run(write("app/scripts/job.py", READ))
    assert project() == str(own)
    assert hc.describe()["mode"] == "development"
    assert hc.describe()["esc"] is None


def test_the_nearest_table_counts(write: Write) -> None:
    top = write("pyproject.toml", TABLE)
    # A project of its own without the table, as a service of a monorepo has it.
    write("services/a/pyproject.toml", '[project]\nname = "a"\ndependencies = ["hushflake"]\n')
    run(write("services/a/main.py", READ))
    assert project() == str(top)


def test_a_repository_ends_at_its_top(write: Write, tmp_path: Path) -> None:
    write("pyproject.toml", TABLE)
    (tmp_path / "repository/.git").mkdir(parents=True)
    run(write("repository/job.py", READ))
    assert project() is None


def test_what_others_may_write_is_not_looked_at(
    write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write("pyproject.toml", TABLE)
    folder = write("shared/job.py", READ).parent
    folder.chmod(0o777)
    run(folder / "job.py")
    assert project() is None
    assert isinstance(access.base(), LiveTable)
    assert caplog.text == ""
    # It may be meant: an image of one program may be careless. So it is said.
    own = write("shared/pyproject.toml", TABLE)
    access.install(FirstTable(Counters()))
    run(folder / "job.py")
    assert project() is None
    assert f"{own}: its settings are not used, as everybody may write to its folder" in caplog.text
    # A stranger's file stops no program, whatever it holds.
    own.write_text("#" * (2 << 20))
    access.install(FirstTable(Counters()))
    run(folder / "job.py")
    assert project() is None


def test_a_file_that_others_may_write_is_not_looked_at(write: Write) -> None:
    write("pyproject.toml", TABLE).chmod(0o666)
    run(write("job.py", READ))
    assert project() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_a_link_of_somebody_else_is_not_followed(write: Write) -> None:
    """In a folder of a group anybody of it puts a link to another project of the same user."""
    own = write("elsewhere/pyproject.toml", TABLE)
    path = write("shared/job.py", READ)
    link = path.with_name("pyproject.toml")
    link.symlink_to(own)
    os.lchown(link, 4711, 4711)
    run(path)
    assert project() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_a_file_of_somebody_else_is_not_looked_at(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    table = write("pyproject.toml", TABLE)
    os.chown(table, 4711, 4711)
    run(write("job.py", READ))
    assert project() is None
    assert "it belongs to another user than the code" in caplog.text


def test_a_library_reads_first(write: Write) -> None:
    own = write("app/pyproject.toml", TABLE)
    write("app/.venv/pyproject.toml", '[tool.hushflake.config]\nesc = "evil/x/y"\n')
    library = write("app/.venv/lib/python3.11/site-packages/library.py", READ)
    code = compile(READ, str(library), "exec")
    run(write("app/main.py", "exec(code, {})\n"), code=code)
    assert project() == str(own)


def test_a_thread_has_no_frame_of_the_application(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write("app/pyproject.toml", TABLE)
    main = write("app/main.py", "")
    library = write("lib/site-packages/library.py", READ)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(main), raising=False)
    code = compile(READ, str(library), "exec")
    thread = threading.Thread(target=exec, args=(code, {"__name__": "library"}))
    thread.start()
    thread.join()
    assert project() == str(own)


def test_a_notebook_is_named_by_what_shows_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write("app/pyproject.toml", TABLE)
    notebook = write("app/notebooks/a.ipynb", "{}")
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    for way in (
        lambda: monkeypatch.setenv("JPY_SESSION_NAME", str(notebook)),
        lambda: monkeypatch.setattr(
            sys.modules["__main__"], "__vsc_ipynb_file__", str(notebook), raising=False
        ),
        None,
    ):
        access.install(FirstTable(Counters()))
        if way is not None:
            way()
        # A cell has no file, and neither has what runs it.
        cell = compile(READ, "/tmp/ipykernel_1/2.py", "exec")
        thread = threading.Thread(target=exec, args=(cell, {"__name__": "__main__"}))
        thread.start()
        thread.join()
        assert project() == (str(own) if way is not None else None)
        process.stop()
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
        monkeypatch.delattr(sys.modules["__main__"], "__vsc_ipynb_file__", raising=False)


def test_a_table_without_settings_configures_nothing(write: Write) -> None:
    write("pyproject.toml", '[tool.hushflake]\nexclude = ["x"]\n[tool.hushflake.config]\n')
    run(write("job.py", READ))
    assert hc.describe()["mode"] == "unconfigured"


@pytest.mark.parametrize("spelt", ["[tool . hushflake.config]", '["tool"."hushflake"."config"]'])
def test_other_spellings_of_the_table(write: Write, spelt: str) -> None:
    own = write("pyproject.toml", TABLE.replace("[tool.hushflake.config]", spelt))
    run(write("job.py", READ))
    assert project() == str(own)


def test_a_table_that_cannot_be_used_is_said_at_every_read(write: Write) -> None:
    write("pyproject.toml", "[tool.hushflake.config]\nmode = 1\n")
    path = write("job.py", READ)
    for _ in range(2):
        with pytest.raises(hc.ConfigError, match=r"mode in .* must be a string"):
            run(path)


def test_what_code_says_wins(write: Write) -> None:
    write("pyproject.toml", '[tool.hushflake.config]\nesc = "acme/shop/prod"\n')
    run(
        write(
            "job.py",
            f"from hushflake.config import configure\nconfigure(mode='development')\n{READ}",
        )
    )
    assert project() is None
    assert hc.describe()["esc"] is None


def test_the_variable_names_a_project(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = write("etc/pyproject.toml", TABLE)
    write("pyproject.toml", '[tool.hushflake.config]\nesc = "acme/shop/prod"\n')
    path = write("job.py", READ)
    for given in (named, named.parent):
        access.install(FirstTable(Counters()))
        monkeypatch.setenv(beginning.VARIABLE, str(given))
        run(path)
        assert project() == str(named)
        process.stop()
    access.install(FirstTable(Counters()))
    monkeypatch.setenv(beginning.VARIABLE, "off")
    run(path)
    assert project() is None
    write("empty.toml", "")
    for name, message in (("gone", "no such file"), ("empty.toml", "has no ")):
        access.install(FirstTable(Counters()))
        monkeypatch.setenv(beginning.VARIABLE, str(tmp_path / name))
        with pytest.raises(hc.ConfigError, match=message):
            run(path)


def test_threads_begin_together(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pyproject.toml", TABLE)
    path = write("job.py", READ)
    started: list[Any] = []
    start = process.start

    def counted(*given: Any, **named: Any) -> object:
        started.append(1)
        return start(*given, **named)

    monkeypatch.setattr(process, "start", counted)
    threads = [threading.Thread(target=run, args=(path,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == [1]


def test_a_source_that_reads_while_it_is_made(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.reading import runtime

    def ordered(settings: object) -> list[object]:
        assert hc.get_config_value("A") == "of the environment"
        return []

    monkeypatch.setenv("A", "of the environment")
    monkeypatch.setattr(runtime, "ordered", ordered)
    own = write("pyproject.toml", TABLE)
    run(write("job.py", READ))
    assert project() == str(own)


def test_an_image_that_holds_its_own_folder_alone(write: Write, prod: FakeEsc) -> None:
    """No project far and wide: a variable of the image says where the values are."""
    path = write("app/main.py", READ.replace("'A'", "'ONLY_ESC'") + "print(A)\n")
    variables = {**os.environ, "HUSHFLAKE_ESC": PROD}
    for given, wanted in ((variables, "from-esc\n"), (dict(os.environ), "none\n")):
        done = subprocess.run(
            [sys.executable, str(path)], env=given, capture_output=True, text=True, check=True
        )
        assert done.stdout == wanted


@pytest.mark.parametrize("first", ["preload()", "refresh()", "describe()"])
def test_what_else_may_come_first(write: Write, first: str) -> None:
    own = write("pyproject.toml", TABLE)
    run(write("job.py", f"import hushflake.config as hc\nhc.{first}\n"))
    assert project() == str(own)


def test_a_program_without_settings_pays_once(write: Write) -> None:
    """Neither the sources nor a parser of TOML are imported to find out that there are none."""
    write("pyproject.toml", '[project]\nname = "a"\ndependencies = ["hushflake"]\n')
    path = write("job.py", f"{READ}import sys\nprint(*sys.modules)\n")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "hushflake.config.reading.beginning" in loaded
    assert not loaded & {
        "tomllib",
        "hushflake.config.reading.runtime",
        "hushflake.config.reading.process",
    }


KEYS = """\
[tool.hushflake.keys]
PORT = "int"
DATABASE_URL = {type = "url", deprecated-aliases = {PG_URL = 2099-01-31, OLD_URL = "2026-06-30"}}
LEVEL = {choices = ["a", "b"], default = "a", deprecated-aliases = ["LVL"]}
"""


def test_the_declared_keys_of_the_project_count(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("app/pyproject.toml", TABLE + KEYS)
    app = write(
        "app/app.py",
        "from hushflake.config import check_config, get_config_value\n"
        "URL = get_config_value('DATABASE_URL', 'none')\n"
        "def check():\n    check_config()\n",
    )
    monkeypatch.setenv("PG_URL", "https://old")
    monkeypatch.setenv("LVL", "c")
    space = run(app)
    assert space["URL"] == "https://old"
    with pytest.raises(hc.ConfigCheckError) as caught:
        space["check"]()
    assert str(caught.value).splitlines()[1:] == [
        "  PORT is missing",
        "  LEVEL must be one of a, b",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "A = 1",
        "A = {unknown = 1}",
        "A = {deprecated-aliases = {B = 'soon'}}",
        "A = {deprecated-aliases = {B = 3}}",
        "A = {deprecated-aliases = {B = 2099-01-31T00:00:00Z}}",
    ],
)
def test_a_table_that_cannot_be_used_is_refused(write: Write, row: str) -> None:
    write("app/pyproject.toml", f"{TABLE}[tool.hushflake.keys]\n{row}\n")
    with pytest.raises(hc.ConfigError, match="the row of 'A' cannot be used; `hushflake inventory"):
        run(write("app/app.py", READ))


def test_no_key_answers_for_another_declared_one(write: Write) -> None:
    rows = "A = {deprecated-aliases = ['B']}\nB = 'str'\n"
    write("app/pyproject.toml", f"{TABLE}[tool.hushflake.keys]\n{rows}")
    with pytest.raises(hc.ConfigError, match="'B' is an earlier name of 'A' and a key of its own"):
        run(write("app/app.py", READ))


def test_keys_alone_leave_the_process_environment_as_it_is(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("app/pyproject.toml", KEYS.replace("DATABASE_URL", "A"))
    monkeypatch.setenv("PG_URL", "https://old")
    assert run(write("app/app.py", READ))["A"] == "none"
    assert hc.describe()["mode"] == "unconfigured"


def test_a_thread_of_a_server_finds_the_application_that_is_loaded(write: Write) -> None:
    """`asyncio.to_thread(preload)` below a server's program: no frame is the application's."""
    own = write("app/pyproject.toml", TABLE)
    write("app/shop/__init__.py", "")
    write("app/shop/main.py", "import hushflake.config\n")
    server = (
        "import sys, threading; sys.path.insert(0, 'app');"
        "import shop.main, hushflake.config as hc;"
        "t = threading.Thread(target=hc.preload); t.start(); t.join();"
        "print(hc.describe()['project'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", server], cwd=own.parents[1], capture_output=True, text=True
    )
    assert done.stdout.strip() == str(own), done.stderr


def ran(path: Path, *options: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *options, str(path)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("table", ["", TABLE], ids=["no-project", "project"])
def test_what_code_says_wins_over_what_another_thread_finds(
    write: Write, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    inside, go = threading.Event(), threading.Event()
    found = beginning.found

    def slowly(frame: Any) -> Any:
        inside.set()
        go.wait(10)
        return found(frame)

    monkeypatch.setattr(beginning, "found", slowly)
    write("pyproject.toml", table)
    path = write("job.py", READ)
    read: list[Any] = []
    thread = threading.Thread(target=lambda: read.append(run(path)["A"]))
    thread.start()
    assert inside.wait(10)
    hc.configure(overrides={"A": "said"})
    go.set()
    thread.join()
    assert read == [hc.get_config_value("A")] == ["said"]
    assert project() is None


FORK = """\
import importlib.abc, os, sys, threading, time
import hushflake.config as hc
inside = threading.Event()
class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "hushflake.config.reading.beginning":
            inside.set()
            time.sleep(0.3)
sys.meta_path.insert(0, Slow())
threading.Thread(target=hc.get_config_value, args=("A",)).start()
inside.wait()
if os.fork() == 0:
    os.write(1, hc.get_config_value("A", "none").encode())
    os._exit(0)
time.sleep(1)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_waits_for_the_first_read_of_a_thread(write: Write) -> None:
    assert ran(write("job.py", FORK), A="of the environment") == "of the environment"


def test_a_frozen_program_has_no_files(write: Write) -> None:
    path = write("job.py", f"import os\ndel os.__file__\n{READ}print(A)\n")
    assert ran(path) == "none"


LAZY = """\
import importlib.util, sys, threading
spec = importlib.util.find_spec("heavy")
spec.loader = importlib.util.LazyLoader(spec.loader)
sys.modules["heavy"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
class Odd:
    __file__ = 3
sys.modules["odd"] = Odd()
del sys.modules["__main__"].__file__
import hushflake.config as hc
thread = threading.Thread(target=hc.get_config_value, args=("A",))
thread.start()
thread.join()
print(hc.describe()["mode"])
"""


def test_a_module_that_is_loaded_later_is_not_loaded_by_the_look(write: Write) -> None:
    write("heavy.py", "import os\nos.write(1, b'loaded')\n")
    write("pyproject.toml", "")
    assert ran(write("job.py", LAZY)) == "unconfigured"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its rights away")
def test_a_folder_that_a_worker_may_not_enter(write: Write) -> None:
    """A server that starts as root reads its first key as somebody else."""
    code = "import os\nimport hushflake.config.reading.beginning\nos.setuid(65534)\n" + READ
    path = write("app/job.py", code)
    path.parent.chmod(0o700)
    assert "make it readable, or set HUSHFLAKE_PROJECT=off" in ran(path)
    path.write_text(code + "print(A)\n")
    assert ran(path, HUSHFLAKE_PROJECT="off") == "none"


def test_what_runs_before_each_program_is_no_application(write: Write) -> None:
    """As an agent does that an operator puts on PYTHONPATH; a thread has no frame of ours."""
    own = write("app/pyproject.toml", TABLE)
    agent = write("agent/sitecustomize.py", "")
    write("app/shop.py", "")
    server = write(
        "lib/site-packages/server.py",
        "import threading\n"
        "import shop, hushflake.config as hc\n"
        "thread = threading.Thread(target=hc.preload)\nthread.start()\nthread.join()\n"
        "print(hc.describe()['project'])\n",
    )
    paths = os.pathsep.join(map(str, (agent.parent, own.parent)))
    assert ran(server, PYTHONPATH=paths) == str(own)
