"""What every part prints with: foreign text made harmless. Imports nothing of ours."""
