"""What the stores of AWS share: a client with bounded waits, and errors in our words."""

from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import ConfigSourceError
from . import base
from ._document import DocumentStore, MissingSecretError

if TYPE_CHECKING:
    from ...settings import Settings

_ADVICE = {
    "AccessDeniedException": "the credentials may not read it",
    "UnrecognizedClientException": "AWS does not accept the credentials",
    "InvalidSignatureException": "AWS does not accept the credentials",
    "ExpiredTokenException": "the credentials have expired",
    "ResourceNotFoundException": "there is no such secret in this account and region",
    "ParameterNotFound": "there is no such parameter in this account and region",
    "ParameterVersionNotFound": "there is no such version",
    "DecryptionFailure": "its KMS key may not be used by these credentials",
    "ThrottlingException": "too many requests; it asks to wait",
    "InvalidRequestException": "it refuses the request: the secret may be marked for deletion",
}
_MISSING = {"ResourceNotFoundException", "ParameterNotFound"}
_TRANSIENT = {"ThrottlingException", "TooManyRequestsException", "RequestTimeout"}
_BROKEN = ("TimeoutError", "ConnectionError", "ConnectionClosedError")
PLACE = (
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ROLE_ARN",
    "AWS_ENDPOINT_URL",
)
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"}


def service(kind: str, settings: "Settings", store: str) -> Any:
    """A client of boto3. Region, address and credentials are the user's: AWS_*, ~/.aws, roles.

    Raises:
        ConfigSourceError: boto3 is not installed, or finds no region or profile.
    """
    boto3 = base.client("boto3", "aws", store)
    config = base.client("botocore.config", "aws", store)
    try:
        return boto3.session.Session().client(
            kind,
            config=config.Config(
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                retries={"total_max_attempts": 1},  # see `_patience`
            ),
        )
    except Exception as error:
        failed = failure(error, store)
    raise failed


def failure(error: Exception, store: str) -> ConfigSourceError:
    """What went wrong. The message of AWS is left out: it may hold what was asked for."""
    code = _code(error)
    kind = type(error).__name__
    away = not code
    if kind in _NO_CREDENTIALS:
        away, said = False, "no AWS credentials: set AWS_PROFILE, or run where a role is attached"
    elif kind == "NoRegionError":
        away, said = False, "no AWS region: set AWS_REGION"
    elif code:
        away = _is_transient(error)
        said = _ADVICE.get(code, f"AWS answers {code}" if code.isalnum() else "AWS refuses")
    else:
        said = f"AWS cannot be reached ({kind})"
    found = MissingSecretError if code in _MISSING else ConfigSourceError
    return found(f"{store}: {said}", out_of_reach=away)


def _code(error: Exception) -> str:
    details = _response(error).get("Error")
    return str(details.get("Code", "")) if isinstance(details, dict) else ""


def _response(error: Exception) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def _is_transient(error: Exception) -> bool:
    status = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in _TRANSIENT or (isinstance(status, int) and status >= 500)


class AwsDocumentStore(DocumentStore):
    """What the stores of AWS say of themselves."""

    SERVICE: ClassVar[str]
    place_variables = PLACE

    def connected(self) -> Any:
        """A client of the service."""
        return service(self.SERVICE, self.settings, self.name)

    def failure(self, error: Exception) -> ConfigSourceError:
        """See `failure`."""
        return failure(error, self.name)

    def wait(self, error: Exception) -> float | None:
        """Whether a repeat may help; AWS names no time to wait."""
        connection = not _code(error) and type(error).__name__.endswith(_BROKEN)
        return 0.0 if _is_transient(error) or connection else None
