"""Runs inside the project's interpreter, of whatever version: imports one module, and answers.

Its text is given to `python -c`, so that it imports nothing but the standard library and the
module. Arguments: the module, or `@` and the path of a script; where the answer goes; the top of
the repository; what `sys.path` begins with.
"""

import hashlib
import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

# Their messages name modules and names; those of others may hold a value.
_SAFE = (ImportError, NameError, AttributeError, SyntaxError)


def facts(error: BaseException, top: str) -> dict[str, object]:
    """Return what is known of an error, without a text that may hold a value."""
    spelt = hashlib.sha256(repr(error.args).encode("utf-8", "replace")).hexdigest()
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    is_ours = any(name.startswith("hushflake.") for name in names)
    is_key = isinstance(error, KeyError) and len(error.args) == 1 and type(error.args[0]) is str
    shown = isinstance(error, _SAFE) or is_ours or (is_key and error.args[0].isidentifier())
    place, trace = "", error.__traceback__
    while trace is not None:
        # Of a frozen module the name is none of a file: `<frozen os>`.
        name = Path(trace.tb_frame.f_code.co_filename).absolute()
        if name.is_relative_to(top) and name.exists():
            place = f"{name.relative_to(top)}:{trace.tb_lineno}"
        trace = trace.tb_next
    message = str(error) if shown else ""
    return {"type": type(error).__name__, "kinds": names, "given": spelt, "place": place,
            "message": message[:300]}  # fmt: skip


def main() -> None:
    module, answer, top, *entries = sys.argv[1:]
    # Of `python -c` the first entry is the working folder, unless the user keeps it out.
    sys.path[:] = [*entries, *(entry for entry in sys.path if entry)]
    sys.argv[:] = [module.lstrip("@")]
    found = None
    try:
        if module.startswith("@"):
            spec = importlib.util.spec_from_file_location("tried", module[1:])
            if spec is None or spec.loader is None:
                raise ImportError("is not a Python file")
            loaded = importlib.util.module_from_spec(spec)
            sys.modules["tried"] = loaded
            spec.loader.exec_module(loaded)
        else:
            importlib.import_module(module)
    except BaseException as error:
        found = facts(error, top)
    Path(answer).write_text(json.dumps({"error": found}), encoding="utf-8")
    # Threads that the module started must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
