"""Functions that the engine lacks, in Python: one file a family, which this folder registers.

A function gets Python's values and returns one; a null among its arguments gives null, unless it
says that it takes nulls. Its name in the engine is `hush_` and its own.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...language.errors import SqlError

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Function:
    """A function of the engine: types as the engine spells them."""

    name: str
    takes: tuple[str, ...]
    returns: str
    nulls: bool
    call: Callable[..., Any]


_REGISTERED: dict[str, Function] = {}


def function(
    *takes: str, returns: str = "VARCHAR", nulls: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a Python function; `nulls` when it wants to see nulls itself."""

    def register(made: Callable[..., Any]) -> Callable[..., Any]:
        name = made.__name__.strip("_")
        _REGISTERED[name] = Function(f"hush_{name}", takes, returns, nulls, made)
        return made

    return register


def registered() -> dict[str, Function]:
    """Return the functions of all families by their names without `hush_`."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return _REGISTERED


def install_functions(database: "duckdb.DuckDBPyConnection") -> None:
    """Make the functions known to every connection to `database`."""
    from duckdb.func import FunctionNullHandling, PythonUDFType

    for found in registered().values():
        database.create_function(
            found.name,
            _by_column(found),
            list(found.takes),
            found.returns,
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _by_column(found: Function) -> Callable[..., Any]:
    """Return the function as the engine calls it: with columns of Arrow, for many rows at once."""

    def run(*columns: Any) -> Any:
        import pyarrow as pa

        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        try:
            made = [None if not found.nulls and None in row else found.call(*row) for row in rows]
        except SqlError as error:
            raise RuntimeError(f"{FAILED}{error.code}:{error.state}:{error.message}") from None
        return pa.array(made, type=_arrow_type(found.returns))

    # The engine counts the parameters of what it calls.
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(f"a{number}", inspect.Parameter.POSITIONAL_ONLY)
            for number in range(len(found.takes))
        ]
    )
    return run


# What an error of a function says before its number, so that it is known again.
FAILED = "hush-failed:"


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    if name.endswith("[]"):
        return pa.list_(_arrow_type(name[:-2]))
    return {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "DOUBLE": pa.float64(),
        "BLOB": pa.binary(),
        "DATE": pa.date32(),
        "TIME": pa.time64("us"),
        "TIMESTAMP": pa.timestamp("us"),
        "NULL": pa.null(),
    }[name]
