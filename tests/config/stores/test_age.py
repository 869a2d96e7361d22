"""Files that are encrypted with age: read for an identity, written for all recipients."""

from pathlib import Path
from typing import Any

import pytest
from stores import CANARY, loaded, store

import hushflake.config as hc
from hushflake.config.errors import ConfigSourceError


def test_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyrage

    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    path = tmp_path / "prod.env.age"
    text = f"A={CANARY}\nexport B='two ${{A}}'\n"
    path.write_bytes(pyrage.encrypt(text.encode(), [identity.to_public()]))
    (tmp_path / "mine").write_text(f"# a comment\n{identity}\n")
    (tmp_path / "theirs").write_text(f"{other}\n")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "mine"))
    hc.configure(stores=[f"age:{path}"])
    assert hc.get_config_value("A") == CANARY
    assert hc.get_config_value("B") == "two ${A}"
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "theirs"))
    with pytest.raises(ConfigSourceError, match=r"none of the identities in .* can decrypt it"):
        loaded(f"age:{path}")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "none"))
    with pytest.raises(ConfigSourceError, match="none: cannot be read"):
        loaded(f"age:{path}")
    path.write_text("no age file")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "mine"))
    with pytest.raises(ConfigSourceError, match="can decrypt it"):
        loaded(f"age:{path}")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "mine").write_text(f"{identity}\n")
    monkeypatch.setenv("AGE_IDENTITY", str(tmp_path / "mine"))
    monkeypatch.setenv("AGE_RECIPIENTS", str(identity.to_public()))
    return identity


def test_a_file_is_written_and_the_rest_of_it_stays(
    tmp_path: Path, mine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    name, path = "age:prod.env.age", tmp_path / "prod.env.age"
    with pytest.raises(ConfigSourceError, match="cannot be read"):
        store(name).held(create=False)
    assert store(name).held(create=True) == {}
    store(name).write({"A": "1", "B": "two words"}, ())
    text = "# of the shop\nA=1\n\nexport B='two words'\nA=again\nC=3"
    path.write_bytes(pyrage.encrypt(text.encode(), [mine.to_public()]))
    value = f"it's {CANARY}\n$x"
    store(name).write({"A": value, "NEW": ""}, ())
    assert loaded(name) == {"A": value, "B": "two words", "C": "3", "NEW": ""}
    after = bytes(pyrage.decrypt(path.read_bytes(), [mine])).decode()
    assert after.startswith("# of the shop\nA='it\\'s")
    assert after.count("A=") == 1
    assert after.endswith("\nexport B='two words'\nC=3\nNEW=''\n")
    assert store(name).refused(["A", "a b"]).keys() == {"a b"}


def test_nobody_is_locked_out(tmp_path: Path, mine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyrage

    theirs = pyrage.x25519.Identity.generate().to_public()
    path = tmp_path / "prod.env.age"
    before = bytes(pyrage.encrypt(b"A=1\n", [mine.to_public(), theirs]))
    path.write_bytes(before)
    with pytest.raises(ConfigSourceError, match="encrypted for 1 more than AGE_RECIPIENTS names"):
        store("age:prod.env.age").write({"B": CANARY}, ())
    assert path.read_bytes() == before
    (tmp_path / "all").write_text(f"# both\n{mine.to_public()}\n{theirs}\n")
    monkeypatch.setenv("AGE_RECIPIENTS", str(tmp_path / "all"))
    store("age:prod.env.age").write({"B": CANARY}, ())
    assert loaded("age:prod.env.age") == {"A": "1", "B": CANARY}
    monkeypatch.setenv("AGE_RECIPIENTS", "age1none")
    with pytest.raises(ConfigSourceError, match="AGE_RECIPIENTS: one of them is no key"):
        store("age:prod.env.age").write({"B": CANARY}, ())
    monkeypatch.delenv("AGE_RECIPIENTS")
    with pytest.raises(ConfigSourceError, match="set AGE_RECIPIENTS to the keys"):
        store("age:prod.env.age").write({"B": CANARY}, ())
