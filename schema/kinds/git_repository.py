"""Git repositories: https://docs.snowflake.com/en/sql-reference/sql/create-git-repository"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ..names import QualifiedName
from ..stack import Stack
from ..values import Row
from .annotations import Ref
from .base import Mistake, Spec
from .properties import COMMENT, Property, name_of, words
from .property_kind import PropertyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRepository(Spec):
    """A clone of a repository, read by an integration with `provider: git_https_api`. Without
    `git_credentials` the integration says which secret signs in, if any."""

    origin: str
    api_integration: Annotated[QualifiedName, Ref("integration", external=True)]
    git_credentials: Annotated[QualifiedName, Ref("secret", external=True)] | None = None


class GitRepositoryKind(PropertyKind[GitRepository]):
    name = "git_repository"
    plural = "git_repositories"
    privileges = ("READ", "WRITE")
    level = "schema"
    spec_type = GitRepository
    order = 36
    show = "GIT REPOSITORIES"
    fixed = ("origin",)
    properties = (
        Property("origin", "ORIGIN", "literal"),
        Property("api_integration", "API_INTEGRATION", "name"),
        Property("git_credentials", "GIT_CREDENTIALS", "name"),
        COMMENT,
    )

    def check(self, name: str, spec: GitRepository, stack: Stack) -> Iterator[Mistake]:
        if not spec.origin.startswith("https://"):
            yield Mistake("origin", "the address must begin with https://", "write https://HOST/…")
        elif "@" in spec.origin.partition("://")[2].partition("/")[0]:
            yield Mistake("origin", "the address holds a credential", "use git_credentials: SECRET")

    def read_row(self, row: Row) -> GitRepository:
        own, secret = name_of(row), words(row.get("git_credentials"))
        found = QualifiedName.parse(secret) if secret else None
        if found is not None:
            found = QualifiedName((*own.parts[: 3 - len(found.parts)], *found.parts))
        return GitRepository(
            comment=words(row.get("comment")),
            origin=words(row.get("origin")),
            api_integration=QualifiedName.parse(words(row.get("api_integration"))),
            git_credentials=found,
        )
