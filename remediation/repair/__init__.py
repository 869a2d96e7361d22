"""Moves hard-coded secrets into a store: the values first, then the code that reads them."""
