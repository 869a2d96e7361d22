import os
from functools import cache


@cache(os.getenv("SIZE"))
def f(x=os.environ.get("X"), *, y: os.environ["Y"] = None) -> os.getenv("Z"):
    return lambda k: os.getenv(k, os.environ.get("OTHER", os.environ["LAST"]))


class C:
    a = os.environ["A"]

    def m(self):
        if (v := os.getenv("V")) and [os.getenv(k) for k in v]:
            return f"{os.environ['W']!r:>{os.getenv('WIDTH', 3)}}" f"""
                {{os.getenv}} {os.getenv("N"):{'x'}} é {os.environ["O"]}
            """
        return os.getenv("P").strip().split(",")[0]
