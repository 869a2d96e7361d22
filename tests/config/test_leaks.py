"""With canaries for values in every source, nothing that is printed, logged, raised, dumped or
written holds one."""

import contextlib
import copy
import io
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.cli.main import main
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError
from hushflake.config.exporting import export
from hushflake.config.reading import access, process

PROD = "acme/shop/prod"
HERE = str(Path(__file__).parent)
CANARIES = {
    name: f"canary-{name}-" + "Xk" * 6
    for name in ("esc", "environment", "dotenv", "override", "token", "audit")
}


def assert_clean(*texts: object) -> None:
    shown = "\n".join(map(str, texts))
    for canary in CANARIES.values():
        for form in (canary, b64encode(canary.encode()).decode()[:-4], canary.encode().hex()):
            assert form not in shown


@pytest.fixture
def loaded(prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    prod.token = CANARIES["token"]
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", CANARIES["token"])
    monkeypatch.setenv("ENVIRONMENT_TOKEN", CANARIES["environment"])
    monkeypatch.setenv("BOTH", CANARIES["environment"])
    monkeypatch.setenv("PORT", CANARIES["environment"])
    monkeypatch.setenv("HUSHFLAKE_AUDIT_KEY", CANARIES["audit"])
    secret = f"{{fn::secret: {CANARIES['esc']}}}"
    prod.save(
        PROD,
        f"values: {{a: {{bC: {secret}, b_c: {secret}}}, deep: {{value: {secret}}}, "
        f"environmentVariables: {{FROM_ESC: {secret}, BOTH: {secret}, OPENAI_API_KEY: {secret}}}}}",
    )
    (tmp_path / "dev.env").write_text(f"FROM_DOTENV={CANARIES['dotenv']}\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.hushflake.config]\nesc = "acme/shop/prod"\naudit-dir = "trail"\n'
        'export = ["FROM_ESC"]\nsecrets = ["FROM_ESC", "NOPE"]\ndotenv = "dev.env"\n'
        'mode = "development"\ndeclared = ["NOPE"]\n'
    )
    yield prod
    hc.unconfigure()
    assert_clean(*(path.read_text() for path in tmp_path.glob("trail/*")))


def configure(**how: Any) -> None:
    hc.configure(esc=PROD, audit_dir="trail", overrides={"OVERRIDE": CANARIES["override"]}, **how)
    hc.preload()


COMMANDS = [
    ["doctor"],
    ["doctor", "--format", "json"],
    ["list"],
    ["list", "--all"],
    ["list", "--all", "--format", "json"],
    ["get", "FROM_ESC"],
    ["get", "ENVIRONMENT_TOKEN"],
    ["get", "A_B_C"],
    ["get", "NOPE"],
    ["get", "--reveal", "FROM_ESC"],
    ["set", "--secret", "FROM_ESC", CANARIES["esc"]],
    ["set", "FROM_ESC_TOKEN", CANARIES["esc"]],
    ["set", "--plain", "a.bC.deeper", CANARIES["esc"]],
    ["audit"],
    ["audit", "show", "trail", "--format", "json"],
    ["audit", "verify", "trail"],
    ["audit", "verify", "trail", "--format", "json"],
    ["init", "app/config.py", "--esc", PROD],
    ["run", "--", "env"],
    ["run", "--all", "--", "sh", "-c", "env; env >&2; env | base64 -w0; exit 3"],
    ["run", "--", "no-such-program"],
]


FAULTS: list[dict[str, Any]] = [{"status": 400}, {"cut": 200, "method": "GET"}]
CASES: list[tuple[list[str], dict[str, Any] | None]] = [(each, None) for each in COMMANDS]
CASES += [
    (arguments, fault)
    for fault in FAULTS
    for arguments in (["doctor"], ["get", "FROM_ESC"], ["run", "--", "env"])
]


@pytest.mark.parametrize(("arguments", "fault"), CASES, ids=str)
def test_no_command_prints_one(
    loaded: FakeEsc, arguments: list[str], fault: dict[str, Any] | None
) -> None:
    if fault:
        body = json.dumps({"diagnostics": [CANARIES["esc"]]}).encode()
        loaded.fault(times=99, body=body, **fault)
    if arguments[0] in {"run", "set"}:
        command = [sys.executable, "-m", "hushflake.cli.main", "config", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, input=CANARIES["esc"]
        )
        assert_clean(done.stdout, done.stderr)
        return
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(["config", *arguments])
    assert_clean(out.getvalue(), err.getvalue())


def library_frames(error: BaseException) -> list[str]:
    """The local variables of the library's frames in a traceback that shows them."""
    shown: list[str] = []
    following: BaseException | None = error
    while following is not None:
        detail = traceback.TracebackException.from_exception(following, capture_locals=True)
        shown += [
            repr(frame.locals) for frame in detail.stack if not frame.filename.startswith(HERE)
        ]
        following = following.__cause__ or following.__context__
    assert shown
    return shown


ERRORS: dict[str, tuple[dict[str, Any], Callable[[], object]]] = {
    "missing": ({}, lambda: hc.require_config_value("NOPE")),
    "ambiguous": ({}, lambda: hc.get_config_value("A_B_C")),
    "denied": ({"environment": "deny"}, lambda: hc.get_config_value("ENVIRONMENT_TOKEN")),
    "undeclared": ({"declared": ["X"]}, lambda: hc.get_config_value("FROM_ESC")),
    "service": ({}, hc.InfrastructureConfig.load),
    "export": (
        {"environment": "deny"},
        lambda: hc.export_to_environment(["FROM_ESC", "ENVIRONMENT_TOKEN"]),
    ),
    "bad key": ({}, lambda: hc.get_config_value(b"FROM_ESC")),  # type: ignore[call-overload]
    "bad override": ({}, lambda: hc.configure(overrides={"A": 1, "B": CANARIES["override"]})),  # type: ignore[dict-item]
    "dotenv": ({}, lambda: hc.configure(mode="production", dotenv="dev.env")),
}


@pytest.mark.parametrize("case", ERRORS)
def test_no_error_holds_one(loaded: FakeEsc, case: str) -> None:
    how, action = ERRORS[case]
    configure(**how)
    with pytest.raises((hc.ConfigError, TypeError)) as caught:
        action()
    from hushflake.config.reading import strict

    strict.violations.clear()
    error = caught.value
    assert_clean(repr(error), str(error), error.args, vars(error), *library_frames(error))
    assert_clean(pickle.dumps(error.args))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 400, "body": json.dumps({"diagnostics": CANARIES["esc"]}).encode()},
        {"status": 200, "body": CANARIES["esc"].encode()},
        {"status": 200, "body": json.dumps({"id": 5, "x": CANARIES["esc"]}).encode()},
        {"cut": 10},
    ],
    ids=lambda fault: f"{next(iter(fault.items()))}",
)
def test_no_failure_of_a_source_shows_one(
    loaded: FakeEsc, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    configure()
    loaded.fault(times=99, **fault)
    with caplog.at_level(logging.DEBUG), pytest.raises(hc.ConfigSourceError) as caught:
        hc.refresh()
    assert_clean(caplog.text, *library_frames(caught.value))
    client = EscClient(loaded.token, url=loaded.url)
    with pytest.raises(EscError) as direct:
        client.open(Environment.parse(PROD))
    error = direct.value
    assert_clean(repr(error), str(error), error.args, "".join(traceback.format_exception(error)))


def test_no_object_shows_one(loaded: FakeEsc) -> None:
    configure(mode="development", dotenv="dev.env")
    for key in ("FROM_ESC", "ENVIRONMENT_TOKEN", "FROM_DOTENV", "OVERRIDE", "NOPE"):
        hc.get_config_value(key)
    active = process.current()
    assert active is not None
    assert active.snapshot is not None
    assert active.table is not None
    objects: list[Any] = [
        hc.describe(),
        hc.audit_snapshot(),
        list(active.counters.events),
        active,
        active.settings,
        active.snapshot,
        active.snapshot.held,
        active.snapshot.shadowed(),
        active.sources,
        access.base(),
        list(active.table.cells.values()),
        active.trail,
        export.selected(["FROM_ESC"]),
        hc.AIConfig.load(),
        hc.Secret(CANARIES["esc"]),
    ]
    assert_clean(*map(repr, objects), *map(str, objects))
    assert_clean(json.dumps(objects[:3]), repr(copy.deepcopy(objects[-1])))
    hc.flush_audit()


def test_no_log_line_shows_one(loaded: FakeEsc) -> None:
    configure()
    stream = io.StringIO()
    logger = logging.getLogger("tests.leaks")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    hc.redact_logging(logger)
    logger.warning("%s %s", hc.get_config_value("FROM_ESC"), CANARIES["token"].upper())
    try:
        raise RuntimeError(hc.require_config_value("FROM_ESC"))
    except RuntimeError:
        logger.exception("failed with %(x)r", {"x": {"y": CANARIES["esc"]}})
    logger.handlers.clear()
    assert "[secret]" in stream.getvalue()
    assert_clean(stream.getvalue())


def test_a_child_inherits_no_token_by_accident(loaded: FakeEsc) -> None:
    """Exports are by list: a child of the application sees what the environment held before."""
    configure()
    done = subprocess.run(["env"], capture_output=True, text=True, check=True)
    assert CANARIES["esc"] not in done.stdout
    assert "FROM_ESC" not in os.environ


SOURCE = """
import logging
import os

password = "{canary}"
API_KEY = os.getenv("API_KEY", "{canary}")
logging.info("token %s", os.environ["API_TOKEN"])
client = dict(api_key="{canary}")
"""
TOOLS = [
    ["check", "."],
    ["check", "--show-source", "."],
    ["check", "--format", "json", "."],
    ["check", "--format", "sarif", "."],
    ["inventory", "."],
    ["inventory", "--format", "json", "."],
    ["inventory", "--format", "esc", "."],
    ["codemod", "."],
    ["codemod", "--diff", "."],
    ["codemod", "--format", "json", "."],
    ["clean", "."],
    ["dotenv", "retire", "."],
]


@pytest.mark.parametrize("arguments", TOOLS, ids=" ".join)
def test_no_tool_prints_one_that_it_finds(
    loaded: FakeEsc, tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "app.py").write_text(SOURCE.format(canary=CANARIES["esc"]))
    (repository / ".env").write_text(f"DB_PASSWORD={CANARIES['dotenv']}\n")
    monkeypatch.chdir(repository)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(arguments)
    assert out.getvalue() + err.getvalue()
    assert_clean(out.getvalue(), err.getvalue())
