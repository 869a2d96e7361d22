from functools import cache

from hushflake.config import get_config_value, require_config_value


@cache(get_config_value("SIZE"))
def f(x=get_config_value("X"), *, y: require_config_value("Y") = None) -> get_config_value("Z"):
    return lambda k: get_config_value(k, get_config_value("OTHER", require_config_value("LAST")))


class C:
    a = require_config_value("A")

    def m(self):
        if (v := get_config_value("V")) and [get_config_value(k) for k in v]:
            return f"{require_config_value('W')!r:>{get_config_value('WIDTH', 3)}}" f"""
                {{os.getenv}} {get_config_value("N"):{'x'}} é {require_config_value("O")}
            """
        return get_config_value("P").strip().split(",")[0]
