"""midPoint's authorization actions, and what they mean here (midpoint-rest 2.6)."""

from __future__ import annotations

from gateway.model.principal import Right

SECURITY = "http://midpoint.evolveum.com/xml/ns/public/security/"
ALL = f"{SECURITY}authorization-3#all"
REST = f"{SECURITY}authorization-rest-3#"
MODEL = f"{SECURITY}authorization-model-3#"

#: Actions of the first gate: which requests are let in.
ENTRIES = frozenset(
    "getObject getObjects searchObjects addObject modifyObject deleteObject runTask suspendTask "
    "resumeTask generateValue validateValue rpcGenerateValue rpcValidateValue getSelf".split()
)
#: Actions of the second gate: what they may do, and to which objects.
RIGHTS: dict[str, frozenset[str]] = {
    "read": frozenset({Right.READ, Right.SEARCH}),
    "get": frozenset({Right.READ}),
    "search": frozenset({Right.SEARCH}),
    "add": frozenset({Right.ADD}),
    "modify": frozenset({Right.MODIFY}),
    "delete": frozenset({Right.DELETE}),
    "runTaskImmediately": frozenset({Right.RUN}),
    "suspendTask": frozenset({Right.SUSPEND}),
    "resumeTask": frozenset({Right.RESUME}),
    "rawOperation": frozenset({Right.RAW}),
}
_MEANING: dict[str, frozenset[str]] = {
    ALL: frozenset(Right) | ENTRIES,
    f"{REST}all": ENTRIES,
    # Not part of `all` of its namespace: the original looks for nothing but this action.
    f"{REST}proxy": frozenset({Right.ACT}),
    **{f"{REST}{name}": frozenset({name}) for name in ENTRIES},
    **{f"{MODEL}{name}": rights for name, rights in RIGHTS.items()},
}
_EVERY_RIGHT: frozenset[str] = frozenset().union(*RIGHTS.values())
_NOTHING: frozenset[str] = frozenset()


class MidpointActions:
    """See `gateway.engine.rights.held.Actions`."""

    entries = ENTRIES

    def find_allowed(self, action: str) -> frozenset[str]:
        """What the action allows; nothing if it is about something that is not served."""
        return _MEANING.get(action, _NOTHING)

    def find_denied(self, action: str) -> frozenset[str]:
        """What goes with the action.

        Actions such as `assign` single out what is a change of an object here; so that nothing gets
        past them, one that is not known takes all that is done to objects, or all entries.
        """
        found = _MEANING.get(action)
        if found is not None:
            return found
        if action.startswith(MODEL):
            return _EVERY_RIGHT
        return ENTRIES if action.startswith(REST) else _NOTHING
