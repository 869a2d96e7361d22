"""Runs inside the project's interpreter, of whatever version: imports one module, and answers.

Its text is given to `python -c`, so that it imports nothing but the standard library and the
module. Arguments: the module, or `@` or `%` and the path of a script; where the answer goes; the
top of the repository; what `sys.path` begins with. `@` runs a script under a name that is not
`__main__`, `%` runs its imports, and the plain statements that they need.
"""

import ast
import hashlib
import importlib
import importlib.machinery
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


# What an import may need: paths that are put together, and their way into `sys.path`.
_PLAIN = {"Path", "str", "dirname", "abspath", "realpath", "join", "resolve", "getcwd", "absolute"}


def needed(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the imports of a module, and the statements that only get paths ready for them."""
    kept: list[ast.stmt] = []
    for node in body:
        calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
        names = {getattr(func, "attr", getattr(func, "id", "")) for func in calls}
        if isinstance(node, (ast.Try, ast.If)):
            inner = needed(node.body)
            is_needed = bool(inner) and len(inner) == len(node.body)
        elif isinstance(node, ast.Expr):
            on_path = "sys.path" in [_owner(func) for func in calls]
            is_needed = on_path and names <= _PLAIN | {"append", "insert", "extend"}
        else:
            is_import = isinstance(node, (ast.Import, ast.ImportFrom))
            is_value = isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign))
            is_needed = is_import or (is_value and names <= _PLAIN)
        if is_needed:
            kept.append(node)
    return kept


def _owner(func: ast.expr) -> str:
    """Return `sys.path` for `sys.path.append`, "" for what is no method of a member."""
    owner = getattr(func, "value", None)
    name = getattr(getattr(owner, "value", None), "id", "")
    return f"{name}.{getattr(owner, 'attr', '')}" if name else ""


def run_script(path: str, imports_alone: bool) -> None:
    """Run a script as Python does, but not as `__main__`."""
    if imports_alone:
        source = importlib.machinery.SourceFileLoader("tried", path).get_data(path)
        tree = ast.parse(source, path)
        names = {"__name__": "tried", "__file__": path}
        for node in needed(tree.body):
            tree.body = [node]
            try:
                exec(compile(tree, path, "exec"), names)  # noqa: S102 - its user lets it run
            except NameError:
                # Of something that is not run: no import needs it.
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    raise
        return
    spec = importlib.util.spec_from_file_location("tried", path)
    if spec is None or spec.loader is None:
        raise ImportError("is not a Python file")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["tried"] = loaded
    spec.loader.exec_module(loaded)


def main() -> None:
    module, answer, top, *entries = sys.argv[1:]
    # Of `python -c` the first entry is the working folder, unless the user keeps it out.
    sys.path[:] = [*entries, *(entry for entry in sys.path if entry)]
    sys.argv[:] = [module.lstrip("@%")]
    found = None
    try:
        if module[0] in "@%":
            run_script(module[1:], module[0] == "%")
        else:
            importlib.import_module(module)
    except BaseException as error:
        found = facts(error, top)
    Path(answer).write_text(json.dumps({"error": found}), encoding="utf-8")
    # Threads that the module started must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
