"""The Snowflake connector, 4.8 and 5.x, asked for a connection in the same words."""

from collections.abc import Mapping
from typing import Any

from . import loopback
from .ci import identity
from .errors import ConnectError
from .faults import Masker, text_of

# Arguments of the 4 line that the 5 line takes under another name, with a warning.
_NEWER_NAMES = {
    "private_key_file_pwd": "private_key_password",
    "client_request_mfa_token": "client_store_temporary_credential",
}


def opened(arguments: Mapping[str, Any], tag: str | None, masker: Masker) -> Any:
    """Return an open connection of the Snowflake connector.

    Args:
        arguments: Of `snowflake.connector.connect`, under the names of the 4 line.
        tag: The query tag.
        masker: Knows the secrets, for the text of an error.

    Raises:
        ConnectError: The account cannot be reached, or refuses the credentials.
    """
    import snowflake.connector

    parameters: dict[str, Any] = dict(arguments.get("session_parameters") or {})
    if tag:
        parameters["QUERY_TAG"] = tag
    settings = {
        "paramstyle": "qmark",
        "application": "hushflake",
        "autocommit": True,
        **arguments,
        "session_parameters": parameters,
    }
    if identity.is_wanted(arguments):
        settings["token"] = token = identity.job_token(str(arguments.get("account")))
        masker.values.add(token)
    if not snowflake.connector.__version__.startswith("4."):
        # The 5 line warns unless told whether to look for asynchronous queries when it closes.
        settings.setdefault("enable_server_session_keep_alive_auto_detection", False)
        for older, newer in _NEWER_NAMES.items():
            if older in settings:
                settings[newer] = settings.pop(older)
    if arguments.get("host") == loopback.HOST:
        loopback.keep_to_this_machine()
    try:
        return snowflake.connector.connect(**settings)
    except Exception as error:
        account = arguments.get("account") or arguments.get("host")
        raise ConnectError(
            f"cannot connect to {account} as {arguments.get('user') or 'the owner of the token'}: "
            f"{text_of(error, masker)}"
        ) from None
