import os

A = os.getenv(  # one
    "A",  # two
    # three
    default="x",  # four
)  # five
B = (
    os  # six
    .environ["B"]
)
C = (
    os.environ[  # seven
        "C"  # eight
    ]
)
D = "D" in os.environ  # noqa: X100
