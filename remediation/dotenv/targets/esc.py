"""Pulumi ESC: all keys below `values.environmentVariables`, in one patch guarded by its ETag."""

from collections.abc import Collection, Mapping

from hushflake.config.esc.definition import Setting, save
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.errors import EscError, StaleDefinitionError
from hushflake.config.esc.names import names
from hushflake.config.esc.values import leaves
from hushflake.config.settings import Settings
from hushflake.config.sources.esc import EscSource

from .base import StaleTargetError, TargetOptions, advised

SCHEME = "esc"
USAGE = "esc:ORGANISATION/PROJECT/ENVIRONMENT"
EXTRA = "esc"
READING = ""  # the extra writes definitions
NEEDS = "PULUMI_ACCESS_TOKEN in its environment"
PERMISSION = ""  # a repository may name an environment


class EscTarget:
    """An ESC environment. The access token comes from `PULUMI_ACCESS_TOKEN`."""

    def __init__(self, name: str, options: TargetOptions) -> None:
        self.environment = Environment.parse(name)
        self.options = options
        # A person waits: more patience than a program that starts.
        settings = Settings(esc=name, connect_timeout=5.0, read_timeout=15.0, total_timeout=30.0)
        self.client = EscSource(settings).client()

    def refused(self, keys: Collection[str]) -> dict[str, str]:
        why = "Pulumi ESC takes a dot for the step into a map; rename the key"
        return {key: why for key in keys if "." in key}

    def read(self, keys: Collection[str]) -> dict[str, str]:
        try:
            session = self.client.open(self.environment, duration="1m0s")
        except EscError as error:
            if error.status == 404 and self.options.create:
                return {}
            raise
        held = names(leaves(self.client.read(self.environment, session))).leaves
        return {key: held[key].text or "" for key in keys if key in held}

    def write(self, values: Mapping[str, str]) -> str:
        if self.options.create:
            try:
                self.client.create(self.environment)
            except EscError as error:
                if error.status != 409:
                    raise
        settings = {
            key: Setting(value, secret=value != "" and key not in self.options.plain)
            for key, value in values.items()
        }
        try:
            revision, _ = save(self.client, self.environment, settings)
        except StaleDefinitionError:
            raise StaleTargetError from None
        return str(revision)

    def advice(self, keys: Collection[str]) -> str:
        return advised(self.arguments(keys))

    def arguments(self, _keys: Collection[str]) -> dict[str, object]:
        return {"esc": str(self.environment)}


OPEN = EscTarget
