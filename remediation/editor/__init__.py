"""The language server: `hushflake lsp`.

`text` counts places as the protocol does, `checking` turns an open document into findings,
`notebook` open cells into a file, `fixes` findings into changes, and `server` speaks the protocol
(pygls). Nothing of a workspace is run or imported: a document is checked as `hushflake check`
checks its file.
"""
