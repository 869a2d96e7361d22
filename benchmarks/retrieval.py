"""How well the search finds on public test collections, beside BM25 and the embedder alone.

    COLLECTIONS=DIR python benchmarks/retrieval.py [NAME …]

DIR has a folder for each collection, with the files as Glasgow and Cornell gave them out: `cran`
(cran.all.1400, cran.qry, cranqrel), `cisi` (CISI.ALL, CISI.QRY, CISI.REL), `med` (MED.*), `cacm`
(cacm.all, query.text, qrels.text). Each becomes a project with one entity, is loaded into a local
stack, and asked through the connector. The weights were chosen on `cran`; the others report.

Of the gain over each other way the interval over the questions is shown.

BM25 is bm25s with Snowball's stems and English stop words (`pip install bm25s PyStemmer`), and is
left out where it is not installed.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from hushflake.cli.main import main
from hushflake.knowledge.base import open_base
from hushflake.knowledge.evaluation.metrics import ndcg_at, recall_at, reciprocal_rank
from hushflake.knowledge.search import Search
from hushflake.local.cortex.embedder import Embedder
from hushflake.schema.project import find_project

FILES = {
    "cran": ("cran.all.1400", "cran.qry", "cranqrel"),
    "cisi": ("CISI.ALL", "CISI.QRY", "CISI.REL"),
    "med": ("MED.ALL", "MED.QRY", "MED.REL"),
    "cacm": ("cacm.all", "query.text", "qrels.text"),
}
_MODEL = "e5-base-v2"
_ENTITY = f"""\
entity: DOCS
schema: COLLECTION
key: [id]
fields:
  id: {{type: string(16), required: true}}
  title: {{type: string(2000)}}
  body: text
title: title
embedding: {{text: "{{title}}. {{body}}", model: {_MODEL}, prefix: "", run_on: WH}}
"""
_OBJECTS = "- {kind: schema, name: COLLECTION}\n- {kind: warehouse, name: WH}\n"


@dataclass(frozen=True)
class Collection:
    """A test collection: id -> (title, text), question -> text, question -> id -> grade."""

    name: str
    documents: Mapping[str, tuple[str, str]]
    questions: Mapping[str, str]
    right: Mapping[str, Mapping[str, int]]


def read_collection(folder: Path) -> Collection:
    """Read one collection, and leave out questions that nothing is known to answer.

    Raises:
        OSError: A file is missing.
    """
    documents, questions, right = (folder / name for name in FILES[folder.name])
    held = _sections(documents.read_text("latin-1"))
    asked = _sections(questions.read_text("latin-1"))
    if folder.name == "cran":
        # Its judgements count the questions; the numbers in the file of questions have holes.
        asked = {str(n): parts for n, parts in enumerate(asked.values(), 1)}
    judged: dict[str, dict[str, int]] = {}
    for line in right.read_text("latin-1").splitlines():
        parts = line.split()
        # MED has a column between; every judged document is right.
        document = parts[2] if folder.name == "med" and len(parts) > 3 else parts[1]
        if document in held:
            judged.setdefault(str(int(parts[0])), {})[document] = 1
    return Collection(
        folder.name,
        {name: (parts.get("T", ""), parts.get("W", "")) for name, parts in held.items()},
        {n: parts["W"] for n, parts in asked.items() if n in judged and parts.get("W")},
        judged,
    )


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Return number -> letter -> text of a file whose lines begin with .I, .T, .W and so on."""
    found: dict[str, dict[str, list[str]]] = {}
    number, letter = "", ""
    for line in text.splitlines():
        if match := re.match(r"\.I\s+0*(\d+)", line):
            number, letter = match[1], ""
            found[number] = {}
        elif match := re.match(r"\.([A-Z])\s*$", line):
            letter = match[1]
            found[number].setdefault(letter, [])
        elif letter:
            found[number][letter].append(line)
    return {
        n: {key: " ".join(" ".join(lines).split()) for key, lines in parts.items()}
        for n, parts in found.items()
    }


Ranked = dict[str, list[str]]


def searched(collection: Collection, folder: Path) -> Ranked:
    """Load the collection into a local stack, and ask every question."""
    for name in ("entities", "objects", "stacks"):
        (folder / name).mkdir()
    (folder / "hushflake.yaml").write_text("project: collection\n")
    (folder / "entities" / "docs.yaml").write_text(_ENTITY)
    (folder / "objects" / "objects.yaml").write_text(_OBJECTS)
    (folder / "stacks" / "local.yaml").write_text("database: COLLECTION_DB\n")
    rows = folder / "docs.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for key, (title, body) in collection.documents.items():
            file.write(json.dumps({"id": key, "title": title, "body": body}) + "\n")
    with chdir(folder):
        try:
            for command in (
                ["apply", "--stack", "local", "--yes"],
                ["load", str(rows), "--entity", "DOCS"],
            ):
                if main(command):
                    raise SystemExit(f"failed: {' '.join(command)}")
            with open_base(find_project(folder), "local") as base:
                search = Search(base)
                return {
                    n: [hit.key for hit in search.ask(text[:8000], limit=10).hits]
                    for n, text in collection.questions.items()
                }
        finally:
            main(["stack", "stop"])


def by_vectors(collection: Collection) -> dict[str, Any]:
    """Return question -> cosine of each document."""
    embedder = Embedder()
    texts = [f"{title}. {body}" for title, body in collection.documents.values()]
    documents = embedder.embed_all(_MODEL, texts)
    questions = embedder.embed_all(_MODEL, list(collection.questions.values()))
    return dict(zip(collection.questions, questions @ documents.T, strict=True))


def by_bm25(collection: Collection) -> dict[str, Any] | None:
    """Return question -> BM25 score of each document; None without the package."""
    try:
        import bm25s
        import Stemmer
    except ImportError:
        return None
    stemmer = Stemmer.Stemmer("english")

    def cut(texts: Sequence[str]) -> Any:
        return bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False)

    model = bm25s.BM25()
    texts = [f"{title}. {body}" for title, body in collection.documents.values()]
    model.index(cut(texts), show_progress=False)
    words = bm25s.tokenize(
        list(collection.questions.values()),
        stopwords="en",
        stemmer=stemmer,
        return_ids=False,
        show_progress=False,
    )
    return {
        n: model.get_scores(asked) for n, asked in zip(collection.questions, words, strict=True)
    }


def fused(*ways: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain reciprocal-rank fusion (Cormack and others, 2009; k = 60)."""
    found = {}
    for n in ways[0]:
        total = 0.0
        for way in ways:
            ranks = np.empty(len(way[n]))
            ranks[np.argsort(-way[n], kind="stable")] = np.arange(1, len(way[n]) + 1)
            total = total + 1 / (60 + ranks)
        found[n] = total
    return found


def first_ten(collection: Collection, scores: Mapping[str, Any]) -> Ranked:
    keys = list(collection.documents)
    return {n: [keys[i] for i in np.argsort(-s, kind="stable")[:10]] for n, s in scores.items()}


def measured(collection: Collection, ranked: Ranked) -> dict[str, list[float]]:
    """Return measure -> its value for each question."""
    measures: dict[str, Callable[[list[str], Mapping[str, int]], float]] = {
        "recall@10": lambda rows, right: recall_at(rows, right, 10),
        "ndcg@10": lambda rows, right: ndcg_at(rows, right, 10),
        "mrr": reciprocal_rank,
    }
    return {
        name: [measure(ranked[n], collection.right[n]) for n in collection.questions]
        for name, measure in measures.items()
    }


def report(folder: Path) -> dict[str, dict[str, list[float]]]:
    """Print the figures of one collection, and return them by way."""
    collection = read_collection(folder)
    vectors, words = by_vectors(collection), by_bm25(collection)
    ways = {"the embedder alone": first_ten(collection, vectors)}
    if words is not None:
        ways["BM25 (bm25s, stems, stop words)"] = first_ten(collection, words)
        ways["plain RRF of both"] = first_ten(collection, fused(words, vectors))
    with tempfile.TemporaryDirectory() as made:
        ways["hushflake search"] = searched(collection, Path(made).resolve())
    print(f"\n{collection.name}: {len(collection.documents)} documents, ", end="")
    print(f"{len(collection.questions)} questions")
    found = {name: measured(collection, ranked) for name, ranked in ways.items()}
    for name, values in found.items():
        print(f"  {name:32}", *(f"{key} {fmean(v):.3f}" for key, v in values.items()), sep="  ")
    ours = found["hushflake search"]["ndcg@10"]
    for name, values in found.items():
        if name != "hushflake search":
            gain, low, high = difference(ours, values["ndcg@10"])
            print(f"  ndcg@10 beside {name}: {gain:+.3f}, 95 % between {low:+.3f} and {high:+.3f}")
    return found


def difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean gain, and the interval that holds it in 95 % of 10,000 draws of questions.

    The questions are drawn with replacement, each with both values (the paired bootstrap: Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993).
    """
    gains = np.array(ours) - np.array(theirs)
    draws = np.random.default_rng(40).integers(0, len(gains), (10_000, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), (0.025, 0.975))
    return float(gains.mean()), float(low), float(high)


def run(names: Sequence[str]) -> int:
    place = os.environ.get("COLLECTIONS")
    if not place:
        print("skipped: COLLECTIONS names no folder of test collections")
        return 0
    for name in names or FILES:
        folder = Path(place) / name
        if all((folder / file).is_file() for file in FILES[name]):
            report(folder)
        else:
            print(f"skipped {name}: {folder} has not {', '.join(FILES[name])}")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
