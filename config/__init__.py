"""Run-time configuration: the accessors that rewritten code calls.

Unconfigured, it is exactly the live process environment: no thread, no network, no file.
Importing it imports no third party and little of the standard library; everything but the
accessors is imported when it is first asked for.
"""

from .access import get_config_value, has_config_value, require_config_value
from .errors import (
    AmbiguousNameError,
    ConfigError,
    ConfigSourceError,
    MissingConfigError,
    PolicyError,
    UndeclaredKeyError,
)

__all__ = [
    "AmbiguousNameError",
    "ConfigError",
    "ConfigSourceError",
    "MissingConfigError",
    "PolicyError",
    "UndeclaredKeyError",
    "get_config_value",
    "has_config_value",
    "require_config_value",
]
