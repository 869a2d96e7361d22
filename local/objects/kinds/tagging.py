"""Tags on objects: read in CREATE, changed by ALTER."""

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.parser import Parser
from ...sessions.session import Session
from ..applying import require_apply
from ..tag_masking import require_masking


def read_tags(session: Session, parser: Parser, on: Object | None = None) -> dict[str, str]:
    """Consume `name = 'value', …` and return the values by the ids of the tags.

    Args:
        session: Whose role must be allowed to apply them.
        parser: At the first name.
        on: What gets them; None for what is about to be created.
    """
    found: dict[str, str] = {}
    while True:
        tag = session.names.find("TAG", parser.name())
        require_apply(session.identity, tag, on)
        require_masking(session, tag, on)
        parser.expect("=")
        value = parser.string()
        allowed = tag.body.get("properties", {}).get("ALLOWED_VALUES")
        if allowed and value not in allowed:
            raise SqlError(
                f"Tag value '{value}' is not valid: allowed values are {', '.join(allowed)}.",
                391924,
                "22023",
            )
        if len(value) > 256:
            raise SqlError("A tag value has at most 256 characters.", 391801, "22023")
        found[str(tag.id)] = value
        if not parser.accept(","):
            return found


def read_unset(session: Session, parser: Parser, on: Object) -> str:
    """Consume the name of a tag that is taken off an object and return its id."""
    tag = session.names.find("TAG", parser.name())
    require_apply(session.identity, tag, on)
    require_masking(session, tag, on)
    return str(tag.id)


def set_tags(session: Session, item: Object, parser: Parser) -> Object:
    """Consume SET TAG or UNSET TAG and return the object with them."""
    tags = dict(item.body.get("tags", {}))
    if parser.accept("SET", "TAG"):
        tags.update(read_tags(session, parser, item))
    else:
        parser.expect("UNSET", "TAG")
        tags.pop(read_unset(session, parser, item), None)
        while parser.accept(","):
            tags.pop(read_unset(session, parser, item), None)
    parser.end()
    return item.with_body(tags=tags or None)
