"""Views, also secure and materialised: https://docs.snowflake.com/en/sql-reference/sql/create-view"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from ..names import Identifier, QualifiedName, Sql
from ..sql.compare import same_sql
from ..sql.queries import columns_of_view, query_of_view
from ..values import OperationClass, Payload, Row
from .annotations import Ref, SqlText
from .base import Change, Mistake, Spec
from .common import SchemaObject
from .properties import alteration, truth, words

if TYPE_CHECKING:
    from ..stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """A column that the query gives, under the name and with the comment that the view gives it."""

    name: Identifier
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Spec):
    """`columns` are all of the query's, in its order; without them the query names them.
    `renamed_from` is a former name, also in another schema."""

    query: Annotated[str, SqlText("query")]
    renamed_from: Annotated[QualifiedName, Ref("view", external=True)] | None = field(
        default=None, compare=False
    )
    columns: tuple[ViewColumn, ...] = ()
    secure: bool = False
    materialized: bool = False


class ViewKind(SchemaObject[View]):
    name = "view"
    plural = "views"
    privileges = ("REFERENCES", "SELECT", "DELETE", "INSERT", "TRUNCATE", "UPDATE", "REBUILD")
    spec_type = View
    order = 40
    query_fields = ("query",)
    checks_apart = True
    show = "VIEWS"

    def left_out(self, spec: View, stack: "Stack") -> str:
        if spec.materialized and stack.edition == "standard":
            return "materialised views need edition enterprise"
        return ""

    def check(self, name: str, spec: View, stack: "Stack") -> Iterator[Mistake]:
        names = [column.name for column in spec.columns]
        for column in sorted({item for item in names if names.count(item) > 1}):
            yield Mistake("columns", f"the column {column} comes twice", "keep one")

    def read_row(self, row: Row) -> View:
        text = words(row.get("text"))
        return View(
            comment=words(row.get("comment")),
            query=query_of_view(text),
            columns=tuple(
                ViewColumn(name=name, comment=comment) for name, comment in columns_of_view(text)
            ),
            secure=truth(row.get("is_secure")),
            materialized=truth(row.get("is_materialized")),
        )

    def body(self, name: str, spec: View) -> Payload:
        return {
            "secure": spec.secure,
            "materialized": spec.materialized,
            "columns": [{"name": c.name.sql, "comment": c.comment} for c in spec.columns],
            "query": Sql(spec.query),
        }

    def drop(self, name: str, spec: View) -> Payload:
        return {"materialized": spec.materialized}

    def difference(self, name: str, desired: View, actual: View) -> Iterator[Change]:
        if (
            not same_sql(desired.query, actual.query)
            or desired.columns != actual.columns
            or desired.materialized != actual.materialized
        ):
            built = desired.materialized or actual.materialized
            severity: OperationClass = "rebuild" if built else "safe"
            payload = {**self.create(name, desired), "replace": True}
            what = "query changes" if desired.columns == actual.columns else "columns change"
            yield Change("replace", f"its {what}; grants are kept", payload, severity)
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
