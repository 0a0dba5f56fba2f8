"""Paths with filters into JSON, as the npm package json-query 2.2.2 answers them.

Every text is a query there: what is not closed or not known has an answer, too. So there is no grammar that
could refuse one; `reading` follows the text from its start, `answering` follows the parts through a value,
`replacing` makes a copy in which another value is at the end of the way.

`answer` gives null where the way ends early and `UNDEFINED` where only its last part is not there.
"""

from gateway.engine.workflow.json_query.answering import answer
from gateway.engine.workflow.json_query.reading import BadQuery
from gateway.engine.workflow.json_query.replacing import NoPlace, replace_found

__all__ = ["BadQuery", "NoPlace", "answer", "replace_found"]
