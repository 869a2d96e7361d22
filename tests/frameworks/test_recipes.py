"""Each recipe of the page starts, serves, reloads and stops, with the real framework."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from .conftest import SECRET, Make, Start, environment, greeting, save

pytestmark = pytest.mark.slow

RELOADED = {
    # Section, more of the command, what makes the program load anew without ending.
    "FastAPI": ("--reload", "touch"),
    "Flask": ("--reload", "touch"),
    "gunicorn": ("", "hangup"),
    "Django": ("", "restart"),
}
FILES = {"FastAPI": "shop/main.py", "Flask": "shop/web.py"}


def opened(esc: FakeEsc) -> int:
    return esc.calls("POST", "/open")


@pytest.mark.parametrize("section", RELOADED)
def test_a_web_framework(section: str, recipe: Make, start: Start, esc: FakeEsc, port: int) -> None:
    made = recipe(section, *(["Flask"] if section == "gunicorn" else []))
    more, how = RELOADED[section]
    config = made.folder / "gunicorn.conf.py"
    if config.exists():
        config.write_text(config.read_text().replace(":8000", f":{port}"))
    command = f"{made.commands[0].replace('8000', str(port))} {more}"
    program = start(command)
    program.until(lambda: greeting(port) == "Hello")
    before = opened(esc)
    assert all(greeting(port) == "Hello" for _ in range(20))
    assert opened(esc) == before  # served from the snapshot

    save(esc, "Good evening", made.folder)
    if how == "touch":
        path = made.folder / FILES[section]
        path.write_text(path.read_text() + "# changed\n")
    elif how == "hangup":
        program.process.send_signal(signal.SIGHUP)
    else:
        program.stop()
        program = start(command)
    program.until(lambda: greeting(port) == "Good evening")
    program.stop()
    assert SECRET not in program.output
    assert "Traceback" not in program.output


@pytest.mark.parametrize("section", RELOADED)
def test_a_store_out_of_reach_stops_the_start(
    section: str, recipe: Make, start: Start, port: int
) -> None:
    made = recipe(section, *(["Flask"] if section == "gunicorn" else []))
    command = made.commands[0].replace("8000", str(port))
    if section == "Django":
        command = "python manage.py check"
    if section == "Flask":  # its command imports the application in front of a request
        command = "flask --app shop.web routes"
    program = start(command, PULUMI_BACKEND_URL="http://127.0.0.1:9")
    assert program.process.wait(timeout=60)
    assert "ConfigSourceError" in program.output
    assert greeting(port) is None


def test_djangos_tests_ask_nothing(recipe: Make, start: Start, esc: FakeEsc) -> None:
    made = recipe("Django")
    (made.folder / "shop" / "tests.py").write_text(
        "from django.test import SimpleTestCase, override_settings\n"
        "from hushflake.config import config_overrides\n"
        "class Index(SimpleTestCase):\n"
        "    def test_index(self):\n"
        "        with config_overrides({'GREETING': 'Hi'}):\n"
        "            self.assertEqual(self.client.get('/').json(), {'greeting': 'Hi'})\n"
    )
    (made.folder / "shop" / "__init__.py").touch()
    program = start("python manage.py test", SECRET_KEY="of the tests")
    assert program.process.wait(timeout=60) == 0, program.output
    assert "Ran 1 test" in program.output
    assert opened(esc) == 0


def test_celery(recipe: Make, start: Start, esc: FakeEsc) -> None:
    made = recipe("Celery")
    for name in ("queue", "results"):
        (made.folder / name).mkdir()

    def result(name: str) -> str:
        called = start(f'celery --app shop.tasks call shop.tasks.greet --args=["{name}"]')
        assert called.process.wait(timeout=60) == 0, called.output
        (task,) = re.findall(r"^[0-9a-f-]{36}$", called.output, re.MULTILINE)
        path = made.folder / "results" / f"celery-task-meta-{task}"
        worker.until(path.exists)
        return str(json.loads(path.read_bytes())["result"])

    worker = start(made.commands[0])
    worker.until(lambda: "ready." in worker.output)
    assert result("Ada") == "Hello, Ada"
    save(esc, "Welcome", made.folder)
    assert worker.stop() == 0
    worker = start(made.commands[0])
    worker.until(lambda: "ready." in worker.output)
    assert result("Grace") == "Welcome, Grace"
    assert worker.stop() == 0
    assert SECRET not in worker.output


def test_pytest(recipe: Make, start: Start, esc: FakeEsc) -> None:
    made = recipe("pytest")
    program = start(made.commands[0])
    assert program.process.wait(timeout=60) == 0, program.output
    assert "1 passed" in program.output
    assert opened(esc) == 0


def test_airflow(
    recipe: Make,
    variables: dict[str, str],
    esc: FakeEsc,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    airflow = environment("airflow", tmp_path_factory, "apache-airflow==3.3.2")
    made = recipe("Airflow")
    home = tmp_path_factory.mktemp("airflow-home")
    settings = variables | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(made.folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    }

    def ran(command: str) -> str:
        name, *rest = command.split()
        done = subprocess.run(
            [str(airflow / name), *rest], cwd=made.folder, env=settings,
            capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    ran("airflow db migrate")
    assert "shop_greeting" in ran("airflow dags list --local")
    assert opened(esc) == 0  # importing the DAG file reads nothing
    output = ran(made.commands[0])
    assert "Hello" in output
    assert opened(esc) == 1
    assert SECRET not in output


def test_every_section_is_tried() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "frameworks.md").read_text(encoding="utf-8")
    tried = {*RELOADED, "Celery", "pytest", "Airflow"}
    elsewhere = {"Docker", "Compose", "Kubernetes", "GitHub Actions"}  # test_platforms
    assert set(re.findall(r"^## (.+)$", page, re.MULTILINE)) == tried | elsewhere
