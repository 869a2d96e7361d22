"""PROCEDURE: one in SQL runs, statement by statement; of the others the text is kept."""

from .routines import Routine


class Procedure(Routine):
    """Stored procedures."""

    name = "PROCEDURE"
    plural = "PROCEDURES"


KIND = Procedure()
