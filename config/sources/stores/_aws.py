"""What the stores of AWS share: a client with bounded waits, and errors in our words."""

from typing import TYPE_CHECKING, Any

from ...errors import ConfigSourceError
from . import base

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
                retries={"mode": "standard", "max_attempts": 3},
            ),
        )
    except Exception as error:
        failed = failure(error, store)
    raise failed


def failure(error: Exception, store: str) -> ConfigSourceError:
    """What went wrong. The message of AWS is left out: it may hold what was asked for."""
    response = getattr(error, "response", None)
    details = response.get("Error") if isinstance(response, dict) else None
    code = str(details.get("Code", "")) if isinstance(details, dict) else ""
    kind = type(error).__name__
    if kind in _NO_CREDENTIALS:
        said = "no AWS credentials: set AWS_PROFILE, or run where a role is attached"
    elif kind == "NoRegionError":
        said = "no AWS region: set AWS_REGION"
    elif code:
        said = _ADVICE.get(code, f"AWS answers {code}" if code.isalnum() else "AWS refuses")
    else:
        said = f"AWS cannot be reached ({kind})"
    return ConfigSourceError(f"{store}: {said}")
