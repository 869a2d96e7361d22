def f():
    import os
    "No docstring."
    return os.getenv("A")
