"""Views, also secure and materialised: https://docs.snowflake.com/en/sql-reference/sql/create-view"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from ..names import Sql
from ..sqltext import query_of_view, same_sql
from .base import Answer, Change, Key, Kind, Payload, Query, Resource, Scope, Spec, SqlText
from .properties import COMMENT, alteration, name_of, options, truth, words

if TYPE_CHECKING:
    from ..project import Stack

PROPERTIES = (COMMENT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Spec):
    query: Annotated[str, SqlText()]
    secure: bool = False
    materialized: bool = False


class ViewKind(Kind[View]):
    name = "view"
    level = "schema"
    spec_type = View
    order = 40
    query_fields = ("query",)

    def left_out(self, spec: View, stack: "Stack") -> str:
        if spec.materialized and stack.edition == "standard":
            return "materialised views need edition enterprise"
        return ""

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            yield Query(f"SHOW VIEWS IN DATABASE {database}", needs, pages=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                name = name_of(row)
                if row["schema_name"] == "INFORMATION_SCHEMA":
                    continue
                yield Resource(
                    Key("view", name.sql),
                    View(
                        comment=words(row.get("comment")),
                        query=query_of_view(words(row.get("text"))),
                        secure=truth(row.get("is_secure")),
                        materialized=truth(row.get("is_materialized")),
                    ),
                    (Key("schema", name.parent.sql),),
                )

    def create(self, name: str, spec: View) -> Payload:
        return _payload(spec, replace=False)

    def drop(self, name: str, spec: View) -> Payload:
        return {"materialized": spec.materialized}

    def difference(self, name: str, desired: View, actual: View) -> Iterator[Change]:
        if not same_sql(desired.query, actual.query) or desired.materialized != actual.materialized:
            severity = "rebuild" if desired.materialized or actual.materialized else "safe"
            yield Change(
                "replace",
                "its query changes; grants are kept",
                _payload(desired, replace=True),
                severity,  # type: ignore[arg-type]
            )
            return
        if desired.secure != actual.secure:
            word = "SET SECURE" if desired.secure else "UNSET SECURE"
            reason = "becomes secure" if desired.secure else "is no longer secure"
            yield Change(
                "set_secure", reason, {"word": Sql(word), "materialized": desired.materialized}
            )
        for change in alteration(desired, actual, PROPERTIES):
            change.payload["materialized"] = desired.materialized
            yield change


def _payload(spec: View, *, replace: bool) -> Payload:
    return {
        "replace": replace,
        "secure": spec.secure,
        "materialized": spec.materialized,
        "options": options(spec, PROPERTIES),
        "query": Sql(spec.query),
    }
