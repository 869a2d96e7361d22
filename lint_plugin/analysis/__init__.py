"""What a module does with the process environment, told from its `ast` alone.

source = parse(data, path)              # Source or ParseFailure
index = Index(source)                   # names, scopes, origins
for access in accesses(index): …        # each environment access once
"""

from .access import accesses
from .forms import FORMS, REASONS, Access
from .index import Index, Use
from .prefilter import prefilter
from .scopes import Binding, Place, Scope, scopes_meant
from .source import ParseFailure, Source, Span, parse, uncollected

__all__ = [
    "FORMS",
    "REASONS",
    "Access",
    "Binding",
    "Index",
    "ParseFailure",
    "Place",
    "Scope",
    "Source",
    "Span",
    "Use",
    "accesses",
    "parse",
    "prefilter",
    "scopes_meant",
    "uncollected",
]
