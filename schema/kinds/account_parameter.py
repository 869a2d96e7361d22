"""Parameters of the account: https://docs.snowflake.com/en/sql-reference/sql/alter-account

Account administrators only: left out of a stack that is not deployed as one. One that is no longer
declared goes back to its default.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..names import QualifiedName, Sql, literal
from ..stack import Stack
from ..values import Key, Payload, Row
from .base import Answer, Change, Kind, Mistake, Resource, Spec
from .properties import words
from .reading import Query, Scope

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_WORD: Final = ("TRUE", "FALSE")
# Never here: what locks everybody out has a kind of its own, whose rules are checked.
_SECRET: Final = re.compile(r"PASSWORD|TOKEN|_KEY$")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParameter(Spec):
    """`value` as text: `3600`, `true`, `Europe/Berlin`. `comment` stays in the definition."""

    comment: str = field(default="", compare=False)
    value: str


class AccountParameterKind(Kind[AccountParameter]):
    name = "account_parameter"
    level = "account"
    has_prefix = False
    has_owner = False
    spec_type = AccountParameter
    order = 60
    gone_by_hand = "was unset by hand"

    def needs_account_admin(self, spec: AccountParameter) -> str:
        return "parameters of the account need account_admin: true"

    def normalise(self, spec: AccountParameter) -> AccountParameter:
        upper = spec.value.upper()
        same = upper if upper in _WORD else spec.value
        return AccountParameter(comment=spec.comment, value=same)

    def check(self, name: str, spec: AccountParameter, stack: Stack) -> Iterator[Mistake]:
        if _SECRET.search(name):
            yield Mistake("name", f"{name} may hold a secret", "set it by hand")

    def queries(self, scope: Scope) -> Iterable[Query]:
        for name in scope.declared.get(self.name, ()):
            like = literal(name.replace("_", "\\_"))
            yield Query(f"SHOW PARAMETERS LIKE {like} IN ACCOUNT", optional=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for row in answer.rows:
                if words(row.get("level")).upper() == "ACCOUNT":
                    yield _resource(row)

    def create(self, name: str, spec: AccountParameter) -> Payload:
        return {"value": _spelled(spec.value)}

    def difference(
        self, name: str, desired: AccountParameter, actual: AccountParameter
    ) -> Iterator[Change]:
        if desired.value != actual.value:
            reason = f"{actual.value!r} -> {desired.value!r}"
            yield Change("alter", reason, {"value": _spelled(desired.value)})

    def summary(self, spec: AccountParameter) -> str:
        return repr(spec.value)


def _resource(row: Row) -> Resource:
    value = words(row.get("value"))
    upper = value.upper()
    spec = AccountParameter(value=upper if upper in _WORD else value)
    return Resource(Key("account_parameter", QualifiedName.of(str(row["key"])).sql), spec)


def _spelled(value: str) -> Sql:
    return Sql(value) if _NUMBER.fullmatch(value) or value in _WORD else literal(value)
