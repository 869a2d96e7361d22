"""A rewrite as one branch per owner or package: planned from names, made by plumbing alone."""
