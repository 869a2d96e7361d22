"""One file a transform; the folder is the registry."""
