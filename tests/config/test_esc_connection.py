"""How ESC is reached: proxies, certificates, and deadlines over every step."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from certificates import Files, made
from connect_proxy import ConnectProxy
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.errors import ConfigError
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError
from hushflake.config.esc.http import Timeouts
from hushflake.config.esc.proxy import proxy_for

PROD = Environment("acme", "shop", "prod")
USER = "user:p%40ss%3Aword-" + "7f3a"  # as a URL spells p@ss:word-7f3a
HOST = "esc.test"
VARIABLES = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HTTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return made(tmp_path_factory.mktemp("certificates"), HOST)


@pytest.fixture
def secure(files: Files) -> Iterator[FakeEsc]:
    with FakeEsc(tls=(files.chain, files.key)) as running:
        running.save(str(PROD), "values: {environmentVariables: {ONLY_ESC: from-esc}}")
        yield running


@pytest.fixture
def proxy(secure: FakeEsc) -> Iterator[ConnectProxy]:
    with ConnectProxy({f"{HOST}:443": secure.address}) as running:
        yield running


def client_of(esc: FakeEsc, host: str = HOST) -> EscClient:
    return EscClient(esc.token, url=f"https://{host}", timeouts=Timeouts(0.5, 0.5, 2))


def test_https_goes_through_the_proxy_with_its_own_authority(
    secure: FakeEsc, proxy: ConnectProxy, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url())
    client = client_of(secure)
    with pytest.raises(EscError, match=r"certificate is not trusted.*SSL_CERT_FILE"):
        client.open(PROD)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    properties = client.read(PROD, client.open(PROD))
    assert properties["environmentVariables"]["value"]["ONLY_ESC"]["value"] == "from-esc"
    assert {head.partition("\r\n")[0] for head in proxy.heads} == {f"CONNECT {HOST}:443 HTTP/1.1"}
    # The token is inside of TLS, and the server sees the name that was asked for.
    assert not any(secure.token in head for head in proxy.heads)
    assert all(headers["Host"] == HOST for _, _, headers in secure.requests)


def test_a_whole_configuration_reads_through_a_proxy_with_credentials(
    secure: FakeEsc, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files.authority))
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", secure.token)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"https://{HOST}")
    with ConnectProxy({f"{HOST}:443": secure.address}, "user:p@ss:word-7f3a") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url(USER))
        hc.configure(esc=str(PROD))
        assert hc.get_config_value("ONLY_ESC") == "from-esc"
        monkeypatch.setenv("https_proxy", proxy.url("user:wrong-canary"))
        hc.configure(esc=str(PROD))
        with pytest.raises(hc.ConfigSourceError, match="https_proxy asks for credentials") as info:
            hc.get_config_value("ONLY_ESC")
    assert "canary" not in str(info.value)


def test_a_proxy_that_refuses_is_named(
    secure: FakeEsc, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy.url().removeprefix("http://"))
    with pytest.raises(EscError, match=r"proxy of ALL_PROXY does not connect \(HTTP 403\)") as info:
        client_of(secure, "other.test").open(PROD)
    assert "in-the-answer" not in str(info.value)


@pytest.mark.parametrize("answer", [b"SSH-2.0-test\r\n\r\n", b"HTTP/1.1 \r\n\r\n", b"\0" * 70_000])
def test_what_is_no_proxy_is_told(
    secure: FakeEsc, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy({}, answer=answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        with pytest.raises(EscError, match="gives no answer of a proxy"):
            client_of(secure).open(PROD)


def test_a_proxy_that_hangs_holds_nobody(secure: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy({}, answer=b"HTTP/1.1 2") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        begun = time.monotonic()
        with pytest.raises(EscError, match="no answer in time through the proxy of HTTPS_PROXY"):
            client_of(secure).open(PROD)
    assert time.monotonic() - begun < 5


def test_a_dripping_tls_handshake_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte would begin a socket's own timeout anew."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        with sock:
            # A record of a handshake with 16,000 bytes that never come in one piece.
            for byte in b"\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c" + b"\0" * 500:
                if stop.wait(0.05):
                    return
                try:
                    sock.sendall(bytes([byte]))
                except OSError:
                    return

    threads = [threading.Thread(target=drip) for _ in range(4)]
    for thread in threads:
        thread.start()
    client = EscClient(
        "pul-" + "0" * 8,
        url=f"https://127.0.0.1:{listener.getsockname()[1]}",
        timeouts=Timeouts(0.5, 0.5, 1.0),
    )
    begun = time.monotonic()
    with pytest.raises(EscError):
        client.open(PROD)
    assert time.monotonic() - begun < 3
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join()


PROXY = {"HTTPS_PROXY": "http://proxy.test:3128"}


@pytest.mark.parametrize(
    ("environ", "host", "through"),
    [
        ({}, HOST, False),
        ({"HTTP_PROXY": "http://proxy.test"}, HOST, False),
        (PROXY, HOST, True),
        (PROXY, "127.0.0.1", False),
        (PROXY, "localhost", False),
        (PROXY | {"https_proxy": " "}, HOST, True),
        (PROXY | {"NO_PROXY": "*"}, HOST, False),
        (PROXY | {"NO_PROXY": "esc.test"}, HOST, False),
        (PROXY | {"NO_PROXY": "other, .test"}, HOST, False),
        (PROXY | {"NO_PROXY": "*.test"}, HOST, False),
        (PROXY | {"NO_PROXY": "test"}, HOST, False),
        (PROXY | {"NO_PROXY": "sc.test"}, HOST, True),
        (PROXY | {"NO_PROXY": "esc.test:443"}, HOST, False),
        (PROXY | {"NO_PROXY": "esc.test:8443"}, HOST, True),
        (PROXY | {"NO_PROXY": "10.0.0.0/8"}, "10.1.2.3", False),
        (PROXY | {"NO_PROXY": "10.0.0.0/8"}, "11.1.2.3", True),
        (PROXY | {"NO_PROXY": "10.0.0.0/8, x/y"}, HOST, True),
        (PROXY | {"NO_PROXY": "[::2]"}, "::2", False),
        (PROXY | {"no_proxy": "other", "NO_PROXY": "*"}, HOST, True),
    ],
)
def test_which_host_is_reached_through_a_proxy(
    environ: dict[str, str], host: str, through: bool
) -> None:
    found = proxy_for(host, 443, environ)
    assert (found is not None) is through
    if found is not None:
        assert (found.host, found.port) == ("proxy.test", 3128)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("https://user:canary@proxy.test", "https:// is a kind of proxy"),
        ("socks5://user:canary@proxy.test:1080", "socks5:// is a kind of proxy"),
        ("http://user:canary@", "not the URL of a proxy"),
        ("http://user:canary@proxy.test:x", "not the URL of a proxy"),
        ("http://proxy canary", "not the URL of a proxy"),
        ("http://proxy.test\r\ncanary", "not the URL of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(
    text: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint) as info:
        proxy_for(HOST, 443, {"HTTPS_PROXY": text})
    assert "canary" not in str(info.value)
