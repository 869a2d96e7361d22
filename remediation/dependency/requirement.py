"""What is declared: the requirement, as each kind of declaration spells it."""

import json
import re
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from typing import NamedTuple

from ..errors import RemediationError

NAME = "hushflake"
_CLAUSE = r"[<>=!~]=?=?[ \t]*[A-Za-z0-9.*+!_-]+[ \t]*"
# PEP 508, of one name: extras, then a version range or a direct reference.
_SHAPE = re.compile(
    r"hushflake[ \t]*(?P<extras>\[[A-Za-z0-9_., -]*\])?[ \t]*"
    r"(?:@[ \t]*(?P<url>[A-Za-z][A-Za-z0-9+.-]*://[^\s;'\"]+)"
    rf"|(?P<range>{_CLAUSE}(?:,[ \t]*{_CLAUSE})*))?"
)


class Requirement(NamedTuple):
    """A requirement of hushflake. `url` is a direct reference (PEP 440), else `range` counts."""

    extras: str = ""
    range: str = ""
    url: str = ""

    @classmethod
    def parse(cls, text: str) -> "Requirement":
        """Read `hushflake>=0.1,<0.2` or `hushflake @ git+https://…@COMMIT`.

        Raises:
            RemediationError: It is no requirement of hushflake.
        """
        found = _SHAPE.fullmatch(text.strip())
        if found is None:
            raise RemediationError(
                f"--requirement {text!r}: is not a requirement for hushflake; write "
                "'hushflake>=0.1,<0.2', 'hushflake @ git+https://HOST/PATH@COMMIT' or "
                "'hushflake @ file:///PATH/hushflake-0.1.0-py3-none-any.whl'"
            )
        spelt = "".join((found["range"] or "").split())
        return cls("".join((found["extras"] or "").split()), spelt, found["url"] or "")

    def __str__(self) -> str:
        """Return it as PEP 508 has it."""
        name = NAME + self.extras
        return f"{name} @ {self.url}" if self.url else name + self.range

    @property
    def argument(self) -> str:
        """Return it as a word of a shell command."""
        return shlex.quote(str(self))

    def table(self, revision: str, file: str) -> str:
        """Return the TOML value that Poetry and pipenv have for it.

        Args:
            revision: The key that names a commit: `rev` or `ref`.
            file: The key that names an archive: `url` or `file`.
        """
        if self.url.startswith("git+"):
            # The commit stands behind the last `@` of the path, not behind that of a user name.
            url, at, commit = self.url.removeprefix("git+").rpartition("@")
            if not at or "/" in commit:
                url, commit = self.url.removeprefix("git+"), ""
            given = {"git": url, **({revision: commit} if commit else {})}
        elif self.url:
            given = {file: self.url}
        elif self.extras:
            given = {"version": self.range or "*"}
        else:
            return json.dumps(self.range or "*")
        pairs = [f"{key} = {json.dumps(value)}" for key, value in given.items()]
        if self.extras:
            names = [name for name in self.extras.strip("[]").split(",") if name]
            pairs.append(f"extras = {json.dumps(names)}")
        return "{" + ", ".join(pairs) + "}"


def default() -> Requirement:
    """Return the requirement that installs what is installed here.

    A commit of a repository (PEP 610) is named by its address; else it is the range of versions
    that keep the format of this one: `>=0.1,<0.2`, `>=1.4,<2`.
    """
    try:
        installed = distribution(NAME)
    except PackageNotFoundError:
        return Requirement()
    origin = _origin(installed.read_text("direct_url.json"))
    if origin:
        return Requirement(url=origin)
    major, minor, *_rest = [*installed.version.split("."), "0"]
    below = f"0.{int(minor) + 1}" if major == "0" else str(int(major) + 1)
    return Requirement(range=f">={major}.{minor},<{below}")


def _origin(text: str | None) -> str:
    """Return the address and commit in a `direct_url.json`, "" if it names no repository."""
    try:
        document = json.loads(text or "")
        commit, url = document["vcs_info"]["commit_id"], document["url"]
        if document["vcs_info"]["vcs"] == "git" and re.match(r"(https|ssh)://", url):
            return f"git+{url}@{commit}"
    except (ValueError, KeyError, TypeError):
        pass
    return ""
