"""Files that SOPS encrypted: read and written as `sops` itself does, and nobody called for them."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import sops
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigError, ConfigSourceError

# Made by sops 3.11.0 for this key.
FILES = Path(__file__).parent / "sops"
KEY = "AGE-SECRET-KEY-" + "1ERRDSZYEZYHPA5PQTQDFGCW3Y39TX0EUU4FQSU395AT4EWD322AQQ4SJEF"
SHOP = {
    "shop.yaml": {
        "API_TOKEN": CANARY,
        "port": "8000",
        "RATIO": "1.5",
        "debug": "true",
        "empty": "",
        "db.password": "pä$$ wörd",
        "DB_PASSWORD": "pä$$ wörd",
        "DB_HOSTS_1": "b",
        "region_unencrypted": "eu",
        "retries_unencrypted": "15",
    },
    "shop.json": {
        "API_TOKEN": CANARY,
        "PORT": "8000",
        "RATIO": "1.5",
        "LIST_1": "x",
        "DB_ON": "true",
        "share_unencrypted": "0.25",
    },
    "shop.env": {
        "API_TOKEN": CANARY,
        "QUOTED": "two words",
        "LINES": "a\nb",
        "EMPTY": "",
        "REGION_unencrypted": "eu",
    },
}
VALUES = {"NEW": 'it\'s "q" $x\nand more\\n', "API_TOKEN": "other", "PLAIN_unencrypted": "a b"}
ALL = pytest.mark.parametrize("name", sorted(SHOP))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the files, and the key in the environment."""
    for name in SHOP:
        shutil.copy(FILES / name, tmp_path / name)
    for name in ("SOPS_AGE_KEY_FILE", "AGE_IDENTITY", "SOPS_AGE_SSH_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("SOPS_AGE_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@ALL
def test_a_file_is_read(name: str) -> None:
    found = store(f"sops:{name}").load()
    assert {key: found.values[key] for key in SHOP[name]} == SHOP[name]
    assert "API_TOKEN" in found.secrets
    assert not any("unencrypted" in key.lower() for key in found.secrets)
    hc.configure(stores=[f"sops:{name}"])
    assert hc.get_config_value("API_TOKEN") == CANARY
    assert "nothing" not in found.values


@ALL
def test_a_file_is_written_and_everything_else_in_it_stays(name: str, here: Path) -> None:
    before = (here / name).read_text().splitlines()
    store(f"sops:{name}").write(VALUES, ())
    found = loaded(f"sops:{name}")
    assert {key: found[key] for key in VALUES} == VALUES
    rest = {key: value for key, value in SHOP[name].items() if key not in VALUES}
    assert {key: found[key] for key in rest} == rest
    after = (here / name).read_text().splitlines()
    changed = [line for line in before if line not in after and line + "," not in after]
    assert len(changed) <= 4, "the token, the MAC, the time, and perhaps a comma"
    assert CANARY not in "".join(after)


@pytest.mark.slow
@ALL
def test_sops_reads_what_we_write_and_we_what_it_writes(name: str, here: Path) -> None:
    def run(*arguments: str) -> str:
        done = subprocess.run([str(sops()), *arguments, name], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    kind = {"shop.env": "dotenv"}.get(name, name.partition(".")[2])
    as_json = ("decrypt", "--input-type", kind, "--output-type", "json")
    store(f"sops:{name}").write(VALUES, ())
    document = json.loads(run(*as_json))
    if name != "shop.env":
        assert {key: document[key] for key in VALUES} == VALUES
    plain = here / f"plain-{name}"
    plain.write_text(run("decrypt"))
    for rule in (
        {"encrypted_regex": "^(API_TOKEN|NEW)$"},
        {"encrypted_suffix": "_TOKEN", "mac_only_encrypted": True},
        {"unencrypted_regex": "^port"},
    ):
        (here / "rules").write_text(json.dumps({"creation_rules": [{"age": recipient(), **rule}]}))
        made = subprocess.run(
            [str(sops()), "--config", "rules", "encrypt", "--input-type", kind, "--output-type",
             kind, str(plain)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        (here / name).write_text(made.stdout)
        found = store(f"sops:{name}").load()
        assert found.values["API_TOKEN"] == "other"
        assert "API_TOKEN" in found.secrets
        # `sops` itself takes a backslash and an n in a .env file for a line break.
        assert found.values["NEW"] == VALUES["NEW"] or kind == "dotenv"
        if "unencrypted_regex" not in rule:
            store(f"sops:{name}").write({"API_TOKEN": "again", "MORE": "plain"}, ())
            run("decrypt")
            store(f"sops:{name}").write({"API_TOKEN": "other"}, ())


def recipient() -> str:
    import pyrage

    return str(pyrage.x25519.Identity.from_str(KEY).to_public())


# -- what was not made by SOPS --------------------------------------------------------------


def swapped(text: str) -> str:
    lines = text.splitlines()
    at, other = (next(n for n, x in enumerate(lines) if x.startswith(k)) for k in ("port", "ratio"))
    values = [lines[n].partition(": ")[2] for n in (at, other)]
    lines[at], lines[other] = f"port: {values[1]}", f"ratio: {values[0]}"
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("region_unencrypted: eu", "region_unencrypted: us"), "MAC"),
        (lambda text: text.replace("port: ENC", "port: xENC"), "not encrypted that its rules"),
        (lambda text: text.replace("debug:", "evil: plain\ndebug:"), "not encrypted that its"),
        (lambda text: "\n".join(x for x in text.split("\n") if "debug" not in x), "MAC"),
        (swapped, "a value was changed without `sops`"),
        (lambda text: text.replace("lastmodified: \"2026", "lastmodified: \"2027"), "changed"),
        (lambda text: text.replace("mac: ENC", "mic: ENC"), "is not encrypted"),
        (lambda text: text.replace("type:int]", "type:int]\nport: 1", 1), "stands there twice"),
        (lambda text: "a: &a [x]\nb: *a\n" + text, "has aliases"),
        (lambda text: "- a", "is no map of keys"),
        (lambda text: "a: [", "is no YAML"),
        (lambda text: "a: " + "[" * 200 + "]" * 200 + "\n" + text, "nested too deeply"),
    ],
)  # fmt: skip
def test_a_file_that_somebody_changed_is_refused(
    here: Path, change: Callable[[str], str], reason: str
) -> None:
    path = here / "shop.yaml"
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigSourceError, match=f"^sops:shop.yaml: .*{reason}") as caught:
        loaded("sops:shop.yaml")
    assert CANARY not in f"{caught.value} {caught.value.__context__!r}"


def test_no_service_is_called_for_a_file_s_sake(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("it reaches for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    text = (here / "shop.json").read_text()
    document = json.loads(text)
    age = document["sops"].pop("age")
    document["sops"]["hc_vault"] = [{"vault_address": "https://theirs.example", "enc": "x"}]
    document["sops"]["kms"] = [{"arn": "arn:aws:kms:eu-central-1:1:key/1", "enc": "x"}]
    (here / "shop.json").write_text(json.dumps(document))
    with pytest.raises(ConfigSourceError, match=r"for no age key \(its keys: kms, hc_vault\)"):
        loaded("sops:shop.json")
    (here / ".sops.yaml").write_text("creation_rules: [{hc_vault_transit_uri: https://x}]\n")
    document["sops"]["age"] = age
    (here / "shop.json").write_text(json.dumps(document))
    assert loaded("sops:shop.json")["API_TOKEN"] == CANARY
    document["sops"]["key_groups"] = [{"age": age}]
    (here / "shop.json").write_text(json.dumps(document))
    with pytest.raises(ConfigSourceError, match="shared between groups"):
        loaded("sops:shop.json")


def test_a_pattern_of_a_stranger_is_not_evaluated(here: Path) -> None:
    path = here / "shop.json"
    document = json.loads(path.read_text())
    document["sops"]["encrypted_regex"] = "^(a+)+$"
    path.write_text(json.dumps({"a" * 40 + "!": "x", **document}))
    with pytest.raises(ConfigSourceError, match="MAC is wrong"):
        loaded("sops:shop.json")
    path.write_text(json.dumps(document))
    assert loaded("sops:shop.json")["API_TOKEN"] == CANARY, "the MAC is over everything"
    with pytest.raises(ConfigError, match="depends on a pattern"):
        store("sops:shop.json").write({"A": "1"}, ())
    document["sops"]["mac_only_encrypted"] = True
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigSourceError, match="depends on a pattern"):
        loaded("sops:shop.json")


# -- whose keys, whose files ----------------------------------------------------------------


def test_the_identities_are_the_user_s(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOPS_AGE_KEY")
    with pytest.raises(ConfigSourceError, match="no age identity: set SOPS_AGE_KEY_FILE"):
        loaded("sops:shop.env")
    (here / "settings/sops/age").mkdir(parents=True)
    (here / "settings/sops/age/keys.txt").write_text(f"# mine\n{KEY}\n")
    assert loaded("sops:shop.env")["API_TOKEN"] == CANARY
    import pyrage

    (here / "other").write_text(str(pyrage.x25519.Identity.generate()))
    (here / "settings/sops/age/keys.txt").unlink()
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(here / "other"))
    with pytest.raises(ConfigSourceError, match=r"none of the identities in SOPS_AGE_KEY_FILE"):
        loaded("sops:shop.env")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(here / "nowhere"))
    with pytest.raises(ConfigSourceError, match="nowhere: cannot be read"):
        loaded("sops:shop.env")


@pytest.mark.parametrize("scheme", ["sops", "age"])
def test_a_file_elsewhere_is_not_reached_through_a_link(here: Path, scheme: str) -> None:
    (here / "inner").mkdir()
    (here / "outer.env").write_text("A=1")
    (here / "inner" / "link.env").symlink_to(here / "outer.env")
    import os

    os.chdir(here / "inner")
    for name in ("link.env", "../outer.env"):
        with pytest.raises(ConfigSourceError, match="leads out of the working folder"):
            loaded(f"{scheme}:{name}")


def test_a_name_that_cannot_be_one_is_told() -> None:
    with pytest.raises(ConfigError, match=r"a file that ends in \.env, \.json, \.yaml, \.yml"):
        store("sops:shop.toml")
    assert list(store("sops:shop.yaml").refused(["A", "a b", "sops"])) == ["a b", "sops"]
    with pytest.raises(ConfigError, match="make it with `sops edit`"):
        store("sops:none.yaml").held(create=True)


def test_somebody_who_saves_in_between_is_not_overwritten(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.config.sources.stores.sops import SopsStore

    verify = SopsStore._verify

    def between(self: SopsStore, *given: Any) -> None:
        verify(self, *given)
        (here / "shop.env").write_text("THEIRS=1\n")

    monkeypatch.setattr(SopsStore, "_verify", between)
    with pytest.raises(ConfigSourceError, match="somebody else changed it in between"):
        store("sops:shop.env").write({"A": "1"}, ())
    assert (here / "shop.env").read_text() == "THEIRS=1\n"
    assert not [path for path in here.iterdir() if path.name.startswith(".shop")]
