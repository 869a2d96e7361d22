"""Masking policies on tags: ALTER TAG … SET and UNSET MASKING POLICY, and what they hold up.

https://docs.snowflake.com/en/sql-reference/sql/alter-tag
https://docs.snowflake.com/en/user-guide/tag-based-masking-policies
"""

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation
from ..language.parser import Parser
from ..sessions.call import Call
from ..sessions.session import Session
from ..sql.column_masks import bears, first_type, policies_of_tag

_CONTAINERS = ("DATABASE", "SCHEMA")


def set_policies(call: Call, tag: Object) -> None:
    """Consume and run what follows ALTER TAG … SET MASKING POLICY.

    Raises:
        SqlError: The tag has another policy of that type, and FORCE is missing.
    """
    parser, session = call.parser, call.session
    named = _policies(session, parser)
    forced = parser.accept("FORCE")
    parser.end()
    held = {first_type(one): one for one in policies_of_tag(session.engine.catalogue, tag)}
    given: dict[str, Object] = {}
    for policy in named:
        kind = first_type(policy)
        other = given.get(kind) or (None if forced else held.get(kind))
        if other is not None and other.id != policy.id:
            raise compilation(
                f"Tag {tag.name} already has a masking policy for data type {kind}: {other.name}.",
                3550,
                "42710",
            )
        given[kind] = policy
    with session.transaction.ddl() as change:
        ids = sorted(policy.id for policy in {**held, **given}.values())
        change.put(tag.with_body(masking_policies=ids))


def unset_policies(call: Call, tag: Object) -> None:
    """Consume and run what follows ALTER TAG … UNSET MASKING POLICY."""
    parser, session = call.parser, call.session
    gone = {policy.id: policy for policy in _policies(session, parser)}
    parser.end()
    held = list(tag.body.get("masking_policies") or [])
    for key, policy in gone.items():
        if key not in held:
            # The page does not say so; what we render never relies on the contrary.
            raise compilation(
                f"Masking policy {policy.name} is not set on tag {tag.name}.", 3548, "42601"
            )
    kept = [key for key in held if key not in gone]
    with session.transaction.ddl() as change:
        change.put(tag.with_body(masking_policies=kept or None))


def _policies(session: Session, parser: Parser) -> list[Object]:
    """Consume `name [, MASKING POLICY name …]`."""
    found = [session.names.find("MASKING POLICY", parser.name())]
    while parser.accept(","):
        parser.expect("MASKING")
        parser.expect("POLICY")
        found.append(session.names.find("MASKING POLICY", parser.name()))
    return found


def require_masking(session: Session, tag: Object, on: Object | None) -> None:
    """Fail unless a tag may be put on a database or schema, or taken off, or its value changed.

    One with masking policies needs APPLY MASKING POLICY on the account for that.
    """
    if on is not None and on.kind in _CONTAINERS and tag.body.get("masking_policies"):
        session.identity.require("APPLY MASKING POLICY", None)


def require_no_mask_outside(session: Session, container: Object) -> None:
    """Fail when a database or schema holds a tag and its policy that mask what is elsewhere."""
    catalogue = session.engine.catalogue
    inside = {item.id: item for item in catalogue.below(container)}
    for tag in inside.values():
        if tag.kind != "TAG" or not any(
            policy.id in inside for policy in policies_of_tag(catalogue, tag)
        ):
            continue
        for kind in ("TABLE", "DYNAMIC TABLE", "VIEW"):
            for item in catalogue.of_kind(kind):
                if item.id not in inside and bears(catalogue, item, tag.id):
                    raise SqlError(
                        f"SQL compilation error:\n{container.kind.capitalize()} {container.name} "
                        f"cannot be dropped/replaced: its tag {tag.name} and masking policies "
                        f"protect {catalogue.full_name(item)}.",
                        3535,
                        "23001",
                    )
