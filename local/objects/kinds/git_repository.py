"""GIT REPOSITORY: kept and shown; nothing is cloned."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation
from ...language.parser import Parser
from ...sessions.session import Session
from .property_objects import PropertyObject, columns, full_names


def _name(parser: Parser) -> str:
    return str(parser.name())


class GitRepository(PropertyObject):
    """Git repositories."""

    name = "GIT REPOSITORY"
    plural = "GIT REPOSITORIES"
    properties = {"ORIGIN": Parser.string, "API_INTEGRATION": _name, "GIT_CREDENTIALS": _name}
    required = ("ORIGIN", "API_INTEGRATION")
    fixed = frozenset({"ORIGIN"})
    show_columns = columns(
        "created_on name database_name schema_name origin api_integration git_credentials owner "
        "owner_role_type comment last_fetched_at"
    )

    def check_created(self, session: Session, properties: dict[str, Any]) -> None:
        written = Parser(properties["API_INTEGRATION"]).name()
        integration = session.names.find_account("INTEGRATION", written)
        session.identity.require("USAGE", integration)
        held = integration.body.get("properties", {})
        if held.get("API_PROVIDER") != "GIT_HTTPS_API":
            raise compilation(f"integration {written.last} is not of provider git_https_api", 93101)
        origin = properties["ORIGIN"]
        if not any(origin.startswith(prefix) for prefix in held["API_ALLOWED_PREFIXES"]):
            raise compilation(f"the origin {origin} is not allowed by {written.last}", 93102)
        properties["API_INTEGRATION"] = integration.name
        if "GIT_CREDENTIALS" in properties:
            secrets = full_names(session, "SECRET", [properties["GIT_CREDENTIALS"]])
            properties["GIT_CREDENTIALS"] = secrets[0]
            if secrets[0] not in held.get("ALLOWED_AUTHENTICATION_SECRETS", ()):
                raise compilation(f"{secrets[0]} is not a secret that {written.last} allows", 93103)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        return {**super().show_row(session, item), "last_fetched_at": None}


KIND = GitRepository()
