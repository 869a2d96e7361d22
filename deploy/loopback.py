"""What the connector must be told, through the environment, when the account is on this machine.

It has no argument for either: it would send loopback requests to the proxy of a company network,
and ask the cloud's metadata addresses at each login where it runs, which takes seconds off-cloud.
"""

import os
import socket

HOST = "127.0.0.1"
NAMES = frozenset({HOST, "localhost", "::1"})
"""Hosts to which plain HTTP may go."""
_NO_PROXY = ("NO_PROXY", "no_proxy")


def answers(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0):
            return True
    except OSError:
        return False


def keep_to_this_machine() -> None:
    """Exempt loopback from proxies, and look for no cloud platform, in this process."""
    os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
    for name in _NO_PROXY:
        # The process's own environment is meant: the connector reads that, and no source of ours.
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        if HOST not in hosts and "*" not in hosts:
            os.environ[name] = ",".join([*hosts, HOST])
