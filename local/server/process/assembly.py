"""Puts a stack together: the engine, and the parts that the rooms above it make."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...cortex.embedder import Embedder
from ...cortex.embedder_changes import Since, note_embedder
from ...cortex.embedding_functions import install
from ...cortex.texts.held import Texts
from ...cortex.vectors.nearest import LEAST_ROWS, Vectors
from ...engine.engine import Engine
from ...engine.python.functions import PythonFunctions
from ...objects.provided import Catalogued
from ...sessions.history import History
from ...sessions.results import Results
from ...sql.context import Translator
from ...sql.provided import Provided
from ...sql.query import Queries

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


def open_stack(path: Path | None, settings: dict[str, Any] | None = None) -> Engine:
    """Open a stack with everything that statements ask it for.

    Args:
        path: The DuckDB file; made when missing. None keeps everything in memory.
        settings: The stack's settings: `embedder`; `vectors` (`exact`, `index` or `off`) and
            `vectors_least_rows`, from which on matrices answer; `python_functions`, whether
            functions in Python run.

    Raises:
        LocalStackError: The file cannot be opened, or holds what hushflake did not make.
    """
    given = settings or {}
    embedder = Embedder(str(given.get("embedder", "default")))
    extensions: list[Callable[[duckdb.DuckDBPyConnection], None]] = [
        partial(install, embedder=embedder)
    ]
    python = PythonFunctions() if given.get("python_functions") else None
    if python is not None:
        extensions.append(python.install)
    engine = Engine(path, given, extensions)
    if python is not None:
        python.catalogue = engine.catalogue
        engine.add(PythonFunctions, python)
        engine.on_close.append(python.close)
    engine.add(Embedder, embedder)
    engine.add(Since, note_embedder(engine, embedder.name))
    engine.add(History, History(None))
    engine.add(Results, Results())
    engine.add(Translator, Queries())
    engine.add(Provided, Catalogued())
    folder = path.parent / "vectors" if path is not None else None
    vectors = Vectors(engine, folder)
    texts = Texts(engine, int(given.get("vectors_least_rows", LEAST_ROWS)))
    engine.add(Vectors, vectors)
    engine.add(Texts, texts)
    engine.on_altered += [vectors.forget, texts.forget]
    engine.on_close.append(vectors.close)
    return engine
