"""What a module does with the process environment, told from its `ast` alone."""
