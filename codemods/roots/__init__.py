"""Import roots: from where the modules of a repository are imported, and under which names."""
