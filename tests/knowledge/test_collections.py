"""Public test collections: how their files are read, and what the search reaches on them.

The figures need the files: `COLLECTIONS=DIR`, see `benchmarks/retrieval.py`.
"""

import importlib.util
import os
from pathlib import Path
from statistics import fmean
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def retrieval() -> ModuleType:
    spec = importlib.util.spec_from_file_location("retrieval", ROOT / "benchmarks" / "retrieval.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_documents_questions_and_judgements_are_read(retrieval: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "cran"
    folder.mkdir()
    (folder / "cran.all.1400").write_text(
        ".I 1\n.T\nflow past\na wing\n.A\nsmith\n.W\nflow past a wing .\n.I 2\n.T\nheat\n.W\n"
    )
    # The numbers of the questions have holes, the judgements count them.
    (folder / "cran.qry").write_text(".I 001\n.W\nwings ?\n.I 004\n.W\nheat\nflow\n.I 9\n.W\nx\n")
    (folder / "cranqrel").write_text("1 1 2\n1 7 3\n2 2 -1\n")
    found = retrieval.read_collection(folder)
    assert found.documents == {"1": ("flow past a wing", "flow past a wing ."), "2": ("heat", "")}
    assert found.questions == {"1": "wings ?", "2": "heat flow"}
    assert found.right == {"1": {"1": 1}, "2": {"2": 1}}


def test_without_collections_the_benchmark_says_so(
    retrieval: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLLECTIONS", raising=False)
    assert retrieval.run([]) == 0
    assert "skipped: COLLECTIONS names no folder" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["med", "cisi"])
def test_the_search_is_better_than_either_part_alone(retrieval: ModuleType, name: str) -> None:
    place = os.environ.get("COLLECTIONS")
    if not place or not (Path(place) / name).is_dir():
        pytest.skip(f"COLLECTIONS names no folder with the collection {name}")
    found = {way: fmean(values["ndcg@10"]) for way, values in retrieval.report(
        Path(place) / name).items()}  # fmt: skip
    best = found.pop("hushflake search")
    assert all(best > other for other in found.values()), found
