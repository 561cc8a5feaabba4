"""What a text of SQL says: its words and signs, without comments, white space and the case of words.

Hashes are taken of these (`identity.sql_hash`), because a comment in a metric must not freeze its baselines anew; and they are read by
a few patterns of our own instead of a parser's printer, so that no new version of a library renames anything.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
    |(?P<comment>/\*)
    |(?P<quoted>\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<word>\$?\w+(?:\.\d\w*)?)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def sql_tokens(sql: str) -> list[str]:
    """Words in lower case, quoted text as it is, signs one by one; semicolons at the end say nothing."""
    tokens = []
    place = 0
    while found := _TOKEN.match(sql, place):
        place = found.end()
        if found["comment"]:
            place = _end_of_comment(sql, place)
        elif not found["space"]:
            tokens.append(found[0].lower() if found["word"] else found[0])
    while tokens and tokens[-1] == ";":
        tokens.pop()
    return tokens


def _end_of_comment(sql: str, place: int) -> int:
    """Block comments may stand in one another; one that is never closed goes to the end."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, place):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)
