"""What every part prints with. Imports nothing of ours.

- `write`: the functions that print: `say`, `say_lines`, `say_block`, `say_table`, `put`, `put_json`
- `text`: `Text` and `styled`: strings that are escaped, with styles
- `layout`: `table`, `wrapped`, `shortened`: lines that fit a width
- `progress`: one line that says how far work is
- `stream`: what a stream can show: terminal, width, colour
- `escape`: `visible`: foreign text made harmless
"""
