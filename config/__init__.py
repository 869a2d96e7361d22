"""Run-time configuration: the accessors that rewritten code calls.

It is unconfigured only where neither code nor the project's `pyproject.toml` nor a variable
configures anything. Then it is exactly the live process environment: no thread, no network, and no
file but that `pyproject.toml`, which is looked for at the first read.

Importing it imports no third party and little of the standard library; everything but the accessors
is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from .errors import (
    AmbiguousNameError,
    ConfigCheckError,
    ConfigError,
    ConfigSourceError,
    InvalidConfigError,
    MissingConfigError,
    PolicyError,
    UndeclaredKeyError,
)
from .reading.access import get_config_value, has_config_value, require_config_value
from .reading.first import found_by as _found_by

if TYPE_CHECKING:
    from .censor.logs import RedactingHandler, redact_logging
    from .control import (
        audit_snapshot,
        configure,
        describe,
        flush_audit,
        preload,
        refresh,
        unconfigure,
    )
    from .declared.check import check_config, config_problems
    from .declared.typed import ConfigKeys, Typed
    from .exporting.export import export_to_environment
    from .fields.examples import AIConfig, BusinessConfig, DataConfig, InfrastructureConfig
    from .fields.parts import ServiceError
    from .fields.services import Service, setting
    from .fields.texts import Base64, Json, Url
    from .overrides import (
        config_overrides,
        remove_config_override,
        reset_config_overrides,
        set_config_override,
    )
    from .reading.cells import Table as _Table
    from .secret import Secret

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
    "declared.check": ("check_config", "config_problems"),
    "declared.typed": ("ConfigKeys", "Typed"),
    "exporting.export": ("export_to_environment",),
    "censor.logs": ("RedactingHandler", "redact_logging"),
    "overrides": (
        "config_overrides",
        "remove_config_override",
        "reset_config_overrides",
        "set_config_override",
    ),
    "secret": ("Secret",),
    "fields.examples": ("AIConfig", "BusinessConfig", "DataConfig", "InfrastructureConfig"),
    "fields.parts": ("ServiceError",),
    "fields.services": ("Service", "setting"),
    "fields.texts": ("Base64", "Json", "Url"),
}
_MODULE_OF = {name: module for module, names in _LATE.items() for name in names}

__all__ = [
    "AIConfig",
    "AmbiguousNameError",
    "Base64",
    "BusinessConfig",
    "ConfigCheckError",
    "ConfigError",
    "ConfigKeys",
    "ConfigSourceError",
    "DataConfig",
    "InfrastructureConfig",
    "InvalidConfigError",
    "Json",
    "MissingConfigError",
    "PolicyError",
    "RedactingHandler",
    "Secret",
    "Service",
    "ServiceError",
    "Typed",
    "UndeclaredKeyError",
    "Url",
    "audit_snapshot",
    "check_config",
    "config_overrides",
    "config_problems",
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


def _find() -> "_Table":
    from .reading.beginning import begun

    return begun()


_found_by(_find)


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
