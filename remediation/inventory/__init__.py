"""Every configuration key of a code base: where it is read, with what, and named where else."""
