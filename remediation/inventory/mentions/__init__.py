"""Where else a key is named: one file a kind of file. The folder is the registry."""
