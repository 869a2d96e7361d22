"""The values of the configured sources, for `check --known`: collected, chosen, forgotten.

`choose` says which values are worth a search; `collect` asks the sources, makes fingerprints of
these values, and keeps nothing else.
"""
