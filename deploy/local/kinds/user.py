"""USER: the local stack has one."""

from typing import Any

from ..catalogue import Object
from ..dispatch import Call
from ..errors import unsupported
from ..session import Session
from ..types import TEXT, TIMESTAMP_LTZ
from ..wire import Result
from .base import Kind, Mode
from .showing import common_row


class User(Kind):
    """Users."""

    name = "USER"
    plural = "USERS"
    level = "account"
    listed_for_all = True
    show_columns = (
        ("name", TEXT),
        ("created_on", TIMESTAMP_LTZ),
        ("login_name", TEXT),
        ("default_warehouse", TEXT),
        ("default_role", TEXT),
        ("comment", TEXT),
        ("owner", TEXT),
    )

    def create(self, call: Call, mode: Mode) -> Result:
        raise unsupported("CREATE USER")

    def drop(self, call: Call) -> Result:
        raise unsupported("DROP USER")

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        row.update(
            login_name=item.name,
            default_warehouse=item.body.get("default_warehouse"),
            default_role=item.body.get("default_role"),
        )
        return row


KIND = User()
