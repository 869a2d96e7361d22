"""The kinds of files that are looked at: one module, one kind. The folder is their registry.

`base.Kind` is what a kind is, and describes the two families: files that hold Python, and files
that hold configuration. `table` finds the kind of a file. Nothing else names a kind.
"""
