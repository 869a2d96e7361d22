"""AWS Secrets Manager (extra `aws`): one secret, or all whose names begin alike.

`aws-secrets:NAME[@VERSION]` is one secret; a JSON object in it holds the keys, a plain text is
found under the last part of the name. `aws-secrets:shop/prod/*` is every secret below that name,
twenty per request. VERSION is a version's id or a stage such as AWSPREVIOUS. API:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/
"""

import re
import uuid
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import _aws, base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "aws-secrets:NAME"
_NAME = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}")  # an ARN, too
_AT_A_TIME = 20  # of BatchGetSecretValue
_MOST = 500  # secrets below one name


class AwsSecretsStore:
    """Secrets of one account and region."""

    remote = True

    def __init__(self, name: str, settings: "Settings") -> None:
        self._many = name.endswith("*")
        self._id, self._version = base.versioned(name.removesuffix("*"))
        if not _NAME.fullmatch(self._id) or (self._many and self._version is not None):
            raise ConfigError(f"stores: {name[:200]!r}: write {USAGE}, NAME@VERSION or NAME*")
        self.name = f"aws-secrets:{name}"
        self._settings = settings

    def load(self) -> Loaded:
        """The keys of the secret, or of all."""
        client = _aws.service("secretsmanager", self._settings, self.name)
        try:
            values, facts = self._below(client) if self._many else self._one(client)
        except ConfigSourceError:
            raise
        except Exception as error:
            failure = _aws.failure(error, self.name)
        else:
            return Loaded(values, frozenset(values), {}, facts)
        raise failure

    def _one(self, client: Any) -> tuple[Hidden, dict[str, str]]:
        found = client.get_secret_value(SecretId=self._id, **self._which())
        facts = {"aws.secret": str(found["Name"]), "aws.version": str(found["VersionId"])}
        return self._keys(found), facts

    def _which(self) -> dict[str, str]:
        if self._version is None:
            return {}
        # A version's id has 32 to 64 characters; the stages of AWS and of users are shorter words.
        kind = "VersionId" if len(self._version) >= 32 else "VersionStage"
        return {kind: self._version}

    def _below(self, client: Any) -> tuple[Hidden, dict[str, str]]:
        values, count, token = Hidden(), 0, ""
        while True:
            more = {"NextToken": token} if token else {}
            page = client.batch_get_secret_value(
                Filters=[{"Key": "name", "Values": [self._id]}], MaxResults=_AT_A_TIME, **more
            )
            for problem in page.get("Errors", ()):
                code = str(problem.get("ErrorCode", ""))
                raise ConfigSourceError(
                    f"{self.name}: {problem.get('SecretId')}: AWS answers {code}"
                )
            for found in page["SecretValues"]:
                # The filter takes a word of the name for its beginning, too.
                if found["Name"].startswith(self._id):
                    values |= self._keys(found)
            count += len(page["SecretValues"])
            token = page.get("NextToken") or ""
            if not token:
                return values, {"aws.secret": f"{self._id}*"}
            if count > _MOST:
                raise ConfigSourceError(f"{self.name}: more than {_MOST} secrets; name fewer")

    def _keys(self, found: Mapping[str, Any]) -> Hidden:
        text = found.get("SecretString")
        if not isinstance(text, str):
            raise ConfigSourceError(f"{self.name}: {found['Name']} is binary, and no text")
        name = str(found["Name"])
        return base.document(text, f"{self.name}: {name}", name.rpartition("/")[2])

    def held(self, *, create: bool) -> Mapping[str, str]:
        """The keys of the secret, which is made empty if there is none and `create` says so."""
        client = _aws.service("secretsmanager", self._settings, self.name)
        try:
            if create and not self._many and not _exists(client, self._id):
                client.create_secret(Name=self._id, SecretString="{}")
        except Exception as error:
            failure = _aws.failure(error, self.name)
        else:
            return self.load().values
        raise failure

    def write(self, values: Mapping[str, str], _plain: Collection[str]) -> str:
        """Save a new version with these keys beside the others, and read it back.

        Secrets Manager has no condition for a write. So the version that was the current one until
        ours is asked for, and must be the one that the keys were added to.
        """
        if self._many or self._version is not None:
            raise ConfigError(f"{self.name}: name one secret, without a version, to write to it")
        client = _aws.service("secretsmanager", self._settings, self.name)
        try:
            return self._write(client, values)
        except ConfigSourceError:
            raise
        except Exception as error:
            failure = _aws.failure(error, self.name)
        raise failure

    def _write(self, client: Any, values: Mapping[str, str]) -> str:
        before = client.get_secret_value(SecretId=self._id)
        if not isinstance(before.get("SecretString"), str):
            raise ConfigSourceError(f"{self.name}: is binary, and no text")
        text = base.merged(before["SecretString"], values, self.name)
        # The token makes a repeat of the same request no second version.
        saved = client.put_secret_value(
            SecretId=self._id, SecretString=text, ClientRequestToken=str(uuid.uuid4())
        )
        version = str(saved["VersionId"])
        previous = client.get_secret_value(SecretId=self._id, VersionStage="AWSPREVIOUS")
        if previous["VersionId"] != before["VersionId"]:
            raise ConfigSourceError(
                f"{self.name}: somebody else saved version {previous['VersionId']} in between; "
                f"version {version} with the new keys lacks what that one changed. Compare the two"
            )
        wrong = base.differing(self._keys(client.get_secret_value(SecretId=self._id)), values)
        if wrong:
            raise ConfigSourceError(
                f"{self.name}: {', '.join(wrong)} came back changed; they stay saved in version "
                f"{version}"
            )
        return version


def _exists(client: Any, name: str) -> bool:
    try:
        client.describe_secret(SecretId=name)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


OPEN = AwsSecretsStore
