"""AWS Secrets Manager: keys of the JSON object in one secret."""

from typing import ClassVar

from ._store import StoreTarget

SCHEME = "aws-secrets"


class AwsSecretsTarget(StoreTarget):
    """One secret. Address and credentials come from the user's environment."""

    USAGE: ClassVar[str] = "aws-secrets:NAME"
    SCHEME: ClassVar[str] = SCHEME


OPEN = AwsSecretsTarget
