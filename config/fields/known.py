"""The service classes that tools know without reading code: shipped and registered ones."""

from ..errors import ConfigError
from .examples import SHIPPED
from .services import Service

GROUP = "hushflake.services"


def known_services() -> dict[str, type[Service]]:
    """The shipped classes, and those of `registered_services`."""
    return {service.__name__: service for service in SHIPPED} | registered_services()


def registered_services() -> dict[str, type[Service]]:
    """The classes that installed packages register under `hushflake.services`.

    Raises:
        ConfigError: What is registered is no service class.
    """
    from importlib.metadata import entry_points

    found: dict[str, type[Service]] = {}
    for entry in entry_points(group=GROUP):
        service = entry.load()
        if not (isinstance(service, type) and issubclass(service, Service)):
            raise ConfigError(f"{entry.value}: is registered as a service class and is none")
        found[entry.name] = service
    return found
