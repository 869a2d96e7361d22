"""Secrets do not show themselves; output that holds them is censored."""

import base64
import copy
import io
import json
import logging
import pickle
import pprint
import traceback
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from fake_esc import FakeEsc
from hypothesis import given, settings
from hypothesis import strategies as st

import hushflake.config as hc
from hushflake.config.censor import redact
from hushflake.config.censor.redact import MASK, Redactor, StreamRedactor
from hushflake.config.secret_names import looks_secret

CANARY = "canary-" + "Zq9/+ " * 3 + "end"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        format,
        lambda secret: f"{secret} {secret!r} {secret:>20}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        "{}".format,
        lambda secret: repr([secret, {"a": secret}, (secret,)]),
        pprint.pformat,
        lambda secret: json.dumps({"a": secret}, default=str),
        lambda secret: repr(copy.deepcopy(secret)) + repr(copy.copy(secret)),
        lambda secret: str(vars(type(secret))) + str(dir(secret)),
        lambda secret: repr(ValueError(secret)),
    ],
)
def test_a_secret_does_not_show_itself(show: Any) -> None:
    assert CANARY not in show(hc.Secret(CANARY))


def test_a_secret_refuses_to_leave() -> None:
    secret = hc.Secret(CANARY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError) as caught:
        json.dumps({"a": secret})
    assert CANARY not in str(caught.value)
    for action in (lambda: setattr(secret, "x", 1), lambda: vars(secret), lambda: len(secret)):  # type: ignore[arg-type]
        with pytest.raises((AttributeError, TypeError)):
            action()
    with pytest.raises(TypeError, match="not bytes") as wrong:
        hc.Secret(CANARY.encode())  # type: ignore[arg-type]
    assert CANARY not in str(wrong.value)


def test_a_secret_is_a_value() -> None:
    secret = hc.Secret(CANARY)
    assert secret.reveal() == CANARY
    assert secret == hc.Secret(CANARY)
    assert hash(secret) == hash(hc.Secret(CANARY))
    assert secret != hc.Secret("other")
    assert secret != CANARY
    assert not hc.Secret("")
    assert not isinstance(secret, str)


FORMS = [
    CANARY,
    base64.b64encode(CANARY.encode()).decode(),
    base64.b64encode(f"user:{CANARY}".encode()).decode(),
    base64.b64encode(f"a{CANARY}b".encode()).decode(),
    base64.urlsafe_b64encode(f"ab{CANARY}".encode()).decode(),
    quote(CANARY),
    quote(CANARY, safe=""),
    quote_plus(CANARY),
    json.dumps({"a": CANARY}),
    CANARY.encode().hex(),
]


@pytest.mark.parametrize("form", FORMS)
def test_disguises_are_censored(form: str) -> None:
    text = f"before {form} after"
    redacted = Redactor([CANARY])(text)
    assert MASK in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert CANARY not in redacted
    for begin in range(len(form) - 12):
        assert form[begin : begin + 12] not in redacted


def test_base64_by_itself_is_censored_to_its_end() -> None:
    for secret in ("secret-one", "secret-two-", "secret-three"):
        encoded = base64.b64encode(secret.encode()).decode()
        assert Redactor([secret])(f"({encoded})") == f"({MASK})"


def test_escapes_and_lines_are_censored() -> None:
    key = (
        "-----BEGIN KEY-----\n" + "\n".join(letter * 24 for letter in "abc") + "\n-----END KEY-----"
    )
    redactor = Redactor([key, 'with "quotes" and \\ back'])
    for text in (key, repr(key), json.dumps(key), key.replace("\n", "\r\n"), f"  {'b' * 24}"):
        redacted = redactor(text)
        assert "b" * 24 not in redacted
    assert "quotes" not in redactor(json.dumps({"a": 'with "quotes" and \\ back'}))
    assert redactor("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_many_secrets_are_found_in_one_pass() -> None:
    secrets = [f"{number:x}-secret-{number * 7919:x}" for number in range(500)]
    redactor = Redactor(secrets)
    text = " ".join(f"<{secret}>" for secret in secrets)
    assert redactor(text) == " ".join([f"<{MASK}>"] * 500)
    assert redactor("nothing here") == "nothing here"
    stream = StreamRedactor(redactor)
    assert stream.feed(text.encode()) + stream.finish() == redactor(text).encode()


def test_short_secrets_do_not_censor_everything() -> None:
    redact.register("abc")
    redact.register("true", sure=False)
    assert Redactor()("abc is true") == "abc is true"
    redact.register("true")
    assert Redactor()("abc is true") == f"abc is {MASK}"


@given(
    secrets=st.lists(st.text("abAB/+%1", min_size=4, max_size=9), min_size=1, max_size=5),
    parts=st.lists(st.text("abAB/+%1 ", max_size=6), max_size=8),
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_a_stream_is_censored_however_it_is_cut(
    secrets: list[str], parts: list[str], cuts: list[int]
) -> None:
    data = "".join(
        text + secrets[index % len(secrets)] for index, text in enumerate(parts)
    ).encode()
    redactor = Redactor(secrets)
    whole = StreamRedactor(redactor)
    expected = whole.feed(data) + whole.finish()
    stream, out, place, turn = StreamRedactor(redactor), b"", 0, 0
    while place < len(data):
        out += stream.feed(data[place : place + cuts[turn % len(cuts)]])
        place += cuts[turn % len(cuts)]
        turn += 1
    out += stream.finish()
    assert out == expected
    for secret in secrets:
        assert secret.encode() not in out.replace(MASK.encode(), b"\0")


def test_a_stream_shows_at_once_what_can_be_shown() -> None:
    stream = StreamRedactor(Redactor(["secret-value"]))
    assert stream.feed(b"Password? ") == b"Password? "
    assert stream.feed(b"a secr") == b"a "
    assert stream.feed(b"et!") == b"secret!"
    assert stream.feed(b"secret-va") == b""
    assert stream.finish() == b"secret-va"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> logging.Logger:
    found = logging.getLogger("tests.redaction")
    found.handlers.clear()
    found.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        logging.Formatter("%(levelname)s %(message)s %(extra)s", defaults={"extra": ""})
    )
    found.addHandler(handler)
    found.setLevel(logging.DEBUG)
    assert hc.redact_logging(found) == 1
    assert hc.redact_logging("tests.redaction") == 0
    return found


def test_logs_are_censored(logger: logging.Logger, stream: io.StringIO) -> None:
    hc.Secret(CANARY)
    logger.info("value %s", CANARY)
    logger.info(CANARY)
    logger.info("%(a)s", {"a": CANARY})
    logger.info("extra", extra={"extra": {"deep": [CANARY]}})
    logger.getChild("below").warning("child %r", [CANARY])
    logger.info("stack", stack_info=True)
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        logger.exception("failed")
    shown = stream.getvalue()
    assert CANARY not in shown
    assert shown.count(MASK) == 6
    assert "Traceback" in shown
    assert "INFO value [secret]" in shown


def test_a_record_that_cannot_be_formatted_shows_its_place_only(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    record = logger.makeRecord("x", logging.INFO, __file__, 1, "%d", (CANARY,), None)
    logger.handlers[0].handle(record)  # pytest's own handler, also there, would raise
    shown = capsys.readouterr().err
    assert CANARY not in shown
    assert "log record not shown (TypeError)" in shown
    assert "test_secret_and_redaction.py:" in shown


def test_other_handlers_get_the_record_as_it_was(logger: logging.Logger) -> None:
    hc.Secret(CANARY)
    seen: list[str] = []

    class Plain(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    logger.addHandler(Plain())
    logger.info("x %s", CANARY)
    assert seen == [f"x {CANARY}"]


def test_the_oldest_secrets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "LIMIT", 3)
    for number in range(5):
        redact.register(f"secret-{number}")
    assert Redactor()("secret-1 secret-4") == f"secret-1 {MASK}"


def test_loaded_secrets_are_censored(
    prod: FakeEsc, logger: logging.Logger, stream: io.StringIO
) -> None:
    hc.configure(esc="acme/shop/prod")
    hc.preload()
    logger.info("db %s, token %s", "esc-password", "esc-token-value")
    assert stream.getvalue().strip() == f"INFO db {MASK}, token {MASK}"


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("OPENAI_API_KEY", True),
        ("DB_PASSWORD", True),
        ("GITHUB_TOKEN", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("STRIPE_SECRET", True),
        ("SENTRY_DSN", True),
        ("db.password", True),
        ("SLACK_WEBHOOK_URL", True),
        ("APP_SECRETS", True),
        ("TOKEN_2", True),
        ("MAX_TOKENS", False),
        ("TOKEN_TTL", False),
        ("SECRET_NAME", False),
        ("PASSWORD_MIN_LENGTH", False),
        ("KEYBOARD", False),
        ("COMPASS", False),
        ("HOME", False),
        ("TOKENIZERS_PARALLELISM", False),
    ],
)
def test_names_that_look_secret(key: str, secret: bool) -> None:
    assert looks_secret(key) is secret


def test_a_traceback_through_our_frames_holds_no_value(prod: FakeEsc) -> None:
    hc.configure(esc="acme/shop/prod")
    hc.preload()
    try:
        hc.require_config_value("NOPE")
    except KeyError as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert "esc-password" not in shown
    assert "esc-token-value" not in shown
