"""Jupyter notebooks: JSON whose strings hold lines of code, with what the code printed.

`scan` finds cells, and where each string stands in the file; `magics` blanks what is no Python;
`layout` makes one module of the code cells, and tells places in both directions; `outputs` looks
for secrets in what was printed. The format: https://nbformat.readthedocs.io/en/latest/
"""
