"""Functions in Python, as the engine calls them: `hush_python(id of the function, arguments)`."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import duckdb

from ...language.errors import SqlError
from ...language.types import from_json
from ..catalogue import Catalogue, Object
from ..functions import FAILED

_CHILD = Path(__file__).with_name("child.py")
# A batch of at most 2,048 rows, the engine's, may take so long.
SECONDS = 60.0
_KEPT = 8
_MOST = 64 * 1024**2  # bytes of an answer


class Worker:
    """The process that runs one version of one function."""

    def __init__(self, function: Object) -> None:
        self.function = function
        self.lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="hushflake-python-")
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        self._read = b""
        body = function.body
        self.ask(
            {
                "code": body["body"],
                "handler": str(body.get("handler", "")),
                "kinds": [from_json(argument["type"]).base for argument in body["arguments"]],
                "returns": from_json(body["returns"]).base,
            }
        )

    def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the process.

        Raises:
            SqlError: The code fails, takes too long, or ends its process (100357).
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()
            found = dict(json.loads(self._line()))
        except (OSError, ValueError):
            self.close()
            raise self._failed("its process ended: out of memory, or by the code itself") from None
        except TimeoutError:
            self.close()
            raise self._failed(f"it took more than {SECONDS:.0f} seconds") from None
        if "error" in found:
            raise self._failed(str(found["error"]))
        return found

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        while b"\n" not in self._read:
            ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
            if not ready:
                raise TimeoutError
            piece = os.read(self._process.stdout.fileno(), 1024 * 1024)
            if not piece or len(self._read) > _MOST:
                raise OSError
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _failed(self, why: str) -> SqlError:
        name = self.function.name.partition("(")[0]
        return SqlError(
            f"Python Interpreter Error:\n{why}\n in function {name} with handler "
            f"{self.function.body.get('handler')}",
            100357,
            "P0000",
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        self._folder.cleanup()


class PythonFunctions:
    """The workers of a stack: a part of the engine where functions in Python are on."""

    def __init__(self) -> None:
        self.catalogue: Catalogue | None = None
        self._lock = threading.Lock()
        self._workers: OrderedDict[int, Worker] = OrderedDict()

    def install(self, database: duckdb.DuckDBPyConnection) -> None:
        """Make `hush_python` known to every connection to `database`."""
        from duckdb.func import FunctionNullHandling, PythonUDFType

        database.create_function(
            "hush_python",
            self._columns,
            ["BIGINT", "VARCHAR[]"],
            "VARCHAR",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
            side_effects=True,
        )

    def _columns(self, functions: Any, arguments: Any) -> Any:
        import pyarrow as pa

        try:
            keys, rows = functions.to_pylist(), arguments.to_pylist()
            made: list[str | None] = [None] * len(rows)
            for key in set(keys):
                places = [place for place, each in enumerate(keys) if each == key]
                values = self._run(int(key), [rows[place] for place in places])
                for place, value in zip(places, values, strict=True):
                    made[place] = value
        except SqlError as error:
            raise RuntimeError(f"{FAILED}{error.code}:{error.state}:{error.message}") from None
        return pa.array(made, type=pa.string())

    def _run(self, key: int, rows: list[list[str | None]]) -> list[str | None]:
        worker = self._worker(key)
        with worker.lock:
            return list(worker.ask({"rows": rows})["values"])

    def _worker(self, key: int) -> Worker:
        assert self.catalogue is not None
        function = self.catalogue.get(key)
        assert function is not None
        with self._lock:
            held = self._workers.get(key)
            if held is None or held.function is not function or not held.alive:
                if held is not None:
                    held.close()
                held = self._workers[key] = Worker(function)
            self._workers.move_to_end(key)
            while len(self._workers) > _KEPT:
                _, oldest = self._workers.popitem(last=False)
                with oldest.lock:
                    oldest.close()
            return held

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for worker in self._workers.values():
                worker.close()
            self._workers.clear()
