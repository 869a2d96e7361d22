"""How a client of Snowflake is told about a local stack: `hushflake stack start --print`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .stack_clients import CONNECTION, connection_entry, variables

if TYPE_CHECKING:
    from hushflake.local.server.process.lifecycle import Endpoint


def _env(endpoint: "Endpoint", place: Mapping[str, str]) -> str:
    lines = []
    for key, value in variables(endpoint, place).items():
        if key == "SNOWFLAKE_PASSWORD":
            lines.append(f"export {key}=\"$(cat '{endpoint.token_file}')\"")
        else:
            lines.append(f"export {key}='{value}'")
    return "\n".join(lines) + "\n"


def _dbt(endpoint: "Endpoint", place: Mapping[str, str]) -> str:
    rows = [
        "hushflake:  # ~/.dbt/profiles.yml",
        "  target: local",
        "  outputs:",
        "    local:",
        "      type: snowflake",
        "      account: local",
        f"      host: {endpoint.host}",
        f"      port: {endpoint.port}",
        "      protocol: http",
        f"      user: {endpoint.connect_arguments()['user']}",
        "      password: \"{{ env_var('SNOWFLAKE_PASSWORD') }}\"",
        f"      database: {place.get('database', 'ANALYTICS')}",
        f"      schema: {place.get('schema', 'PUBLIC')}",
        f"      warehouse: {place.get('warehouse', 'COMPUTE_WH')}",
    ]
    if "role" in place:
        rows.append(f"      role: {place['role']}")
    return "\n".join([*rows, *_password_note(endpoint)]) + "\n"


def _password_note(endpoint: "Endpoint") -> list[str]:
    return [f"# export SNOWFLAKE_PASSWORD=\"$(cat '{endpoint.token_file}')\""]


def _sqlalchemy(endpoint: "Endpoint", place: Mapping[str, str]) -> str:
    rows = [
        "from pathlib import Path",
        "from snowflake.sqlalchemy import URL",
        "from sqlalchemy import create_engine",
        "",
        f"token = Path({str(endpoint.token_file)!r}).read_text()",
        "url = URL(",
        f'    account="local", user="{endpoint.connect_arguments()["user"]}", password=token,',
        f'    host="{endpoint.host}", port={endpoint.port}, protocol="http",',
        *(f"    {key}={value!r}," for key, value in place.items()),
        ")",
        "engine = create_engine(url)",
    ]
    return "\n".join(rows) + "\n"


def _snowpark(endpoint: "Endpoint", place: Mapping[str, str]) -> str:
    rows = [
        "from pathlib import Path",
        "from snowflake.snowpark import Session",
        "",
        f"token = Path({str(endpoint.token_file)!r}).read_text()",
        "session = Session.builder.configs({",
        f'    "account": "local", "user": "{endpoint.connect_arguments()["user"]}",',
        '    "password": token,',
        f'    "host": "{endpoint.host}", "port": {endpoint.port}, "protocol": "http",',
        *(f'    "{key}": {value!r},' for key, value in place.items()),
        "}).create()",
    ]
    return "\n".join(rows) + "\n"


FORMS: dict[str, "Callable[[Endpoint, Mapping[str, str]], str]"] = {
    "dbt": _dbt,
    "sqlalchemy": _sqlalchemy,
    "snowpark": _snowpark,
    "snow": lambda endpoint, place: connection_entry(endpoint, place, CONNECTION),
    "env": _env,
}
