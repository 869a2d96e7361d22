"""Git, as the static tools call it: what lies in a repository, its index and its objects."""
