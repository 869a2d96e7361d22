"""What stands between an assistant and a secret: the judgement of a tool call or a prompt.

`hosts/` has one file per assistant: what it sends, what it wants as an answer, and where its hooks
are configured. `judge` decides; it knows no assistant. `settings_file` and `git_hook` install.

An assistant calls its hook at each tool call, so `hushflake hook run` starts without click and
imports the rules only where a text may hold something.

The configuration of a repository decides nothing here: no `pyproject.toml`, comment, baseline or
`.env` of it is read, so that a hostile repository can loosen nothing.
"""
