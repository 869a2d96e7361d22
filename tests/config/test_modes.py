"""Build mode for images, and test mode for unittest and Django."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.errors import BuildTimeError
from hushflake.config.runners import runner
from hushflake.config.testing import use_test_mode

PROD = "acme/shop/prod"


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token, no address: as in `RUN HUSHFLAKE_MODE=build flask translate compile`."""
    monkeypatch.setenv("HUSHFLAKE_MODE", "build")
    monkeypatch.setenv("GIVEN", "by the build")


@pytest.mark.usefixtures("building")
@pytest.mark.parametrize("order", ["first", "fallback", "deny"])
def test_build_mode_answers_from_the_environment_and_defaults(
    order: str, caplog: pytest.LogCaptureFixture
) -> None:
    hc.configure(esc=PROD, mode="production", environment=order, environment_keys=["GIVEN"])
    assert hc.require_config_value("GIVEN") == "by the build"
    assert caplog.records == []
    assert [hc.get_config_value("LANGUAGES", "en") for _ in range(3)] == ["en"] * 3
    assert (hc.get_config_value("SECRET_KEY"), hc.has_config_value("SENTRY")) == (None, False)
    told = [record.getMessage() for record in caplog.records]
    assert [text.removesuffix(": no source is asked in build mode") for text in told] == [
        "LANGUAGES: read while an image is built, with its default",
        "SECRET_KEY: read while an image is built, with no value",
        "SENTRY: read while an image is built, with no value",
    ]


@pytest.mark.usefixtures("building")
def test_a_required_key_is_an_error_that_says_what_to_do() -> None:
    hc.configure(esc=PROD)
    with pytest.raises(BuildTimeError, match="read it when the program runs") as info:
        hc.require_config_value("SECRET_KEY")
    assert isinstance(info.value, KeyError)
    assert info.value.args == ("SECRET_KEY",)

    class Needs(hc.Service):
        api_key: hc.Secret

    with pytest.raises(hc.ServiceError, match="missing: API_KEY"):
        Needs.load()


@pytest.mark.usefixtures("building")
def test_a_key_that_no_source_could_hold_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    hc.configure(overrides={"ABOVE": "x"})
    assert (hc.get_config_value("ABOVE"), hc.get_config_value("NOPE", "d")) == ("x", "d")
    with pytest.raises(hc.MissingConfigError) as info:
        hc.require_config_value("NOPE")
    assert type(info.value) is hc.MissingConfigError
    assert caplog.records == []


@pytest.mark.usefixtures("building")
def test_a_denied_key_stays_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDECLARED", "x")
    hc.configure(esc=PROD, environment="deny")
    with pytest.raises(hc.PolicyError):
        hc.get_config_value("UNDECLARED")


BUILD = """
import sys
import hushflake.config as hc
hc.configure(esc="acme/shop/prod", keyring="my-app", keyring_keys=["A"], stores=["vault:a/b"])
languages = hc.get_config_value("LANGUAGES", "en")
print(languages, "hushflake.config.esc.client" in sys.modules, "http.client" in sys.modules)
if sys.argv[1:]:
    hc.require_config_value("SECRET_KEY")
"""


def test_a_build_step_needs_no_token_and_says_on_its_output_what_it_went_by(
    tmp_path: Path,
) -> None:
    environ = {"PATH": os.environ["PATH"], "HUSHFLAKE_MODE": "build"}
    (tmp_path / "build.py").write_text(BUILD)
    (tmp_path / ".env").write_text("LANGUAGES=of-a-file\n")

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "build.py", *arguments],
            cwd=tmp_path, env=environ, capture_output=True, text=True,
        )  # fmt: skip

    done = run()
    assert (done.returncode, done.stdout) == (0, "en False False\n")
    assert "LANGUAGES: read while an image is built, with its default" in done.stderr
    failed = run("require")
    assert failed.returncode == 1
    assert "SECRET_KEY: has no value while an image is built" in failed.stderr


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        (["python -m unittest"], "python -m unittest"),
        (["/usr/bin/python3.13 -m unittest", "tests"], "python -m unittest"),
        (["manage.py", "test"], "manage.py test"),
        (["./manage.py", "test", "shop"], "manage.py test"),
        (["/app/manage.py", "test"], "manage.py test"),
        (["/venv/bin/django-admin", "test"], "django-admin test"),
        (["/venv/site-packages/django/__main__.py", "test"], "python -m django test"),
        (["manage.py", "runserver"], None),
        (["manage.py", "runserver", "test"], None),
        (["manage.py"], None),
        (["/venv/bin/gunicorn", "test"], None),
        (["app.py", "test"], None),
        (["/srv/unittest/app.py"], None),
        (["-c", "test"], None),
        ([""], None),
        ([], None),
    ],
)
def test_which_programs_are_test_runners(argv: list[str], found: str | None) -> None:
    assert runner(argv) == found


APPLICATION = """
import os
from unittest import mock, TestCase, main
import subprocess, sys
import hushflake.config as hc

hc.configure(esc="acme/shop/prod", esc_url="http://127.0.0.1:1", mode="production")

class Tests(TestCase):
    def test_the_environment_is_live(self):
        self.assertEqual(hc.describe()["mode"], "test")
        self.assertIsNone(hc.get_config_value("KEY"))
        with mock.patch.dict(os.environ, {"KEY": "patched"}):
            self.assertEqual(hc.get_config_value("KEY"), "patched")
        with mock.patch.dict(os.environ, clear=True):
            self.assertIsNone(hc.get_config_value("HOME"))
        self.assertIsNone(hc.get_config_value("KEY"))

    def test_an_override(self):
        self.enterContext(hc.config_overrides({"KEY": "mine"}))
        self.assertEqual(hc.get_config_value("KEY"), "mine")

    def test_a_program_that_a_test_starts(self):
        done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
        self.assertEqual(done.stdout, "test\\n", done.stderr)

CHILD = '''
import hushflake.config as hc
hc.configure(esc="acme/shop/prod")
print(hc.describe()["mode"])
'''
"""


def unittest(folder: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [["-m", "unittest"], ["-m", "unittest", "discover", "-s", "."]]
)
def test_unittest_runs_in_test_mode(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "test_application.py").write_text(APPLICATION)
    done = unittest(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr
    # Whoever wants another mode says so.
    assert (
        "'development' != 'test'"
        in unittest(tmp_path, *arguments, HUSHFLAKE_MODE="development").stderr
    )


def test_a_runner_of_another_kind_says_it_itself(tmp_path: Path) -> None:
    (tmp_path / "test_application.py").write_text(
        "from hushflake.config.testing import use_test_mode\nuse_test_mode()\n"
        + APPLICATION
        + "\nmain()\n"
    )
    done = unittest(tmp_path, "test_application.py")
    assert done.returncode == 0, done.stderr


def test_test_mode_after_the_application_was_configured(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    hc.configure(esc=PROD, environment="fallback")
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    monkeypatch.setenv("HUSHFLAKE_MODE", "")
    use_test_mode()
    assert (hc.describe()["mode"], os.environ["HUSHFLAKE_MODE"]) == ("test", "test")
    assert hc.get_config_value("ONLY_ESC") is None
    assert hc.describe()["environment"] == "fallback"


def test_the_mode_of_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSHFLAKE_MODE", "development")
    hc.configure()
    use_test_mode()
    assert hc.describe()["mode"] == "development"
    assert logging.getLogger("hushflake.config").level == logging.NOTSET
