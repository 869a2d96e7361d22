"""What the kinds of configuration files share: they differ in names and in what reads them."""

from typing import TYPE_CHECKING, ClassVar

from .base import CONFIG, Ground, Kind, Secrets

if TYPE_CHECKING:
    from ..credentials.names import Names
    from ..finding import Result
    from ..settings import Policy


class Configuration(Kind):
    """A kind whose secrets are values with names.

    Attributes:
        form: What it is written in, as `entries.read` has it; "" where the text alone is searched.
        instead: How a value gets in that is not in the repository, for messages.
    """

    group = CONFIG
    form: ClassVar[str] = ""
    instead: ClassVar[str] = "the configuration store, from which the program reads it"

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        from ..documents.check import check, document_of

        document = document_of(data, path, self.form, ground.policy, ground.names)
        return check(ground, document, path, self.remedy(path))

    def secrets(self, data: bytes, path: str, policy: "Policy", names: "Names") -> Secrets | None:
        from ..documents.check import document_of, secrets

        document = document_of(data, path, self.form, policy, names)
        return None if document is None else Secrets(document.source, secrets(document))

    def remedy(self, path: str) -> str:
        """Return how a value gets into such a file instead."""
        return self.instead
