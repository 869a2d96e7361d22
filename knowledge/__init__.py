"""The knowledge base: load, embed, search."""
