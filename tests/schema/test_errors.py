"""Every mistake has its own message: `errors/<case>.yaml` gives `<case>.txt`, word for word."""

import os
from pathlib import Path

import pytest
from projects import compile_text

from hushflake.schema.errors import DefinitionError

ERRORS = Path(__file__).parent / "errors"


@pytest.mark.parametrize("case", sorted(path.stem for path in ERRORS.glob("*.yaml")))
def test_message(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as caught:
        compile_text(tmp_path, (ERRORS / f"{case}.yaml").read_text(encoding="utf-8"))
    expected = ERRORS / f"{case}.txt"
    if os.environ.get("HUSHFLAKE_WRITE_CASES"):
        expected.write_text(f"{caught.value}\n", encoding="utf-8")
    assert f"{caught.value}\n" == expected.read_text(encoding="utf-8")
    assert caught.value.exit_code == 2
