"""AWS Secrets Manager (extra `aws`): one secret, or all whose names begin alike.

`aws-secrets:NAME[@VERSION]` is one secret; a JSON object in it holds the keys, a plain text is
found under the last part of the name. `aws-secrets:shop/prod/*` is every secret below that name,
twenty per request. VERSION is a version's id or a stage such as AWSPREVIOUS. API:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/
"""

import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ...errors import ConfigSourceError
from ._aws import AwsDocumentStore
from ._document import Document

USAGE = "aws-secrets:NAME"
EXTRA = "aws"
NEEDS = "an AWS identity that may read the secret"
_AT_A_TIME = 20  # of BatchGetSecretValue
_MOST = 500  # secrets below one name


class AwsSecretsStore(AwsDocumentStore):
    """Secrets of one account and region."""

    SCHEME: ClassVar[str] = "aws-secrets"
    USAGE: ClassVar[str] = USAGE
    NAME: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}")  # an ARN, too
    LARGEST: ClassVar[int] = 65_536
    WHERE: ClassVar[str] = "aws.secret"
    SERVICE: ClassVar[str] = "secretsmanager"

    def read(self, client: Any, version: str | None) -> Document:
        """One version, by its id or its stage."""
        which = {}
        if version is not None:
            # A version's id has 32 to 64 characters; the stages of AWS and of users are words.
            which = {"VersionId" if len(version) >= 32 else "VersionStage": version}
        found = client.get_secret_value(SecretId=self.id, **which)
        return Document(self._text(found), str(found["VersionId"]))

    def _text(self, found: Mapping[str, Any]) -> str:
        text = found.get("SecretString")
        if not isinstance(text, str):
            raise ConfigSourceError(f"{self.name}: {found['Name']} is binary, and no text")
        return text

    def save(self, client: Any, text: str, before: Document, *, secret: bool) -> Document:
        """Save a version. The token makes a repeat of the same request no second one."""
        saved = client.put_secret_value(
            SecretId=self.id, SecretString=text, ClientRequestToken=str(uuid.uuid4())
        )
        return Document(text, str(saved["VersionId"]))

    def between(self, client: Any, before: Document, saved: Document, known: frozenset[str]) -> str:
        """Secrets Manager has no condition for a write, but knows which version ours replaced."""
        if not before.version:
            return ""
        previous = client.get_secret_value(SecretId=self.id, VersionStage="AWSPREVIOUS")
        found = str(previous["VersionId"])
        return "" if found == before.version else found

    def create(self, client: Any) -> None:
        """Make it, with no keys."""
        client.create_secret(Name=self.id, SecretString="{}")

    def below(self, client: Any) -> dict[str, str]:
        """The texts of all, or their keys."""
        values: dict[str, str] = {}
        count, token = 0, ""
        while True:
            more = {"NextToken": token} if token else {}
            page = self.patient(
                partial(
                    client.batch_get_secret_value,
                    Filters=[{"Key": "name", "Values": [self.id]}],
                    MaxResults=_AT_A_TIME,
                    **more,
                )
            )
            for problem in page.get("Errors", ()):
                code = str(problem.get("ErrorCode", ""))
                raise ConfigSourceError(
                    f"{self.name}: {problem.get('SecretId')}: AWS answers {code}"
                )
            for found in page["SecretValues"]:
                # The filter takes a word of the name for its beginning, too.
                if found["Name"].startswith(self.id):
                    values |= self.keys_of(found["Name"], self._text(found))
            count += len(page["SecretValues"])
            token = page.get("NextToken") or ""
            if not token:
                return values
            if count > _MOST:
                raise ConfigSourceError(f"{self.name}: more than {_MOST} secrets; name fewer")


OPEN = AwsSecretsStore
