"""The keys that a repository declares, and the documents that are written of them."""
