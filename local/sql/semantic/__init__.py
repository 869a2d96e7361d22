"""Semantic views: what their definition says, and the query that SEMANTIC_VIEW(…) stands for."""
