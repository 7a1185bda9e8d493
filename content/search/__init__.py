"""The site's own search: full text over character bigrams in an SQLite file, one writer and many readers.

SQLite's own tokenizers take a run of Chinese for one word, and its trigrams find no word of two characters (医保), so
the tokens are made here (``tokens``) and FTS5 only keeps and intersects them.
"""

from content.search.document import Facets, Found, Hit, Part, Query, SearchDocument, State
from content.search.index import SearchBusy, SearchIndex, SearchUnusable
from content.search.reader import SearchReader

__all__ = [
    "Facets",
    "Found",
    "Hit",
    "Part",
    "Query",
    "SearchBusy",
    "SearchDocument",
    "SearchIndex",
    "SearchReader",
    "SearchUnusable",
    "State",
]
