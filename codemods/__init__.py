"""LibCST codemods: one file a transform, and the runner that applies them to a tree."""
