"""Values for programs and libraries that read the process environment."""
