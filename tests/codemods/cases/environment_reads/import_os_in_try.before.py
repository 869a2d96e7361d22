try:
    import os
except ImportError:
    raise SystemExit from None
if True:
    import os as o

A = os.getenv("A") or o.getenv("B")
