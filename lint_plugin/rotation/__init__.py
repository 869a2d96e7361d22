"""The rotation list: what to revoke, where it was issued, and which places hold it.

`model` makes it of the findings of a run or of a history; `markdown` and `document` tell it.
"""
