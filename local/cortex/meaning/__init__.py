"""The packaged model that makes vectors of texts: its words, its weights, its arithmetic."""

NAME = "all-MiniLM-L6-v2-int8"
