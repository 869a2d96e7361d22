"""`check --history`: which credentials the history of a repository holds, and since when.

`log` reads the commits and what each changes, `scan` has every version of a file checked once,
`timeline` says in which commits what was found is held, `refs` where it is now. `run` puts them
together to a `model.History`, which `told_*` tell. `store` keeps what was found for the next run.
"""
