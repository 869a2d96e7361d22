"""How findings are reported: one file per format, its name that of the file.

A reporter has `report(outcome, **options)`, which yields lines; one whose lines are not one JSON
document says `IS_JSON = False`.
"""
