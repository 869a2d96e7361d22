"""Last known values: a start while a store is away, and nothing but that."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fake_vault import FakeVault

import hushflake.config as hc
from hushflake.cli.main import main
from hushflake.config.censor import redact
from hushflake.config.lastknown import folder

STORE = "vault:secret/shop"
CANARY = "canary-" + "last-known"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import pyrage

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "identity").write_text(str(pyrage.x25519.Identity.generate()))
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "identity"))
    return tmp_path / "state/hushflake/last-known"


@pytest.fixture
def away(vault: FakeVault) -> FakeVault:
    """A store that answered once, to a process before this one, and is away now."""
    vault.secrets["secret/shop"] = [{"A": CANARY, "B": "b"}]
    start(total_timeout=10.0)
    assert hc.get_config_value("A") == CANARY
    hc.unconfigure()
    redact.forget_all()
    vault.status = 503
    return vault


def start(**more: Any) -> None:
    hc.configure(stores=[STORE], **{"last_known": "age", "total_timeout": 0.8, **more})


def copies() -> list[Path]:
    return folder.copies()


def test_a_start_survives_an_outage_and_the_audit_says_so(
    away: FakeVault, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(audit_dir=tmp_path / "audit")
    hc.preload()
    assert hc.get_config_value("A") == CANARY
    assert hc.get_config_value("NOT_THERE") is None
    assert hc.describe()["sources"][1]["state"] == "last known"
    assert "serving values that are" in caplog.text
    with pytest.raises(hc.ConfigSourceError, match="serving values from before"):
        hc.refresh()
    hc.flush_audit()
    (file,) = (tmp_path / "audit").glob("audit-*.jsonl")
    records = [json.loads(line) for line in file.read_text().splitlines()]
    (event, *_) = [one for one in records if one["event"] == "config.last_known"]
    assert event["source"] == STORE
    assert event["age_seconds"] >= 0
    (read,) = [one for one in records if one["event"] == "config.read" and one["key"] == "A"]
    assert read["last_known"] == "true"
    assert CANARY not in file.read_text() + caplog.text
    away.status = None
    hc.refresh()
    assert hc.describe()["sources"][1]["state"] == "loaded"


def test_it_is_off_unless_it_is_chosen(away: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen in ({"last_known": None}, {"last_known": "off"}):
        start(**chosen)
        with pytest.raises(hc.ConfigSourceError, match="it is sealed"):
            hc.get_config_value("A")
    monkeypatch.setenv("HUSHFLAKE_LAST_KNOWN", "off")
    start()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")
    monkeypatch.setenv("HUSHFLAKE_LAST_KNOWN", "age")
    start(last_known=None)
    assert hc.get_config_value("A") == CANARY
    monkeypatch.setenv("HUSHFLAKE_LAST_KNOWN", "x")
    with pytest.raises(hc.ConfigError, match="last_known: 'x' is none of age, keyring, off"):
        start()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_an_answer(away: FakeVault, status: int) -> None:
    away.status = status
    start()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")
    away.status = 503
    hc.configure()
    start()
    assert hc.get_config_value("A") == CANARY
    away.status = status
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")


def test_only_its_owner_reads_a_copy_and_nothing_in_it_is_plain(away: FakeVault) -> None:
    (path,) = copies()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    data = path.read_bytes()
    assert CANARY.encode() not in data
    assert json.loads(data.partition(b"\n")[0]).keys() == {
        "format", "source", "asked_at", "names", "mark"
    }  # fmt: skip
    assert [each.name for each in path.parent.iterdir() if each != path] == [".lock"]


def tampered(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def younger(path: Path) -> None:
    first, _, rest = path.read_bytes().partition(b"\n")
    header = {**json.loads(first), "asked_at": time.time()}
    path.write_bytes(json.dumps(header).encode() + b"\n" + rest)


def forged(path: Path) -> None:
    """Whoever knows the public key can encrypt for it."""
    import pyrage

    own = pyrage.x25519.Identity.from_str(Path(os.environ["AGE_IDENTITY"]).read_text())
    header = path.read_bytes().partition(b"\n")[0]
    content = json.dumps(
        {"values": {"A": "forged"}, "secrets": [], "ambiguous": {}, "facts": {}, "files": []}
    )
    sealed = bytes(pyrage.encrypt(content.encode(), [own.to_public()]))
    path.write_bytes(header + b"\n" + sealed)


def another_key(path: Path) -> None:
    import pyrage

    text = str(pyrage.x25519.Identity.generate())
    data = path.read_bytes()
    Path(os.environ["AGE_IDENTITY"]).write_text(text)
    # Even under the name that the other key gives it.
    from hushflake.config.lastknown.sealing import sealer

    place = [
        STORE, [[name, os.environ.get(name, "")] for name in
                ("VAULT_ADDR", "BAO_ADDR", "VAULT_NAMESPACE", "BAO_NAMESPACE")], "",
    ]  # fmt: skip
    (path.parent / f"{sealer('age', None).name(place)}.copy").write_bytes(data)


def linked(path: Path) -> None:
    path.rename(path.with_suffix(".x"))
    path.symlink_to(path.with_suffix(".x"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (tampered, "changed, or made with another key"),
        (younger, "changed, or made with another key"),
        (forged, "changed, or made with another key"),
        (another_key, "changed, or made with another key"),
        (lambda path: path.write_bytes(b"{}\n"), "no copy of this version"),
        (lambda path: path.chmod(0o666), "others could have written it"),
        (linked, "others could have written it"),
        (lambda path: Path(os.environ["AGE_IDENTITY"]).unlink(), "cannot be read"),
        (lambda path: Path(os.environ["AGE_IDENTITY"]).write_text(""), "holds no age identity"),
    ],
)  # fmt: skip
def test_a_copy_that_is_not_ours_is_not_used(
    away: FakeVault, caplog: pytest.LogCaptureFixture, change: Any, reason: str
) -> None:
    (path,) = copies()
    change(path)
    start()
    with pytest.raises(hc.ConfigSourceError, match="it is sealed"):
        hc.get_config_value("A")
    assert reason in caplog.text
    assert CANARY not in caplog.text


def test_a_copy_grows_old(
    away: FakeVault, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    start(last_known_seconds=60.0)
    assert hc.get_config_value("A") == CANARY
    monkeypatch.setattr(time, "time", lambda: real() + 61)
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")
    start(last_known_seconds=30.0)
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")
    assert "last_known_seconds allows 30" in caplog.text
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    start()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")
    assert "from the future" in caplog.text


def test_a_key_that_was_deleted_does_not_come_back(away: FakeVault) -> None:
    away.status = None
    away.secrets["secret/shop"].append({"B": "b"})
    start()
    assert hc.get_config_value("A") is None
    away.status = 503
    hc.configure()
    start()
    assert (hc.get_config_value("A"), hc.get_config_value("B")) == (None, "b")


def test_a_copy_that_cannot_be_replaced_goes(
    away: FakeVault, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    away.status = None
    away.secrets["secret/shop"].append({"B": "b"})
    monkeypatch.setattr(folder, "write", full)
    start()
    assert hc.get_config_value("B") == "b"
    assert copies() == []
    assert "no copy of its values can be kept: No space left on device" in caplog.text
    assert hc.describe()["last_known"]["problem"] == "No space left on device"


def test_an_older_answer_replaces_no_newer_one(away: FakeVault) -> None:
    from hushflake.config.lastknown.copies import Copies
    from hushflake.config.settings import Settings
    from hushflake.config.sources.base import Loaded
    from hushflake.config.sources.stores import opened

    settings = Settings(stores=(STORE,), last_known="age")
    source, kept = opened(STORE, settings), Copies(settings)
    now = time.time()
    kept.keep(source, Loaded({"B": "new"}), now + 1)
    kept.keep(source, Loaded({"A": "old", "B": "old"}), now)
    found = kept.recall(source)
    assert found is not None
    assert dict(found.loaded.values) == {"B": "new"}


def test_another_server_has_a_copy_of_its_own(
    away: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    start()
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("A")


def test_files_of_this_machine_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "A").write_text("a")
    hc.configure(stores=[f"files:{tmp_path}"], last_known="age", mode="production")
    assert hc.get_config_value("A") == "a"
    assert copies() == []
    hc.configure(mode="test", stores=[STORE], last_known="age")
    assert hc.get_config_value("A") is None
    assert copies() == []


def test_forked_workers_start_from_the_copy(away: FakeVault, tmp_path: Path) -> None:
    program = (
        "import os, hushflake.config as hc\n"
        f"hc.configure(stores=[{STORE!r}], last_known='age', total_timeout=0.8)\n"
        "first = hc.get_config_value('B')\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        hc.refresh()\n"
        "    except hc.ConfigSourceError:\n"
        "        os._exit(0 if hc.get_config_value('B') == 'b' else 1)\n"
        "    os._exit(2)\n"
        "print(first, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "b 0\n", done.stderr


def test_the_key_may_be_the_keyring_s(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class InMemory(KeyringBackend):
        priority = 1
        held: dict[tuple[str, str], str] = {}  # noqa: RUF012

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.held[service, username] = password

    vault.secrets["secret/shop"] = [{"A": CANARY}]
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())  # type: ignore[no-untyped-call]
    try:
        start(last_known="keyring", total_timeout=10.0)
        assert hc.get_config_value("A") == CANARY
        assert list(InMemory.held) == [("hushflake", "last-known-key")]
        hc.configure()
        vault.status = 503
        start(last_known="keyring")
        assert hc.get_config_value("A") == CANARY
        hc.configure()
        InMemory.held["hushflake", "last-known-key"] = "nonsense"
        start(last_known="keyring")
        with pytest.raises(hc.ConfigSourceError):
            hc.get_config_value("A")
        assert "is no age identity" in caplog.text
    finally:
        keyring.set_keyring(before)


def test_credentials_of_a_lease_are_not_used_after_it(vault: FakeVault) -> None:
    name = "vault:database/creds/shop"
    vault.lease_life = 1
    hc.configure(stores=[name], last_known="age", total_timeout=10.0)
    assert hc.get_config_value("username") == "u1"
    hc.configure()
    vault.status = 503
    hc.configure(stores=[name], last_known="age", total_timeout=0.8)
    assert hc.get_config_value("username") == "u1"
    hc.configure()
    time.sleep(1.1)
    hc.configure(stores=[name], last_known="age", total_timeout=0.8)
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("username")


def test_the_command_lists_and_removes_them(
    away: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "last-known", "status"]) == 0
    assert STORE in capsys.readouterr().out
    assert main(["config", "last-known", "status", "--format", "json"]) == 0
    (copy,) = json.loads(capsys.readouterr().out)["copies"]
    assert copy == {"source": STORE, "hours": 0.0, "names": 2, "problem": ""}
    assert main(["config", "last-known", "purge", "--source", "esc"]) == 0
    assert len(copies()) == 1
    copies()[0].write_bytes(b"x")
    assert main(["config", "last-known", "status"]) == 1
    assert "no copy of this version" in capsys.readouterr().out
    assert main(["config", "last-known", "purge"]) == 0
    assert copies() == []


def test_a_repository_leaves_no_copy(
    vault: FakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'[tool.hushflake.config]\nlast-known = "age"\nstores = ["{STORE}"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    monkeypatch.setenv("HUSHFLAKE_STORES", STORE)
    vault.secrets["secret/shop"] = [{"A": CANARY}]
    assert main(["config", "list"]) == 0
    assert copies() == []
