"""Labelled questions: how they are read, measured, judged and asked."""

import json
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base
from hushflake.knowledge.errors import KnowledgeMistakeError
from hushflake.knowledge.evaluation import metrics
from hushflake.knowledge.evaluation import questions as questions_module
from hushflake.knowledge.evaluation import verdict as verdict_module
from hushflake.knowledge.evaluation.plots import bars, histogram
from hushflake.knowledge.evaluation.questions import read_questions
from hushflake.knowledge.evaluation.suggest import suggested
from hushflake.knowledge.evaluation.verdict import below_baseline, below_targets, read_baseline
from hushflake.schema.errors import SchemaError

# Answer, grades, k, and by hand: recall, nDCG (gains over log2 of place + 1), reciprocal rank.
MEASURES = (
    (["a", "b", "c"], {"a": 1}, 3, 1.0, 1.0, 1.0),
    (["x", "a", "y"], {"a": 1}, 3, 1.0, 0.6309297536, 0.5),
    (["x", "y", "a"], {"a": 1}, 2, 0.0, 0.0, 1 / 3),
    # 3/1 + 0 + 1/2 of 3/1 + 1/1.5849625
    (["a", "x", "b"], {"a": 3, "b": 1}, 3, 1.0, 3.5 / 3.6309297536, 1.0),
    # 1/1 + 3/1.5849625 of the same
    (["b", "a"], {"a": 3, "b": 1}, 10, 1.0, (1 + 3 * 0.6309297536) / 3.6309297536, 1.0),
    (["a"], {"a": 1, "b": 1, "c": 1, "d": 1}, 1, 0.25, 1.0, 1.0),
    ([], {"a": 1}, 10, 0.0, 0.0, 0.0),
)


@pytest.mark.parametrize(("ranked", "grades", "k", "recall", "ndcg", "rank"), MEASURES)
def test_measures_are_those_computed_by_hand(
    ranked: list[str], grades: dict[str, int], k: int, recall: float, ndcg: float, rank: float
) -> None:
    assert metrics.recall_at(ranked, grades, k) == pytest.approx(recall)
    assert metrics.ndcg_at(ranked, grades, k) == pytest.approx(ndcg)
    assert metrics.reciprocal_rank(ranked, grades) == pytest.approx(rank)


def test_the_mean_of_nothing_is_none() -> None:
    assert metrics.mean([]) is None
    assert metrics.mean([1, 0]) == 0.5


def test_questions_are_read_with_grades_and_places(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(
        "asked:\n"
        "  - {ask: who, rows: {A-1: 3, E/A-2: 1}, entities: [E], filters: {city: Oslo}}\n"
        "  - {ask: what, rows: [007], sql: SELECT 1}\n"
        "nothing:\n  - {ask: why, rows: nothing}\n",
        encoding="utf-8",
    )
    first, second, third = read_questions(path, "q.yaml", tmp_path)
    assert (first.kind, first.rows, first.entities) == ("asked", {"A-1": 3, "E/A-2": 1}, ("E",))
    assert first.filters == {"city": "Oslo"}
    assert (second.rows, second.sql) == ({"007": 1}, "SELECT 1")
    assert (third.kind, third.rows) == ("nothing", {})


MISTAKES = {
    "- a list": "a kind of question",
    "k: text": "a list of questions is wanted under k",
    "k: [text]": "a question is a mapping",
    "k: [{ask: a}]": "has no rows",
    "k: [{rows: [A]}]": "has no ask",
    "k: [{ask: '', rows: [A]}]": "ask is the text",
    "k: [{ask: a, rows: []}]": "rows is a list of keys",
    "k: [{ask: a, rows: maybe}]": "rows is a list of keys",
    "k: [{ask: a, rows: {A: 0}}]": "a grade is a whole number",
    "k: [{ask: a, rows: {A: true}}]": "a grade is a whole number",
    "k: [{ask: a, rows: [{}]}]": "a row is named by its key",
    "k: [{ask: a, rows: [A], kind: x}]": "unknown key 'kind'",
    "k: [{ask: a, rows: [A], entities: E}]": "entities is a list",
    "k: [{ask: a, rows: [A], filters: [E]}]": "filters is a mapping",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_in_a_file_of_questions_has_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"q\.yaml:1:\d+") as caught:
        read_questions(path, "q.yaml", tmp_path)
    assert message in str(caught.value)


def test_targets_and_baselines() -> None:
    figures = {"ndcg@10": 0.8, "recall@10": 0.7, "p95_ms": 250.0}
    assert below_targets(figures, {"ndcg@10": 0.8, "p95_ms": 300}) == []
    assert below_targets(figures, {"ndcg@10": 0.81, "p95_ms": 200, "nothing": 0.5}) == [
        "ndcg@10 is 0.800, below the target of 0.81",
        "p95_ms is 250, above the target of 200",
        "nothing has a target of 0.5, and no question to measure it",
    ]
    assert below_baseline(figures, {"ndcg@10": 0.8002, "recall@10": 0.9, "p95_ms": 1}) == [
        "recall@10 is 0.700, below the baseline of 0.900"
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "hushflake.plan/1", "figures": {}}'])
def test_another_file_is_no_baseline(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeMistakeError, match="no earlier evaluation"):
        read_baseline(path)


def test_plots_escape_what_they_show() -> None:
    drawn = bars({"<b>": {"mrr": 0.5}}, ["mrr"]) + histogram({"<i>": 3, "2": 0})
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert drawn.count("<svg") == 2
    assert "0.50 mrr" in drawn


def test_the_command_measures_judges_and_writes_a_page(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "q.yaml"
    questions.write_text(
        "named:\n"
        "  - {ask: Priya Raman, rows: {EMP-003: 3, EMPLOYEES/EMP-006: 1}}\n"
        "  - {ask: priya.raman@harborlight.example, rows: [EMP-003]}\n"
        "wrong:\n  - {ask: <script> lease pricing, rows: [CUS-999]}\n"
        "nothing:\n  - {ask: asdfgh, rows: nothing}\n",
        encoding="utf-8",
    )
    page = tmp_path / "page.html"
    command = ["evaluate", "--questions", str(questions)]
    # The targets of the shipped project are missed: one question has no row.
    assert main([*command, "--format", "json", "-o", str(page)]) == 1
    printed = capsys.readouterr()
    held = json.loads(printed.out)
    assert held["format"] == "hushflake.evaluate/1"
    assert held["figures"]["questions"] == 4
    assert held["figures"]["nothing"] == 1.0
    assert held["kinds"]["named"]["first"] == 1.0
    assert held["entities"]["EMPLOYEES"]["mrr"] == 1.0
    assert held["missing_rows"] == ["CUS-999"]
    assert held["worst"][0]["wanted"] == ["CUS-999"]
    assert any("below the target" in line for line in held["failures"])
    text = page.read_text("utf-8")
    assert "<script>" not in text
    assert text.count("<svg") == 2
    better = tmp_path / "better.json"
    held["figures"]["mrr"] = 1.0
    better.write_text(json.dumps(held), encoding="utf-8")
    assert main([*command, "--baseline", str(better)]) == 1
    assert "below the baseline of 1.000" in capsys.readouterr().err


def test_suggestions_are_questions(base: Base, tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(suggested(base, base.chosen(["EMPLOYEES", "PRODUCTS"])), encoding="utf-8")
    found = read_questions(path, "q.yaml", tmp_path)
    assert {item.kind for item in found} == {"title", "words", "nothing"}
    assert len(found) == 21
    assert all(label.startswith(("EMPLOYEES/", "PRODUCTS/")) for q in found for label in q.rows)


@pytest.mark.slow  # asks 156 questions
def test_the_shipped_questions_reach_the_shipped_targets(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--format", "json"]) == 0, capsys.readouterr().err
    held = json.loads(capsys.readouterr().out)
    assert [item["failure"] for item in held["verified"]] == [""] * 5
    assert held["figures"]["hidden"] == 0
    assert held["missing_rows"] == []
    assert held["kinds"]["exact"]["first"] == 1.0
    assert held["kinds"]["paraphrase"]["first"] >= 0.68
    assert held["kinds"]["paraphrase"]["in_three"] >= 0.87
    assert held["kinds"]["typed"]["first"] >= 0.85


def test_verified_queries_are_run_where_nothing_else_is_asked(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_module, "has_questions", lambda _project: False)
    monkeypatch.setattr(verdict_module, "targets_of", lambda _project: {})
    assert main(["evaluate", "--format", "json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert held["figures"]["questions"] == 0
    assert len(held["verified"]) == 5
    for item in held["verified"]:
        assert item["failure"] == ""
        assert item["rows"] >= 1
