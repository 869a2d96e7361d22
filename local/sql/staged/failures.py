"""What is wrong with a record of a staged file."""

from dataclasses import dataclass

from ...language.errors import SqlError


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in a file.

    Attributes:
        message: As Snowflake words it.
        code: Its number.
        row: Of the record, from 1.
        line: On which the record begins, from 1.
        character: Where in the line, from 1, when that is known.
        column: Number of the column, from 1; 0 when none is to blame.
        state: The SQLSTATE.
        category: `parsing` or `conversion`.
        fatal: Whether nothing behind it can be read.
    """

    message: str
    code: int
    row: int
    line: int
    character: int = 1
    column: int = 0
    state: str = "22000"
    category: str = "parsing"
    fatal: bool = False

    def error(self, file: str, column: str | None) -> SqlError:
        """Return the error with which COPY ends.

        Args:
            file: As it is shown.
            column: `"TABLE"["COLUMN":1]`, where one is to blame.
        """
        blamed = f", column {column}" if column else ""
        return SqlError(
            f"{self.message}\n  File '{file}', line {self.line}, character {self.character}\n"
            f"  Row {self.row}{blamed}\n"
            "  If you would like to continue loading when an error is encountered, use other values "
            "such as 'SKIP_FILE' or 'CONTINUE' for the ON_ERROR option.",
            self.code,
            self.state,
        )
