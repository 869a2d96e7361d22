"""Sign-in by workload identity: the identity token that GitHub gives to a job.

A token lives some minutes and a deployment longer, so each connection asks for one of its own.
https://docs.github.com/en/actions/reference/security/oidc
"""

from collections.abc import Mapping
from typing import Any

from hushflake.config import ConfigError, get_config_value
from hushflake.config.esc.http import Timeouts
from hushflake.config.esc.identity import REQUEST_URL, from_github

from ..errors import ConnectError


def is_wanted(arguments: Mapping[str, Any]) -> bool:
    """Whether a connection signs in by an OIDC token that nobody has given."""
    return (
        str(arguments.get("authenticator", "")).lower() == "workload_identity"
        and str(arguments.get("workload_identity_provider", "")).lower() == "oidc"
        and not arguments.get("token")
        and not arguments.get("token_file_path")
        and bool(get_config_value(REQUEST_URL))
    )


def audience(account: str) -> str:
    """Return whom a token is for: this account alone, and no other that trusts the same job."""
    return f"https://{account.lower().replace('_', '-')}.snowflakecomputing.com"


def job_token(account: str) -> str:
    """Ask GitHub for an identity token of this job.

    Args:
        account: The account's identifier, which the token is made for.

    Raises:
        ConnectError: The job may not have one, or no answer.
    """
    try:
        return from_github(audience(account), Timeouts(5, 15, 60))
    except ConfigError as error:
        raise ConnectError(f"cannot sign in by workload identity: {error}") from None
