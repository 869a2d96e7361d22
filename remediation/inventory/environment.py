"""The process environment as a thing: copies of it, and its functions under other names."""

import ast
from collections.abc import Iterable

from hushflake.lint_plugin.analysis import Access

from .following.scan import Scan
from .following.text import MINE, Hole
from .following.things import Function, Origin, Parameter, Table, Thing, Way

_READER = "os.environ"
_KEY = (Hole(MINE, "key"),)


def _function(form: str) -> Function:
    way = Way(_KEY, Origin(_READER, "environment", form, reason="value"), "default")
    return Function((way,), (Parameter("key"), Parameter("default")))


_COPY = Table(Origin(_READER, "environment", "copy", reason="whole-mapping"))
_REBOUND = Table(Origin(_READER, "environment", "rebinding", reason="rebound"))
_FUNCTIONS = {"os.getenv": _function("getenv"), "os.environ.get": _function("environ.get")}


def take_in(scan: Scan, accesses: Iterable[Access]) -> None:
    """Follow what reads otherwise than by an access that stands for itself.

    Args:
        scan: Of the file.
        accesses: All of the file.
    """
    for access in accesses:
        place = scan.index.place(access.node)
        if access.form == "copy":
            scan.meet(place, _COPY)
        elif access.form == "mapping":
            above = place.parent.node if place is not None and place.parent is not None else None
            if isinstance(above, ast.Dict | ast.Call):
                scan.meet(place, _COPY)
        elif access.form in ("function", "method"):
            thing = _FUNCTIONS.get(_origin(scan, access))
            if thing is not None:
                scan.meet(place, thing)
        elif access.form in ("rebinding", "import"):
            _export(scan, access)


def _origin(scan: Scan, access: Access) -> str:
    if isinstance(access.node, ast.alias):
        return (access.binding.origin or "") if access.binding is not None else ""
    return scan.index.resolve(access.node) or "" if isinstance(access.node, ast.expr) else ""


def _export(scan: Scan, access: Access) -> None:
    """Say what a name of a module stands for; its uses there are accesses by themselves."""
    origin = _origin(scan, access)
    thing: Thing | None = _REBOUND if origin == "os.environ" else _FUNCTIONS.get(origin)
    if thing is None or access.place.scope.kind != "module":
        return
    if isinstance(access.node, ast.alias):
        names = [access.node.asname or access.node.name]
    else:
        place = scan.index.place(access.node)
        above = place.parent.node if place is not None and place.parent is not None else None
        targets = getattr(above, "targets", [getattr(above, "target", None)])
        names = [target.id for target in targets if isinstance(target, ast.Name)]
    for name in names:
        scan.export(name, thing)
