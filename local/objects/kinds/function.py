"""FUNCTION: one in SQL runs; of the others the text is kept, and a call is refused."""

from .routines import Routine


class Function(Routine):
    """User-defined functions."""

    name = "FUNCTION"
    plural = "USER FUNCTIONS"


KIND = Function()
