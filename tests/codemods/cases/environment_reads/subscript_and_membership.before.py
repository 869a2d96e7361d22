import os

A = os.environ["A"]
B = os.environ[ "B" ].lower()
if"C" in os.environ and "D" not in os.environ:
    print(not "E" in os.environ)
F = [key for key in ("X", "Y") if key not in os.environ]
G = (
    "G"  # why
    in os.environ
)
H = os.environ[
    # the key
    "H"
]
