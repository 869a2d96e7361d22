"""Reads whose key is handed on: through functions, methods, objects, modules and constants.

`def envint(name): return int(os.getenv(name))` reads nothing by itself; `envint("PORT")` does.
`texts` works a key out as far as it is written, `things` are what a key can be handed to, `scan`
finds in one file where they are used, and `rounds` goes on to the files that import them.
"""
