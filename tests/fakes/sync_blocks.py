"""One example of every block of Notion's, as its Markdown spells it, and what becomes of it here.

Spelled as "Enhanced markdown format", developers.notion.com/guides/data-apis/enhanced-markdown.
"""

ROUND, KEPT = "round trip", "kept as it is"
URL = "https://www.notion.so/0123456789abcdef0123456789abcdef"

BLOCKS: dict[str, tuple[str, str]] = {
    "paragraph": (ROUND, "Plain text with \\* and \\[escapes\\]"),
    "paragraph with color": (ROUND, 'Coloured {color="red_bg"}'),
    "nested paragraph": (ROUND, "Parent\n\tChild\n\t\tGrandchild"),
    "heading 1": (ROUND, "# One"),
    "heading 2": (ROUND, "## Two"),
    "heading 3": (ROUND, "### Three"),
    "heading 4": (ROUND, "#### Four"),
    "toggle heading": (ROUND, '# Toggled {toggle="true"}\n\tInside'),
    "bulleted list": (ROUND, "- one\n- two\n\t- three"),
    "numbered list": (ROUND, "1. one\n2. two"),
    "to-do": (ROUND, "- [ ] open\n- [x] done"),
    "quote": (ROUND, "> said<br>twice"),
    "toggle": (ROUND, "<details>\n<summary>More</summary>\n\tHidden\n</details>"),
    "callout": (ROUND, '<callout icon="💡" color="gray_bg">\n\tMind this\n</callout>'),
    "code": (ROUND, "```python\nprint('*')\n```"),
    "mermaid": (ROUND, "```mermaid\ngraph TD; A-->B\n```"),
    "equation": (ROUND, "$$\nE = mc^2\n$$"),
    "divider": (ROUND, "---"),
    "empty line": (ROUND, "<empty-block/>"),
    "table": (
        ROUND,
        '<table header-row="true">\n\t<tr color="blue">\n\t\t<td>**a**</td>\n\t</tr>\n</table>',
    ),
    "columns": (
        ROUND,
        "<columns>\n\t<column>\n\t\tLeft\n\t</column>\n\t<column>\n\t\tRight\n\t</column>\n</columns>",
    ),
    "image": (ROUND, "![A caption](https://example.org/a.png)"),
    "video": (ROUND, '<video src="https://example.org/a.mp4">Clip</video>'),
    "audio": (ROUND, '<audio src="https://example.org/a.mp3">Talk</audio>'),
    "file": (ROUND, '<file src="https://example.org/a.zip">Archive</file>'),
    "pdf": (ROUND, '<pdf src="https://example.org/a.pdf">Paper</pdf>'),
    "table of contents": (ROUND, "<table_of_contents/>"),
    "bold, italic, strike, underline, code": (
        ROUND,
        '**b** *i* ~~s~~ <span underline="true">u</span> `c`',
    ),
    "link": (ROUND, "[text](https://example.org)"),
    "color of text": (ROUND, '<span color="red">warning</span>'),
    "inline equation": (ROUND, "Where $x^2$ is"),
    "mention of a user": (ROUND, f'<mention-user url="{URL}">Ann</mention-user> said'),
    "mention of a page": (ROUND, f'See <mention-page url="{URL}">That</mention-page>'),
    "mention of a data source": (ROUND, f'In <mention-database url="{URL}">It</mention-database>'),
    "mention of a date": (ROUND, 'On <mention-date start="2026-01-31"/>'),
    "custom emoji": (ROUND, "Party :party_parrot:"),
    "citation": (ROUND, "Known[^https://example.org]"),
    "child page": (KEPT, f'<page url="{URL}">A page below</page>'),
    "child database": (KEPT, f'<database url="{URL}" inline="true">Tasks</database>'),
    "synced block": (KEPT, f'<synced_block url="{URL}">\n\tShared\n</synced_block>'),
    "copy of a synced block": (
        KEPT,
        f'<synced_block_reference url="{URL}">\n\tShared\n</synced_block_reference>',
    ),
    "meeting notes": (KEPT, "<meeting-notes>\nNotes\n</meeting-notes>"),
    "bookmark, embed and what else Markdown lacks": (
        KEPT, f'<unknown url="{URL}#1" alt="bookmark"/>'
    ),
}  # fmt: skip
