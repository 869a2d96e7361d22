"""The settings of a stack, as a value. `settings.py` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .values import Plain

# The stack on this machine; it needs no file.
LOCAL: Final = "local"


@dataclass(frozen=True, slots=True)
class Stack:
    """The settings of one stack: where it is, and what differs there.

    Attributes:
        connection: The name of one of the user's connections, or a mapping of `name`, `role`,
            `warehouse`, `database` and `schema` (`hushflake.schema.connection`); "local" is the
            local stack.
        database: The database that a name without one belongs to.
        edition: standard, enterprise or business_critical.
        account_prefix: Stands before the names of roles, warehouses and other objects of the
            account.
        account_admin: Whether what needs ACCOUNTADMIN may be managed; the local stack has it
            unless its file says otherwise.
        variables: Values of `${name}` in the project's files.
        overrides: Object name, or `kind NAME`, -> fields that differ on this stack; a value
            `{enabled: false}` leaves the object out.
        expected_use: What the cost estimate counts with; its keys belong to the estimate.
        budget_usd: Monthly budget in US dollars.
        cortex_search, semantic_views: Whether these are made on this stack.
        owners: `deployer`, `default`, a kind, or `kind NAME` -> the role that owns it
            (`hushflake.schema.owners`).
        search_inherits_policies: Whether search services of the account ask the policies of what
            they index; a preview, which the account must have.
        settings: Every other key, for the part that reads it (embedder, deploy warehouse, …).
    """

    name: str
    connection: Plain = None
    database: str = ""
    edition: str = "enterprise"
    account_admin: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Plain]] = field(default_factory=dict)
    expected_use: Mapping[str, Plain] = field(default_factory=dict)
    budget_usd: float | None = None
    cortex_search: bool = True
    semantic_views: bool = True
    search_inherits_policies: bool = False
    settings: Mapping[str, Plain] = field(default_factory=dict)
    account_prefix: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """True when this stack runs on the local server: `connection: local`, or the stack `local`
        without a connection."""
        return self.connection == "local" or (self.connection is None and self.name == LOCAL)
