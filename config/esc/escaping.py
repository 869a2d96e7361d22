"""How a text has to be written into a definition so that ESC gives exactly it back.

Plain strings and secrets follow different rules (`ast/interpolation.go` and `EncryptSecrets` in
pulumi/esc): in a plain string `${…}` refers and `$$` means `$`; the argument of `fn::secret` is
kept raw, but may not hold `${` and has no escape for it.
"""

import base64
from typing import Any


def plain(text: str) -> str:
    """The YAML value for a text that is no secret."""
    return text.replace("$", "$$")


def secret(text: str) -> dict[str, Any]:
    """The YAML value for a secret."""
    if "${" not in text:
        return {"fn::secret": text}
    encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return {"fn::fromBase64": {"fn::secret": encoded}}
