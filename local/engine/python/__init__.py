"""Functions in Python: their code runs in a process of its own, which `child.py` is."""
