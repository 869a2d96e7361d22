"""What masking and row access policies share. Not a kind."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import SqlError
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType, read_type
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .showing import common_row


def read_arguments(parser: Parser) -> list[dict[str, Any]]:
    """Consume `(name type [DEFAULT value], …)`."""

    def one() -> dict[str, Any]:
        found: dict[str, Any] = {"name": parser.identifier(), "type": read_type(parser).to_json()}
        if parser.accept("DEFAULT"):
            found["default"] = parser.text_until(",", ")")
        return found

    return parser.listed(one)


class Policy(Kind):
    """A policy: arguments, a type, an expression over them."""

    or_alter = True
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *((name, TEXT) for name in ("name", "database_name", "schema_name", "kind", "owner", "comment", "owner_role_type", "options")),
    )  # fmt: skip
    returns: DataType | None = None

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        parser.expect("AS")
        arguments = read_arguments(parser)
        parser.expect("RETURNS")
        returns = read_type(parser)
        parser.expect("->")
        expression = parser.text_until("COMMENT =", "EXEMPT_OTHER_POLICIES =")
        comment = None
        if parser.accept("COMMENT"):
            parser.expect("=")
            comment = parser.string()
        self.check_signature(arguments, returns)
        return {
            "arguments": arguments,
            "returns": returns.to_json(),
            "expression": expression,
            "comment": comment,
        }

    def check_signature(self, arguments: list[dict[str, Any]], returns: DataType) -> None:
        """Fail when the policy cannot return what it says."""

    def alter_item(self, call: Call, item: Object) -> None:
        if call.parser.accept("SET", "BODY", "->"):
            expression = call.parser.rest()
            with call.session.transaction.ddl() as change:
                change.put(item.with_body(expression=expression))
            return
        super().alter_item(call, item)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        users = self.users(session, item)
        if users:
            raise SqlError(
                f"SQL compilation error:\nPolicy {item.name} cannot be dropped/replaced as it is associated "
                f"with one or more entities: {session.engine.catalogue.full_name(users[0])}.",
                3535,
                "23001",
            )

    def users(self, session: Session, item: Object) -> list[Object]:
        """Return the tables and tags on which the policy is."""
        return []

    def describe(self, session: Session, item: Object, what: str) -> Result:
        from ...language.types import from_json

        signature = ", ".join(
            f"{argument['name']} {from_json(argument['type'])}"
            for argument in item.body["arguments"]
        )
        names = ("name", "signature", "return_type", "body")
        row = [
            item.name,
            f"({signature})",
            str(from_json(item.body["returns"])),
            item.body["expression"],
        ]
        return Result([Column(name, TEXT) for name in names], [row], SHOW)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        row["kind"] = self.name.replace(" ", "_")
        return row
