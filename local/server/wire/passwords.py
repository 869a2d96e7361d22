"""What shows who somebody is: the stack's token, or an identity token that was signed with it."""

import base64
import binascii
import hmac
import json
import time
from typing import Any

_ALGORITHM = "HS256"


def is_shown(data: dict[str, Any], token: str) -> bool:
    """Whether the data of a login show the stack's token.

    It serves as a password, a programmatic access token and an OAuth token. Sign-in by workload
    identity (WORKLOAD_IDENTITY, with the provider OIDC) takes a JSON Web Token, as an account does:
    here one signed with the stack's token (HS256, RFC 7518, 3.2) that has not expired.
    """
    given = str(data.get("PASSWORD") or data.get("TOKEN") or "")
    if str(data.get("AUTHENTICATOR", "")).upper() == "WORKLOAD_IDENTITY":
        return str(data.get("PROVIDER", "")).upper() == "OIDC" and _is_signed(given, token)
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _is_signed(given: str, key: str) -> bool:
    signed, _, signature = given.rpartition(".")
    right = hmac.digest(key.encode(), signed.encode("utf-8", "replace"), "sha256")
    try:
        if not hmac.compare_digest(_bytes(signature), right):
            return False
        header, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        return header["alg"] == _ALGORITHM and float(claims["exp"]) > time.time()
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
