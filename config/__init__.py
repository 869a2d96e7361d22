"""Run-time configuration: the accessors that rewritten code calls.

Unconfigured, it is exactly the live process environment: no thread, no network, no file.
Importing it imports no third party and little of the standard library; everything but the
accessors is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from .access import get_config_value, has_config_value, require_config_value
from .errors import (
    AmbiguousNameError,
    ConfigError,
    ConfigSourceError,
    MissingConfigError,
    PolicyError,
    UndeclaredKeyError,
)

if TYPE_CHECKING:
    from .control import (
        audit_snapshot,
        configure,
        describe,
        flush_audit,
        preload,
        refresh,
        unconfigure,
    )
    from .export import export_to_environment
    from .logs import RedactingHandler, redact_logging
    from .overrides import (
        config_overrides,
        remove_config_override,
        reset_config_overrides,
        set_config_override,
    )
    from .secret import Secret
    from .services import (
        AIConfig,
        BusinessConfig,
        DataConfig,
        InfrastructureConfig,
        Service,
        ServiceError,
        setting,
    )

_LATE = {
    "control": (
        "audit_snapshot",
        "configure",
        "describe",
        "flush_audit",
        "preload",
        "refresh",
        "unconfigure",
    ),
    "export": ("export_to_environment",),
    "logs": ("RedactingHandler", "redact_logging"),
    "overrides": (
        "config_overrides",
        "remove_config_override",
        "reset_config_overrides",
        "set_config_override",
    ),
    "secret": ("Secret",),
    "services": (
        "AIConfig",
        "BusinessConfig",
        "DataConfig",
        "InfrastructureConfig",
        "Service",
        "ServiceError",
        "setting",
    ),
}
_MODULE_OF = {name: module for module, names in _LATE.items() for name in names}

__all__ = [
    "AIConfig",
    "AmbiguousNameError",
    "BusinessConfig",
    "ConfigError",
    "ConfigSourceError",
    "DataConfig",
    "InfrastructureConfig",
    "MissingConfigError",
    "PolicyError",
    "RedactingHandler",
    "Secret",
    "Service",
    "ServiceError",
    "UndeclaredKeyError",
    "audit_snapshot",
    "config_overrides",
    "configure",
    "describe",
    "export_to_environment",
    "flush_audit",
    "get_config_value",
    "has_config_value",
    "preload",
    "redact_logging",
    "refresh",
    "remove_config_override",
    "require_config_value",
    "reset_config_overrides",
    "set_config_override",
    "setting",
    "unconfigure",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
