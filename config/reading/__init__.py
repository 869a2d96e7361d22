"""How a read is answered: cells, tables, snapshot, the process's state."""
