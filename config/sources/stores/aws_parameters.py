"""AWS Systems Manager Parameter Store (extra `aws`): a path, or one parameter.

`aws-parameters:/shop/config[@VERSION]` is one parameter; a JSON object in it holds the keys.
`aws-parameters:/shop/prod/` is every parameter below that path, ten per request: the last part of
its name is the key. API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import base
from ._aws import AwsDocumentStore
from ._document import Document

USAGE = "aws-parameters:/PATH/"
EXTRA = "aws"
NEEDS = "an AWS identity that may read the parameters"
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_AT_A_TIME = 10  # of GetParametersByPath
_MOST = 1000  # parameters below a path
_SECURE = "SecureString"


class AwsParametersStore(AwsDocumentStore):
    """Parameters of one account and region. A SecureString is a secret."""

    SCHEME: ClassVar[str] = "aws-parameters"
    USAGE: ClassVar[str] = USAGE
    NAME: ClassVar[re.Pattern[str]] = re.compile(r"/?[A-Za-z0-9_./-]{1,1000}")
    LARGEST: ClassVar[int] = 8192  # of an advanced parameter
    WHERE: ClassVar[str] = "aws.parameter"
    SERVICE: ClassVar[str] = "ssm"
    MANY: ClassVar[str] = "/"
    FORMS: ClassVar[str] = "/NAME of one parameter and /NAME@VERSION are possible, too"

    def read(self, client: Any, version: str | None) -> Document:
        """One version of one parameter."""
        name = self.id + (f":{version}" if version else "")
        found = client.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        return Document(found["Value"], str(found["Version"]), found["Type"] == _SECURE)

    def save(self, client: Any, text: str, before: Document, *, secret: bool) -> Document:
        """Save a version; one of more than 4 KB becomes an advanced parameter."""
        saved = client.put_parameter(
            Name=self.id,
            Value=text,
            Type=_SECURE if secret else "String",
            Overwrite=True,
            Tier="Intelligent-Tiering",
        )
        return Document(text, str(saved["Version"]))

    def between(self, client: Any, before: Document, saved: Document, known: frozenset[str]) -> str:
        """Versions are counted: ours follows the one that was read."""
        expected = int(before.version or 0) + 1
        return "" if int(saved.version) == expected else str(expected)

    def create(self, client: Any) -> None:
        """Make it, with no keys."""
        client.put_parameter(Name=self.id, Value="{}", Type=_SECURE)

    def load_many(self) -> Loaded:
        """The parameters below the path."""
        return self.told(lambda: self._below(self.client()))

    def _below(self, client: Any) -> Loaded:
        places: dict[str, list[str]] = {}
        values, secrets = Hidden(), set()
        for found in self._pages(client):
            key = found["Name"].rpartition("/")[2]
            places.setdefault(key, []).append(found["Name"])
            values[key] = found["Value"]
            if found["Type"] == _SECURE:
                secrets.add(key)
        ambiguous = {key: tuple(names) for key, names in places.items() if len(names) > 1}
        for key in ambiguous:
            del values[key]
        facts = {self.WHERE: self.id}
        return Loaded(values, frozenset(secrets - set(ambiguous)), ambiguous, facts)

    def _pages(self, client: Any) -> Iterator[Mapping[str, Any]]:
        count, token = 0, ""
        while True:
            more = {"NextToken": token} if token else {}
            page = self.patient(
                partial(
                    client.get_parameters_by_path,
                    Path=self.id,
                    Recursive=True,
                    WithDecryption=True,
                    MaxResults=_AT_A_TIME,
                    **more,
                )
            )
            yield from page["Parameters"]
            count += len(page["Parameters"])
            token = page.get("NextToken") or ""
            if not token:
                return
            if count > _MOST:
                raise ConfigSourceError(f"{self.name}: more than {_MOST} parameters; name fewer")

    def refused(self, keys: Collection[str]) -> dict[str, str]:
        """Key -> why it cannot be kept under its name."""
        why = "Parameter Store takes letters, digits, underscores, dots and hyphens; rename the key"
        return {key: why for key in keys if self.many and not _KEY.fullmatch(key)}

    def write(self, values: Mapping[str, str], plain: Collection[str]) -> str:
        """Save one parameter per key, or all in one, and read them back."""
        if not self.many:
            return super().write(values, plain)
        empty = sorted(key for key, value in values.items() if not value)
        if empty:
            raise ConfigError(
                f"{self.name}: a parameter cannot be empty: {', '.join(empty)}; leave them out"
            )
        written: list[str] = []
        try:
            for key, value in values.items():
                self.told(partial(self._put, key, value, secret=key not in plain))
                written.append(key)
            wrong = base.differing(self.load_many().values, values)
        except ConfigSourceError as error:
            stays = f"; saved before: {', '.join(written)}" if written else "; nothing was saved"
            failure = ConfigSourceError(f"{error}{stays}")
        else:
            if not wrong:
                return f"{len(values)} parameters"
            failure = ConfigSourceError(f"{self.name}: {', '.join(wrong)} came back changed")
        raise failure

    def _put(self, key: str, value: str, *, secret: bool) -> None:
        self.client().put_parameter(
            Name=self.id + key,
            Value=value,
            Type=_SECURE if secret else "String",
            Overwrite=True,
        )


OPEN = AwsParametersStore
