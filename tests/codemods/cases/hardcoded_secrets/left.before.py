"""Connects with redis://:hunter2x9Q7zKpW4Rt6Lm@cache.acme.io/0."""
from typing import Literal

import numba

# old_password = "hunter3x"
FORMAT = "postgresql://app:hunter4x@%s/main" % host
OTHER = "postgresql://app:hunter5x@{}/main".format(host)
given_password: Literal["hunter6x"] = read()
KEPT_PASSWORD = "hunter7x"  # hushflake: ignore[HSF301] printed on every box
QUIET_PASSWORD = "hunter8x"  # noqa: HSF301
COMMENTED_PASSWORD = (
    "hunter"  # the first part
    "9x"
)
PRINTED = f"{connect(db_password='hunter10x')}"


@numba.jit(db_password="hunter11x")
def compiled():
    pass


match password:
    case "hunter12x":
        pass
