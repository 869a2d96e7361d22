"""What an account must have before the first apply, and whether it has it: `hushflake doctor`.

Everything here reads; nothing is changed, and no model is called.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hushflake.schema.kinds.cortex_search_service import CortexSearchService
from hushflake.schema.planner import make_plan
from hushflake.schema.stack import Stack
from hushflake.schema.state import Desired, State

from .errors import StatementError
from .needs import Need, Privilege, needs_of
from .preflight import Held
from .session import Session

CheckState = Literal["ok", "missing", "unknown", "info"]
_NOT_ASKED: Final = "not asked: offline"
# https://docs.snowflake.com/en/user-guide/snowflake-cortex/aisql (Required privileges)
_CORTEX_ROLES: Final = ("SNOWFLAKE.CORTEX_USER", "SNOWFLAKE.CORTEX_EMBED_USER")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        state: `ok`, `missing`, `unknown` (the account did not say), or `info`.
        detail: What was found, or what needs it.
        remedy: What an administrator would run, or what to change; empty when nothing.
    """

    name: str
    state: CheckState
    detail: str
    remedy: str = ""


def checks(
    stack: Stack,
    needs: Sequence[Need],
    desired: Desired,
    role: str,
    session: Session | None,
    held: Held | None,
) -> Iterator[Check]:
    """Yield what the plan of a stack needs, and whether it is there.

    Args:
        needs: Of the plan.
        desired: The compiled stack.
        role: The deploying role, for the remedies.
        session: None: nothing is asked, and everything needed is listed as unknown.
        held: What its roles hold; None without a session.
    """
    yield from _runners(desired, role)
    yield Check("edition", "info", f"{stack.edition}, as the stack file says")
    if session is not None:
        yield from _account(session)
    for need in needs:
        yield _privilege(need, role, held)
    yield from _cortex(desired, role, session, held)


def _runners(desired: Desired, role: str) -> Iterator[Check]:
    """Who runs the tasks: https://docs.snowflake.com/en/user-guide/tasks-intro (Task security)."""
    tasks = [r for r in desired.resources.values() if r.key.kind in ("task", "alert")]
    if not tasks:
        return
    runners = sorted({resource.owner or role for resource in tasks})
    detail = f"{len(tasks)} with the rights of {', '.join(runners)}"
    if "ACCOUNTADMIN" in runners:
        remedy = "name a role of their own: owners: {task: ROLE, alert: ROLE} in the stack"
        yield Check("who runs tasks and alerts", "missing", detail, remedy)
    else:
        yield Check("who runs tasks and alerts", "info", detail)


def _account(session: Session) -> Iterator[Check]:
    row = session.query(
        "SELECT CURRENT_ACCOUNT() AS A, CURRENT_REGION() AS R, CURRENT_VERSION() AS V, "
        "CURRENT_USER() AS U, CURRENT_ROLE() AS ROLE"
    )[0]
    yield Check("account", "info", f"{row['A']}, region {row['R']}, version {row['V']}")
    yield Check("signed in as", "info", f"user {row['U']}, role {row['ROLE']}")


def _privilege(need: Need, role: str, held: Held | None) -> Check:
    more = f" and {len(need.operations) - 1} more" if len(need.operations) > 1 else ""
    by = f"for {need.operations[0]}{more}"
    remedy = need.any_of[0].grant(role)
    if held is None:
        return Check(str(need), "unknown", by, remedy)
    if any(map(held.has, need.any_of)):
        return Check(str(need), "ok", by)
    if not held.complete:
        return Check(str(need), "unknown", f"{by}; not all grants could be read", remedy)
    return Check(str(need), "missing", by, remedy)


def _cortex(
    desired: Desired, role: str, session: Session | None, held: Held | None
) -> Iterator[Check]:
    models = _models(desired)
    if not models:
        return
    listed = ", ".join(sorted(models))
    remedy = f"GRANT DATABASE ROLE {_CORTEX_ROLES[0]} TO ROLE {role};"
    any_of = tuple(Privilege("USAGE", "database_role", name) for name in _CORTEX_ROLES)
    state: CheckState = "unknown"
    if held is not None:
        found = any(map(held.has, any_of)) or "ACCOUNTADMIN" in held.roles
        state = "ok" if found else ("missing" if held.complete else "unknown")
    detail = f"for the models {listed}"
    yield Check(" or ".join(_CORTEX_ROLES), state, detail, "" if state == "ok" else remedy)
    for name, advice in (
        ("CORTEX_MODELS_ALLOWLIST", "add the models, or leave it at ALL"),
        ("CORTEX_ENABLED_CROSS_REGION", "needed where the region lacks one of these models"),
    ):
        value = _parameter(session, name) if session is not None else None
        told = value or (_NOT_ASKED if session is None else "the account did not say")
        yield Check(name, "info" if value else "unknown", f"{told}; models: {listed}", advice)


def _models(desired: Desired) -> set[str]:
    specs = (resource.spec for resource in desired.resources.values())
    found = {spec.embedding_model for spec in specs if isinstance(spec, CortexSearchService)}
    embeddings = (entity.embedding for entity in desired.entities.values())
    return found | {embedding.model for embedding in embeddings if embedding is not None}


def _parameter(session: Session, name: str) -> str | None:
    try:
        rows = session.query(f"SHOW PARAMETERS LIKE '{name}' IN ACCOUNT")
    except StatementError:
        return None
    return str(rows[0]["value"]) if rows else None


def bootstrap_script(desired: Desired, role: str) -> str:
    """Return what an administrator runs once, so that a role can deploy a stack.

    Args:
        role: The deploying role as it is spelled in SQL.
    """
    needs = needs_of(make_plan(desired, State()), desired.resources, {})
    # What the journal of deployments is made with.
    journal = (Privilege("CREATE DATABASE"), Privilege("CREATE WAREHOUSE"))
    wanted = dict.fromkeys((*journal, *(need.any_of[0] for need in needs)))
    admin = [f"-- {need} is needed for {need.operations[0]}" for need in needs if _is_admin(need)]
    lines = [
        f"CREATE ROLE IF NOT EXISTS {role};",
        f"GRANT ROLE {role} TO ROLE SYSADMIN;",
        *(line for holder in _holders(wanted) for line in _made_for(holder, role)),
        *(privilege.grant(role) for privilege in wanted if privilege.name != "role"),
    ]
    if _models(desired):
        roles = (role, *_holders(wanted))
        lines += [f"GRANT DATABASE ROLE {_CORTEX_ROLES[0]} TO ROLE {name};" for name in roles]
    return "\n".join([*lines, *admin]) + "\n"


def _holders(wanted: Iterable[Privilege]) -> list[str]:
    """The roles that own tasks, and need something of an administrator to run them."""
    return sorted({privilege.holder for privilege in wanted if privilege.holder})


def _made_for(holder: str, role: str) -> tuple[str, ...]:
    """A role of the stack, made before its first deployment: the deploying role owns it."""
    return (
        f"CREATE ROLE IF NOT EXISTS {holder};",
        f"GRANT ROLE {holder} TO ROLE {role};",
        f"GRANT OWNERSHIP ON ROLE {holder} TO ROLE {role} COPY CURRENT GRANTS;",
    )


def _is_admin(need: Need) -> bool:
    return need.any_of[0].name == "role"
