"""The account's side: the tables that the sync keeps there, and the rows of the entities."""
