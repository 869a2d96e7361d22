"""Tags on objects: read in CREATE, changed by ALTER."""

from ..catalogue import Object
from ..errors import SqlError
from ..parser import Parser
from ..session import Session


def read_tags(session: Session, parser: Parser) -> dict[str, str]:
    """Consume `name = 'value', …` and return the values by the ids of the tags."""
    found: dict[str, str] = {}
    while True:
        tag = session.find("TAG", parser.name())
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


def set_tags(session: Session, item: Object, parser: Parser) -> Object:
    """Consume SET TAG or UNSET TAG and return the object with them."""
    tags = dict(item.body.get("tags", {}))
    if parser.accept("SET", "TAG"):
        tags.update(read_tags(session, parser))
    else:
        parser.expect("UNSET", "TAG")
        tags.pop(str(session.find("TAG", parser.name()).id), None)
        while parser.accept(","):
            tags.pop(str(session.find("TAG", parser.name()).id), None)
    parser.end()
    return item.with_body(tags=tags or None)
