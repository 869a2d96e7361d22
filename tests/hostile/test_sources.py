"""A source of configuration answers anything: values, or an error that holds none of them."""

import gzip
import json
import socket
import socketserver
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hushflake.config as hc
from hushflake.config.censor import redact
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.http import Timeouts
from hushflake.config.sources.base import Loaded

ENVIRONMENT = Environment("acme", "shop", "prod")
# A value that an answer holds. No error may show it, nor what led to the error.
CANARY = "canary" + "-7f3a" * 3
OPENED = b'{"id": "session-1"}'


class Answers(socketserver.ThreadingTCPServer):
    """Answers each request with raw bytes; counts the requests."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.opening = whole(OPENED)
        self.reading = whole(b'{"properties": {}}')
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.StreamRequestHandler):
    timeout = 5
    server: Answers

    def handle(self) -> None:
        line = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        self.server.asked += 1
        self.wfile.write(self.server.opening if line.startswith(b"POST") else self.server.reading)


def whole(body: bytes, status: int = 200, headers: str = "", length: int | None = None) -> bytes:
    """A response. `length`: what Content-Length says."""
    said = len(body) if length is None else length
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {said}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode("latin-1") + body


@pytest.fixture(scope="module")
def server() -> Iterator[Answers]:
    with Answers() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def _own_configuration(server: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-" + "0" * 12)
    monkeypatch.setenv("PULUMI_BACKEND_URL", server.url)
    monkeypatch.delenv("HUSHFLAKE_MODE", raising=False)
    monkeypatch.chdir(tmp_path)
    server.opening, server.reading = whole(OPENED), whole(b'{"properties": {}}')
    yield
    hc.unconfigure()
    redact.forget_all()


def assert_holds_nothing(error: BaseException) -> None:
    """Neither the error, what led to it, nor a variable of our frames shows the canary."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__]
        assert CANARY not in f"{one} {one!r} {one.args!r} {vars(one)!r}"
    ours = [
        frame
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack
        if frame.filename != __file__
    ]
    assert ours
    assert not [frame for frame in ours if CANARY in str(frame.locals)]


def outcome(read: Callable[[], Any]) -> Any:
    """What a read returned, or its ConfigSourceError, which holds nothing."""
    try:
        return read()
    except hc.AmbiguousNameError:
        return None  # two paths derive the name: the answer was understood
    except hc.ConfigSourceError as error:
        assert_holds_nothing(error)
        return error


def read_one() -> Any:
    """Read a key through the whole library."""
    hc.configure(
        mode="production", esc=str(ENVIRONMENT), connect_timeout=1, read_timeout=1, total_timeout=1
    )
    return outcome(lambda: hc.get_config_value("SOME_KEY", "default"))


def client(server: Answers) -> EscClient:
    return EscClient("pul-" + "0" * 12, url=server.url, timeouts=Timeouts(1, 1, 1))


PROPERTIES = b'{"properties": %s}'
VALUE = json.dumps({"value": CANARY, "secret": True, "trace": {}}).encode()
BODIES: dict[str, bytes] = {
    "deep lists": b"[" * 2_000_000,
    "deep maps": b'{"a":' * 400_000,
    "deep properties": PROPERTIES % (b'{"a": {"value": ' * 300 + VALUE + b"}}" * 300),
    "deeper than 64": PROPERTIES % (b'{"a": {"value": ' * 80 + b"{}" + b"}}" * 80),
    "a list": b'["' + CANARY.encode() + b'"]',
    "a text": b'"' + CANARY.encode() + b'"',
    "properties are a list": PROPERTIES % b"[1]",
    "properties are a text": PROPERTIES % json.dumps(CANARY).encode(),
    "a value is a text": PROPERTIES % b'{"SOME_KEY": "%s"}' % CANARY.encode(),
    "a value is a list": PROPERTIES % b'{"SOME_KEY": ["%s"]}' % CANARY.encode(),
    "a value is null": PROPERTIES % b'{"SOME_KEY": null}',
    "a nested value is a text": PROPERTIES % b'{"a": {"value": {"b": "%s"}}}' % CANARY.encode(),
    "secret is a text": PROPERTIES
    % b'{"SOME_KEY": {"value": "%s", "secret": "x"}}'
    % CANARY.encode(),
    "unknown is a map": PROPERTIES
    % b'{"SOME_KEY": {"value": "%s", "unknown": {}}}'
    % CANARY.encode(),
    "NaN": PROPERTIES % b'{"SOME_KEY": {"value": NaN}, "x": %s}' % VALUE,
    "infinity": PROPERTIES % b'{"SOME_KEY": {"value": -Infinity}, "x": %s}' % VALUE,
    "a key twice": PROPERTIES % b'{"SOME_KEY": %s, "SOME_KEY": {"value": "b"}}' % VALUE,
    "value twice": PROPERTIES % b'{"SOME_KEY": {"value": "a", "value": "%s"}}' % CANARY.encode(),
    "not UTF-8": PROPERTIES % b'{"SOME_KEY": {"value": "\xff%s"}}' % CANARY.encode(),
    "UTF-16": (PROPERTIES % b'{"SOME_KEY": %s}' % VALUE).decode().encode("utf-16"),
    "a lone surrogate": PROPERTIES % b'{"SOME_KEY": {"value": "\\ud800%s"}}' % CANARY.encode(),
    "a surrogate in a name": PROPERTIES % b'{"a\\ud800": %s}' % VALUE,
    "truncated": (PROPERTIES % b'{"SOME_KEY": %s}' % VALUE)[:-4],
    "a gzip": gzip.compress(PROPERTIES % b'{"SOME_KEY": %s}' % VALUE),
    "a gzip bomb": gzip.compress(b"\0" * 50_000_000),
    "a page": b"<html>" + CANARY.encode(),
    "nothing": b"",
    "too many values": PROPERTIES
    % json.dumps({f"k{number}": {"value": CANARY} for number in range(20_001)}).encode(),
    "a long name above many": PROPERTIES
    % json.dumps(
        {"n" * 3_000_000: {"value": {f"k{number}": {"value": CANARY} for number in range(5_000)}}}
    ).encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_that_is_none(server: Answers, name: str) -> None:
    for headers in ("", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"):
        server.opening, server.reading = whole(OPENED), whole(BODIES[name], headers=headers)
        assert isinstance(read_one(), hc.ConfigSourceError)
    server.opening = whole(BODIES[name])
    assert isinstance(read_one(), hc.ConfigSourceError)


def test_an_answer_that_is_one(server: Answers) -> None:
    """The guards above let through what ESC documents."""
    nested = {"value": [{"value": {"x": {"value": 1.50}}}, {"unknown": True}, {}]}
    document = {"properties": {"SOME_KEY": {"value": CANARY, "secret": True}, "a": nested}}
    server.reading = whole(json.dumps(document).encode())
    assert read_one() == CANARY
    assert hc.get_config_value("A_0_X") == "1.5"


@pytest.mark.parametrize(
    ("what", "raw"),
    [
        ("a redirect", whole(b"", 302, "Location: http://127.0.0.1:1/\r\n")),
        ("a redirect that keeps the method", whole(b"", 308, "Location: https://x/\r\n")),
        ("cut", whole(CANARY.encode(), length=10_000)),
        ("a chunk of no size", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("a chunk below zero", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc"),
        (
            "a chunk that is cut",
            b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + CANARY.encode(),
        ),
        ("no HTTP", CANARY.encode() + b"\r\n\r\n"),
        ("a status below zero", b"HTTP/1.1 -20 X\r\n\r\n"),
        ("a length of no number", b"HTTP/1.1 200 X\r\nContent-Length: x\r\n\r\n" + VALUE),
        ("many headers", b"HTTP/1.1 200 X\r\n" + b"a: b\r\n" * 500 + b"\r\n{}"),
        ("a long header", b"HTTP/1.1 200 X\r\na: " + b"b" * 100_000 + b"\r\n\r\n{}"),
        ("diagnostics", whole(b'{"diagnostics": [{"range": {"begin": 7}}]}', 400)),
        ("deep diagnostics", whole(b"[" * 100_000, 400)),
        ("huge diagnostics", whole(b'{"diagnostics": [{"range": {"begin": {"line": 1e400, '
                                   b'"column": 1}}}]}', 400)),
        ("a refusal with a value", whole(VALUE, 403)),
        ("a failure that asks to wait", whole(b"", 503, "Retry-After: 99999999999\r\n")),
    ],
)  # fmt: skip
def test_http_that_is_none(server: Answers, what: str, raw: bytes) -> None:
    del what
    server.reading = raw
    assert isinstance(read_one(), hc.ConfigSourceError)


ODD = st.recursive(
    st.sampled_from([CANARY, None, True, 0, 1.5, "", "x" * 50, "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "secret", "unknown", "trace", "a", "SOME_KEY", "b.c", ""]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATUS = st.sampled_from([200, 200, 200, 204, 301, 307, 400, 401, 404, 500])


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    properties=ODD, key=st.sampled_from(["properties", "id", "x"]), status=STATUS,
    cut=st.integers(0, 40), raw=st.none() | st.binary(max_size=60),
)  # fmt: skip
def test_answers_of_any_shape(
    server: Answers, properties: Any, key: str, status: int, cut: int, raw: bytes | None
) -> None:
    """Values, nothing, or a ConfigSourceError: whatever is read, and in whatever call."""
    body = json.dumps({key: properties}).encode()
    body = raw if raw is not None else body[: len(body) - cut] if cut < 20 else body
    if status == 500:
        status = 404  # what is repeated takes its time
    server.opening, server.reading = whole(OPENED), whole(body, status)
    found = read_one()
    assert found is None or isinstance(found, str | hc.ConfigSourceError)
    server.opening = server.reading
    for call in (
        lambda: client(server).open(ENVIRONMENT),
        lambda: client(server).read(ENVIRONMENT, "s"),
        lambda: client(server).definition(ENVIRONMENT),
        lambda: client(server).patch(ENVIRONMENT, "values: {}", "tag"),
        lambda: client(server).create(ENVIRONMENT),
    ):
        outcome(call)


class Boom(Exception):
    """An error of another package that shows what it read."""


def _loads(answer: Any) -> Any:
    class Source:
        name = "vault"
        remote = True

        def load(self) -> Any:
            held = CANARY  # a variable of a frame of theirs
            if isinstance(answer, BaseException):
                raise answer from ValueError(held)
            return answer() if callable(answer) else answer

    return Source()


class _Lazy:
    """Its values are no mapping."""

    values = 7
    secrets = frozenset({CANARY})
    ambiguous = facts = None


@pytest.mark.parametrize(
    "answer",
    [
        Boom(CANARY),
        KeyError(CANARY),
        RecursionError(CANARY),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
        None,
        {"SOME_KEY": CANARY},
        _Lazy(),
        lambda: Loaded({"SOME_KEY": 7}),  # type: ignore[dict-item]
        lambda: Loaded({7: CANARY}),  # type: ignore[dict-item]
        lambda: Loaded({"SOME_KEY": "\ud800" + CANARY}),
        lambda: Loaded([CANARY]),  # type: ignore[arg-type]
        lambda: Loaded({}, facts=CANARY),  # type: ignore[arg-type]
    ],
    ids=range(12),
)
def test_sources_of_other_packages(
    answer: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = _installed(monkeypatch, tmp_path, lambda _settings: _loads(answer))
    assert isinstance(found, hc.ConfigSourceError)
    assert "vault" in str(found)


def test_what_another_package_says_in_our_error_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    redact.register(CANARY)
    error = hc.ConfigSourceError(f"the vault is sealed \x1b[2J {CANARY}" + "x" * 5_000)
    found = _installed(monkeypatch, tmp_path, lambda _settings: _loads(error))
    assert "source vault: 'the vault is sealed \\x1b[2J [secret]" in str(found)
    assert len(str(found)) < 500


def test_a_factory_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def make(_settings: object) -> Any:
        raise Boom(CANARY)

    found = _installed(monkeypatch, tmp_path, make)
    assert "source vault: it fails (Boom)" in str(found)


def test_secrets_that_are_not_among_the_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = Loaded({"SOME_KEY": "held"}, secrets=frozenset({"GONE"}))
    assert _installed(monkeypatch, tmp_path, lambda _settings: _loads(lambda: made)) == "held"


def _installed(monkeypatch: pytest.MonkeyPatch, folder: Path, make: Callable[[object], Any]) -> Any:
    """Read a key with an installed package's source alone."""
    info = folder / "vault-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vault\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[hushflake.config_sources]\nvault = hostile_vault:make\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    module = type(sys)("hostile_vault")
    module.make = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hostile_vault", module)

    def read() -> Any:
        hc.configure(mode="production", sources=["vault"])
        return hc.get_config_value("SOME_KEY", "default")

    return outcome(read)


def test_a_slow_answer_ends_in_time(server: Answers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow = EscClient("pul-" + "0" * 12, url=url, timeouts=Timeouts(0.5, 0.5, 1))
        found = outcome(lambda: slow.open(ENVIRONMENT))
    assert isinstance(found, hc.ConfigSourceError)


@pytest.mark.parametrize(
    "name", ["../../x/y", "a/b/../c", "a/b/%2f", "a/b/c?x", "a/b/c#x", "a/b", "a//c", "a/b/c@../d",
             "a/b/..", "a\\b/c/d", "a/b/c\n", "a/b/\x1b[2J"],
)  # fmt: skip
def test_an_environment_name_leads_nowhere_else(name: str, server: Answers) -> None:
    before = server.asked
    with pytest.raises(hc.ConfigError, match="is named organisation/project/env") as caught:
        hc.configure(esc=name)
    assert str(caught.value).isprintable()
    assert server.asked == before


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://127.0.0.1:x", "http://127.0.0.1:99999", "http://example.com",
            "ftp://x", "//x", "https://u:p@x"],
)  # fmt: skip
def test_an_address_that_cannot_be_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    hc.configure(esc=str(ENVIRONMENT))
    with pytest.raises(hc.ConfigError):
        hc.get_config_value("SOME_KEY")
