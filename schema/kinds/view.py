"""Views, also secure and materialised: https://docs.snowflake.com/en/sql-reference/sql/create-view"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from ..names import Sql
from ..sqltext import query_of_view, same_sql
from .annotations import SqlText
from .base import Change, Spec
from .common import SchemaObject
from .properties import alteration, truth, words
from .values import OperationClass, Payload, Row

if TYPE_CHECKING:
    from ..project import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Spec):
    query: Annotated[str, SqlText()]
    secure: bool = False
    materialized: bool = False


class ViewKind(SchemaObject[View]):
    name = "view"
    spec_type = View
    order = 40
    query_fields = ("query",)
    show = "VIEWS"

    def left_out(self, spec: View, stack: "Stack") -> str:
        if spec.materialized and stack.edition == "standard":
            return "materialised views need edition enterprise"
        return ""

    def read_row(self, row: Row) -> View:
        return View(
            comment=words(row.get("comment")),
            query=query_of_view(words(row.get("text"))),
            secure=truth(row.get("is_secure")),
            materialized=truth(row.get("is_materialized")),
        )

    def body(self, name: str, spec: View) -> Payload:
        return {
            "secure": spec.secure,
            "materialized": spec.materialized,
            "query": Sql(spec.query),
        }

    def drop(self, name: str, spec: View) -> Payload:
        return {"materialized": spec.materialized}

    def difference(self, name: str, desired: View, actual: View) -> Iterator[Change]:
        if not same_sql(desired.query, actual.query) or desired.materialized != actual.materialized:
            built = desired.materialized or actual.materialized
            severity: OperationClass = "rebuild" if built else "safe"
            payload = {**self.create(name, desired), "replace": True}
            yield Change("replace", "its query changes; grants are kept", payload, severity)
            return
        if desired.secure != actual.secure:
            word = "SET SECURE" if desired.secure else "UNSET SECURE"
            reason = "becomes secure" if desired.secure else "is no longer secure"
            yield Change(
                "set_secure", reason, {"word": Sql(word), "materialized": desired.materialized}
            )
        for change in alteration(desired, actual, self.properties):
            change.payload["materialized"] = desired.materialized
            yield change
