"""Where a change came from, in the schema's own names."""

_BASE = "http://midpoint.evolveum.com/xml/ns/public/common/channels-3#"
REST = f"{_BASE}rest"
RECOMPUTE = f"{_BASE}recompute"
