"""`okr serve`: the dashboard and the API, from what was published last.

settings.py      what can be set
server.py        listens, and stops when it is told to
app.py           which address is answered by whom
guard.py         who may ask, and what every answer carries: checked here once, for every address
access.py        tokens and the sessions of browsers
asking.py        one question, checked: who asks, which publication, which parameters
answer.py        one answer: bytes, their kind, their ETag
problem.py       what could not be answered, as problem+json or as a page
shelf.py         the publication that is shown; looks for a newer one
publication.py   one publication: its documents and its database, which belong together
scope.py         what a viewer may see of a document, and what filters leave of it
past.py          a document as of an earlier day
pages.py         the dashboard's pages
ledgers.py       the pages about the machinery: sources, runs and deliveries, lint
tables.py        the API's tables
evidence.py      the rows behind a number
metrics.py       for Prometheus
openapi.py       the API's description

What cannot be guessed: handlers are plain functions from a question to an answer, and answers are kept until a newer copy lands. What a
viewer may see is cut out of the document before any handler looks at it, so that a handler cannot leak what it never had.
"""
