"""`ORDER BY VECTOR_*(column, vector) LIMIT k` answered from a matrix beside DuckDB's table."""
