"""Session parameters: what each is by default, what it may be, and what it changes here.

https://docs.snowflake.com/en/sql-reference/parameters
"""

from dataclasses import dataclass
from typing import Any, Literal

from ..engine.zones import zone_names
from ..language.errors import SqlError

# What setting a parameter does here: what is documented, nothing (as no answer depends on it), or a
# refusal, because answers are always those of one value.
Effect = Literal["documented", "none", "fixed"]


@dataclass(frozen=True)
class Parameter:
    """A session parameter.

    Attributes:
        default: Its value when nobody sets it; its type is the parameter's.
        effect: What another value does.
        low: The least number, for numbers.
        high: The greatest one.
    """

    default: Any
    effect: Effect = "none"
    low: int = 0
    high: int = 2**31 - 1


def _documented(default: Any, low: int = 0, high: int = 2**31 - 1) -> Parameter:
    return Parameter(default, "documented", low, high)


def _fixed(default: Any) -> Parameter:
    return Parameter(default, "fixed")


KNOWN: dict[str, Parameter] = {
    "ABORT_DETACHED_QUERY": Parameter(False),
    "AUTOCOMMIT": _documented(True),
    "BINARY_INPUT_FORMAT": _fixed("HEX"),
    "BINARY_OUTPUT_FORMAT": _fixed("HEX"),
    "DATE_INPUT_FORMAT": _fixed("AUTO"),
    "DATE_OUTPUT_FORMAT": _fixed("YYYY-MM-DD"),
    "DEFAULT_NULL_ORDERING": _fixed("LAST"),
    "ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION": Parameter(True),
    "ERROR_ON_NONDETERMINISTIC_MERGE": _fixed(True),
    "ERROR_ON_NONDETERMINISTIC_UPDATE": _fixed(False),
    # Types and statements that these are about are refused here.
    "GEOGRAPHY_OUTPUT_FORMAT": Parameter("GeoJSON"),
    "GEOMETRY_OUTPUT_FORMAT": Parameter("GeoJSON"),
    "HYBRID_TABLE_LOCK_TIMEOUT": Parameter(3600),
    "S3_STAGE_VPCE_DNS_NAME": Parameter(""),
    "JSON_INDENT": _fixed(2),
    "LOCK_TIMEOUT": _documented(60),
    "LOG_LEVEL": Parameter("OFF"),
    "METRIC_LEVEL": Parameter("NONE"),
    "TRACE_LEVEL": Parameter("OFF"),
    "MULTI_STATEMENT_COUNT": _documented(1),
    "NOORDER_SEQUENCE_AS_DEFAULT": _documented(True),
    # How rows travel is between a client and the server; their values are the same.
    "QUERY_RESULT_FORMAT": Parameter("JSON", "documented"),
    "QUERY_TAG": _documented(""),
    "QUOTED_IDENTIFIERS_IGNORE_CASE": _fixed(False),
    "ROWS_PER_RESULTSET": _documented(0),
    "SEARCH_PATH": _fixed("$current, $public"),
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": Parameter(0),
    "STATEMENT_TIMEOUT_IN_SECONDS": _documented(172_800, 0, 604_800),
    "STRICT_JSON_OUTPUT": _fixed(False),
    "TIME_INPUT_FORMAT": _fixed("AUTO"),
    "TIME_OUTPUT_FORMAT": _fixed("HH24:MI:SS"),
    "TIMESTAMP_DAY_IS_ALWAYS_24H": _fixed(False),
    "TIMESTAMP_INPUT_FORMAT": _fixed("AUTO"),
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": _documented(""),
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": _documented("YYYY-MM-DD HH24:MI:SS.FF3"),
    "TIMESTAMP_OUTPUT_FORMAT": _documented("YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"),
    "TIMESTAMP_TYPE_MAPPING": _fixed("TIMESTAMP_NTZ"),
    "TIMESTAMP_TZ_OUTPUT_FORMAT": _documented(""),
    "TIMEZONE": _documented("UTC"),
    "TRANSACTION_ABORT_ON_ERROR": _fixed(False),
    "TRANSACTION_DEFAULT_ISOLATION_LEVEL": _fixed("READ COMMITTED"),
    "TWO_DIGIT_CENTURY_START": _fixed(1970),
    "UNSUPPORTED_DDL_ACTION": _fixed("IGNORE"),
    # Nothing is cached, so that the answer is the same either way.
    "USE_CACHED_RESULT": Parameter(True),
    "WEEK_OF_YEAR_POLICY": _fixed(0),
    "WEEK_START": _fixed(0),
}
# Clients keep settings of their own with the session; no answer depends on these.
_OF_CLIENTS = ("CLIENT_", "JDBC_", "ODBC_", "JS_", "PYTHON_", "CSV_", "GO_")
# Options of `snowflake.connector.connect` in its 4.x line that are not parameters of a session.
_OPTIONS = frozenset(
    [
        "ALLOW_CERTIFICATES_WITHOUT_CRL_URL",
        "APPLICATION",
        "ARROW_NUMBER_TO_DECIMAL",
        "BACKOFF_POLICY",
        "CERT_REVOCATION_CHECK_MODE",
        "CHECK_ARROW_CONVERSION_ERROR_ON_EVERY_COLUMN",
        "CONNECTION_DIAG_ALLOWLIST_PATH",
        "CONNECTION_DIAG_LOG_PATH",
        "CONNECTION_DIAG_WHITELIST_PATH",
        "CONSENT_CACHE_ID_TOKEN",
        "CONVERTER_CLASS",
        "DEBUG_ARROW_CHUNK",
        "DISABLE_CONSOLE_LOGIN",
        "DISABLE_OCSP_CHECKS",
        "DISABLE_QUERY_CONTEXT_CACHE",
        "DISABLE_REQUEST_POOLING",
        "DISABLE_SAML_URL_CHECK",
        "ENABLE_CONNECTION_DIAG",
        "ENABLE_CRL_CACHE",
        "ENABLE_CRL_FILE_CACHE",
        "ENABLE_RETRY_REASON_IN_QUERY_RESPONSE",
        "ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1",
        "EXTERNAL_BROWSER_TIMEOUT",
        "INSECURE_MODE",
        "INTERNAL_APPLICATION_NAME",
        "INTERNAL_APPLICATION_VERSION",
        "INTERPOLATE_EMPTY_SEQUENCES",
        "IOBOUND_TPE_LIMIT",
        "JSON_RESULT_FORCE_UTF8_DECODING",
        "LOGIN_TIMEOUT",
        "LOG_IMPORTED_PACKAGES_IN_TELEMETRY",
        "LOG_MAX_QUERY_LENGTH",
        "NETWORK_TIMEOUT",
        "NO_PROXY",
        "NUMPY",
        "OCSP_FAIL_OPEN",
        "OCSP_RESPONSE_CACHE_FILENAME",
        "OCSP_ROOT_CERTS_DICT_LOCK_TIMEOUT",
        "PARAMSTYLE",
        "PLATFORM_DETECTION_TIMEOUT_SECONDS",
        "PROBE_CONNECTION",
        "PROXY_HOST",
        "PROXY_PASSWORD",
        "PROXY_PORT",
        "PROXY_USER",
        "REGION",
        "RERAISE_ERROR_IN_FILE_TRANSFER_WORK_FUNCTION",
        "REUSE_RESULTS",
        "SECONDARY_ROLES",
        "SERVER_SESSION_KEEP_ALIVE",
        "SERVICE_NAME",
        "SESSION_PARAMETERS",
        "SNOWFLAKE_SERVER_DOP_CAP_FOR_FILE_TRANSFER",
        "SOCKET_TIMEOUT",
        "SUPPORT_NEGATIVE_YEAR",
        "UNSAFE_FILE_WRITE",
        "UNSAFE_SKIP_FILE_PERMISSIONS_CHECK",
        "USE_OPENSSL_ONLY",
        "VALIDATE_DEFAULT_PARAMETERS",
    ]
)
PARAMETERS: dict[str, Any] = {name: known.default for name, known in KNOWN.items()}
# Parameters that functions of the engine read, as variables of the session's connection.
_ZONED_FORMATS = {"hush_form_tz": "TIMESTAMP_TZ_OUTPUT_FORMAT", "hush_form_ltz": "TIMESTAMP_LTZ_OUTPUT_FORMAT",
                  "hush_form_ntz": "TIMESTAMP_NTZ_OUTPUT_FORMAT"}  # fmt: skip
_ANY_FORMAT = "TIMESTAMP_OUTPUT_FORMAT"
VARIABLES_OF = frozenset({"TIMEZONE", _ANY_FORMAT, *_ZONED_FORMATS.values()})


def checked(name: str, value: Any) -> Any:
    """Return the value that a session parameter takes.

    Raises:
        SqlError: The parameter is not known, does not take the value, or would change answers in a
            way that the local stack does not have.
    """
    if name.startswith(_OF_CLIENTS):
        return value
    known = KNOWN.get(name)
    if known is None:
        raise SqlError(f"SQL compilation error:\ninvalid parameter '{name}'", 1006, "22023")
    made = _typed(name, known, value)
    if name == "TIMEZONE" and made != known.default and made not in zone_names():
        raise _invalid(name, value)
    if known.effect == "fixed" and _folded(made) != _folded(known.default):
        raise SqlError(
            f"SQL compilation error:\nUnsupported feature '{name} = {value}' (the local stack "
            f"always has {known.default}).",
            2,
            "0A000",
        )
    return made


def of_login(given: dict[str, Any]) -> dict[str, Any]:
    """Return the session parameters that a client sets when it connects.

    The newer connector hands on as one what it does not know of its own options; an option of the
    older line is not one of the session.

    Raises:
        SqlError: As for `checked`.
    """
    return {
        name.upper(): checked(name.upper(), value)
        for name, value in given.items()
        if value is not None and name.upper() not in _OPTIONS
    }


def is_known(name: str) -> bool:
    """Tell whether there is a session parameter of that name."""
    return name in KNOWN or name.startswith(_OF_CLIENTS)


def _typed(name: str, known: Parameter, value: Any) -> Any:
    if isinstance(known.default, bool):
        text = str(value).upper()
        if text not in {"TRUE", "FALSE", "1", "0"}:
            raise _invalid(name, value)
        return text in {"TRUE", "1"}
    if isinstance(known.default, int):
        try:
            number = int(str(value))
        except ValueError:
            raise _invalid(name, value) from None
        if not known.low <= number <= known.high:
            raise _invalid(name, value)
        return number
    return str(value)


def engine_variables(parameters: dict[str, Any]) -> dict[str, str | None]:
    """Return the variables that functions of the engine read; None where the default counts."""
    zone = parameters.get("TIMEZONE")
    found = {"hush_zone": None if zone in {None, "UTC"} else str(zone)}
    for name, parameter in _ZONED_FORMATS.items():
        # An empty one stands for that of all timestamps.
        form = parameters.get(parameter, KNOWN[parameter].default) or parameters.get(_ANY_FORMAT)
        found[name] = str(form) if form and form != _SHOWN[name] else None
    return found


_SHOWN = {
    "hush_form_tz": KNOWN[_ANY_FORMAT].default,
    "hush_form_ltz": KNOWN[_ANY_FORMAT].default,
    "hush_form_ntz": KNOWN["TIMESTAMP_NTZ_OUTPUT_FORMAT"].default,
}


def _folded(value: Any) -> Any:
    return str(value).upper()


def _invalid(name: str, value: Any) -> SqlError:
    return SqlError(
        f"SQL compilation error:\ninvalid value [{value}] for parameter '{name}'", 1008, "22023"
    )
