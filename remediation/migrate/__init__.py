"""The guided migration: steps in order on a branch of their own, a commit a step, resumable."""
