"""PARSE_URL and PARSE_IP.

https://docs.snowflake.com/en/sql-reference/functions/parse_url
https://docs.snowflake.com/en/sql-reference/functions/parse_ip
"""

import ipaddress
import re
from typing import Any

from ...language.errors import SqlError
from ...language.variants import encode
from . import function

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)


@function("VARCHAR", "BIGINT")
def parse_url(text: str, permissive: int) -> str:
    match = _SCHEME.fullmatch(text)
    if match is None:
        return _failed("URL", "scheme not specified", permissive)
    scheme, rest = match[1], match[2]
    rest, hash_mark, fragment = rest.partition("#")
    rest, question, query = rest.partition("?")
    host: str | None = None
    port: str | None = None
    path = rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        host, colon, last = authority.rpartition(":")
        if colon and last.isdigit():
            port = last
        else:
            host = authority
        if not slash:
            path = ""
    found: dict[str, Any] = {
        "fragment": fragment if hash_mark else None,
        "host": host,
        "parameters": _parameters(query) if question else None,
        "path": path,
        "port": port,
        "query": query if question else None,
        "scheme": scheme,
    }
    return encode(found)


def _parameters(query: str) -> dict[str, str | None]:
    made: dict[str, str | None] = {}
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if name:
            made[name] = value if equals else None
    return made


def _failed(kind: str, why: str, permissive: int) -> str:
    if permissive:
        return encode({"error": why})
    raise SqlError(f"Error parsing {kind}: {why}", 100139, "22000")


@function("VARCHAR", "VARCHAR", "BIGINT")
def parse_ip(text: str, kind: str, permissive: int) -> str:
    try:
        # Of the address itself nothing is cut off, whatever the network.
        interface = ipaddress.ip_interface(text)
        if kind.lower() not in {"inet", "cidr"}:
            raise ValueError
    except ValueError:
        return _failed("IP", f"invalid address '{text[:60]}'", permissive)
    host = text.partition("/")[0]
    number = int(interface.ip)
    found: dict[str, Any] = {
        "family": interface.version,
        "host": host,
        "ip_type": kind.lower(),
        "snowflake$type": "ip_address",
    }
    network = interface.network
    if "/" in text:
        found["netmask_prefix_length"] = network.prefixlen
    first, last = int(network.network_address), int(network.broadcast_address)
    if interface.version == 4:
        found |= {"ip_fields": [number, 0, 0, 0], "ipv4": number}
        if "/" in text:
            found |= {"ipv4_range_start": first, "ipv4_range_end": last}
        return encode(found)
    found["ip_fields"] = [number >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0)]
    found["hex_ipv6"] = f"{number:032X}"
    if "/" in text:
        found |= {"hex_ipv6_range_start": f"{first:032X}", "hex_ipv6_range_end": f"{last:032X}"}
    return encode(found)
