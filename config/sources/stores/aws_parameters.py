"""AWS Systems Manager Parameter Store (extra `aws`): a path, or one parameter.

`aws-parameters:/shop/prod/` is every parameter below that path, ten per request: the last part of
its name is the key. `aws-parameters:/shop/config[@VERSION]` is one parameter; a JSON object in it
holds the keys. API: https://docs.aws.amazon.com/systems-manager/latest/APIReference/
"""

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import _aws, base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "aws-parameters:/PATH/"
_PATH = re.compile(r"/?[A-Za-z0-9_./-]{1,1000}")
_AT_A_TIME = 10  # of GetParametersByPath
_MOST = 1000  # parameters below a path


class AwsParametersStore:
    """Parameters of one account and region."""

    remote = True

    def __init__(self, name: str, settings: "Settings") -> None:
        self._path, self._version = base.versioned(name)
        self._many = self._path.endswith("/")
        if not _PATH.fullmatch(self._path) or (self._many and self._version is not None):
            raise ConfigError(
                f"stores: {name[:200]!r}: write {USAGE}, or /NAME of one parameter, perhaps with "
                "@VERSION"
            )
        self.name = f"aws-parameters:{name}"
        self._settings = settings

    def load(self) -> Loaded:
        """The parameters below the path, or the keys of the one. A SecureString is a secret."""
        client = _aws.service("ssm", self._settings, self.name)
        try:
            return self._below(client) if self._many else self._one(client)
        except ConfigSourceError:
            raise
        except Exception as error:
            failure = _aws.failure(error, self.name)
        raise failure

    def _one(self, client: Any) -> Loaded:
        name = self._path + (f":{self._version}" if self._version else "")
        found = client.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        alone = self._path.rpartition("/")[2]
        values = base.document(found["Value"], self.name, alone)
        secrets = frozenset(values) if found["Type"] == "SecureString" else frozenset[str]()
        facts = {"aws.parameter": self._path, "aws.version": str(found["Version"])}
        return Loaded(values, secrets, {}, facts)

    def _below(self, client: Any) -> Loaded:
        places: dict[str, list[str]] = {}
        values, secrets, token = Hidden(), set(), ""
        while True:
            more = {"NextToken": token} if token else {}
            page = client.get_parameters_by_path(
                Path=self._path,
                Recursive=True,
                WithDecryption=True,
                MaxResults=_AT_A_TIME,
                **more,
            )
            for found in page["Parameters"]:
                key = found["Name"].rpartition("/")[2]
                places.setdefault(key, []).append(found["Name"])
                values[key] = found["Value"]
                if found["Type"] == "SecureString":
                    secrets.add(key)
            token = page.get("NextToken") or ""
            if not token:
                break
            if len(values) > _MOST:
                raise ConfigSourceError(f"{self.name}: more than {_MOST} parameters; name fewer")
        ambiguous = {key: tuple(names) for key, names in places.items() if len(names) > 1}
        for key in ambiguous:
            del values[key]
        facts = {"aws.parameter": self._path}
        return Loaded(values, frozenset(secrets - set(ambiguous)), ambiguous, facts)

    def held(self, *, create: bool) -> Mapping[str, str]:  # noqa: ARG002 - a write makes them
        """The parameters below the path."""
        return self.load().values

    def write(self, values: Mapping[str, str], plain: Collection[str]) -> str:
        """Save one parameter per key, and read all back."""
        if not self._many:
            raise ConfigError(f"{self.name}: end the path with / to write one parameter per key")
        empty = sorted(key for key, value in values.items() if not value)
        if empty:
            raise ConfigError(
                f"{self.name}: a parameter cannot be empty: {', '.join(empty)}; leave them out"
            )
        client = _aws.service("ssm", self._settings, self.name)
        written: list[str] = []
        try:
            for key, value in values.items():
                client.put_parameter(
                    Name=self._path + key,
                    Value=value,
                    Type="String" if key in plain else "SecureString",
                    Overwrite=True,
                )
                written.append(key)
            wrong = base.differing(self._below(client).values, values)
        except Exception as error:
            stays = f"; saved before: {', '.join(written)}" if written else "; nothing was saved"
            known = isinstance(error, ConfigSourceError)
            said = error if known else _aws.failure(error, self.name)
            failure = ConfigSourceError(f"{said}{stays}")
        else:
            if not wrong:
                return f"{len(values)} parameters"
            failure = ConfigSourceError(f"{self.name}: {', '.join(wrong)} came back changed")
        raise failure


OPEN = AwsParametersStore
