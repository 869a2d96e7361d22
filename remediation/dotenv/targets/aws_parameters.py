"""AWS Parameter Store: one parameter per key below a path, SecureString unless it may be plain."""

import re
from collections.abc import Collection
from typing import ClassVar

from ._store import StoreTarget

SCHEME = "aws-parameters"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class AwsParametersTarget(StoreTarget):
    """A path. Region and credentials come from the user's environment."""

    USAGE: ClassVar[str] = "aws-parameters:/PATH/"
    SCHEME: ClassVar[str] = SCHEME

    def refused(self, keys: Collection[str]) -> dict[str, str]:
        why = "Parameter Store takes letters, digits, underscores, dots and hyphens; rename the key"
        return {key: why for key in keys if not _NAME.fullmatch(key)}


OPEN = AwsParametersTarget
