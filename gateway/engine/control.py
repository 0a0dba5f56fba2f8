"""What happens when items fail: reactions to single failures, and policies over all of them.

midpoint-tasks 3.5. `Control` is what a definition says; a `Judge` applies it to one item after the
other where they are computed, so that a run ends right at the item that is too much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gateway.clock import instant, seconds_of
from gateway.errors import SchemaViolation
from gateway.model.run import Halt, Retry
from gateway.model.values import seconds_in

if TYPE_CHECKING:
    from gateway.engine.activities.base import ItemResult
    from gateway.model.documents import Document

#: Statuses of an item that is counted as failed.
FAILURES = frozenset({"partial_error", "fatal_error", "handled_error", "unknown", "in_progress"})
FIRST_RETRY, NEXT_RETRY = 30 * 60.0, 6 * 3_600.0
ReactionKind = Literal["ignore", "stop", "retry"]
PolicyAction = Literal["suspend", "skip", "notify"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Which results are meant; nothing given means every failure."""

    statuses: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def fits(self, result: ItemResult) -> bool:
        """Whether the result is one of them."""
        wanted = self.statuses or FAILURES
        return result.status in wanted and (
            not self.categories or result.category in self.categories
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """What to do about a failed item."""

    situation: Situation
    kind: ReactionKind
    #: The n-th failure stops, whatever the kind.
    stop_after: int | None = None
    #: Seconds to the first and to further tries, and how many tries there are.
    first: float = FIRST_RETRY
    following: float = NEXT_RETRY
    limit: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A limit on a whole activity."""

    name: str
    action: PolicyAction
    situation: Situation | None = None
    #: So many items, or percent of all items.
    count: int | None = None
    percentage: float | None = None
    #: Seconds that the run may work.
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """How an activity handles failures."""

    reactions: tuple[Reaction, ...] = ()
    policies: tuple[Policy, ...] = ()

    def overtime(self, seconds: float) -> Policy | None:
        """The policy that forbids to have worked so long."""
        limits = (p for p in self.policies if p.seconds is not None and seconds > p.seconds)
        return next(limits, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What follows from one item's result."""

    retry: Retry | None = None
    #: The item is tried again when the run goes on.
    is_provisional: bool = False
    halt: Halt | None = None
    notices: tuple[str, ...] = ()


FINE = Judgement()


@dataclass(slots=True)
class Judge:
    """Applies a control to items in order; counts from what was counted before."""

    control: Control
    expected: int | None
    failed: int = 0
    processed: int = 0
    #: By policy name: items that fitted.
    matched: dict[str, int] = field(default_factory=dict)

    def judge(self, result: ItemResult, seq: int, attempt: int, now: str) -> Judgement:
        """What the item's result means for it, and for all that come after it."""
        self.processed += 1
        if not self.control.reactions and not self.control.policies:
            return FINE
        judgement = self._react(result, seq, attempt, now) if result.status in FAILURES else FINE
        if judgement.halt is not None:
            return judgement
        halt, notices = self._limits(result)
        return Judgement(retry=judgement.retry, halt=halt, notices=notices)

    def _react(self, result: ItemResult, seq: int, attempt: int, now: str) -> Judgement:
        self.failed += 1
        reaction = next((r for r in self.control.reactions if r.situation.fits(result)), None)
        if reaction is None:
            return FINE
        too_many = reaction.stop_after is not None and self.failed >= reaction.stop_after
        if reaction.kind == "stop" or too_many:
            message = f"Stopped at a failed item: {result.message}"
            return Judgement(is_provisional=True, halt=Halt(kind="stop", message=message))
        if reaction.kind == "retry" and (reaction.limit is None or attempt < reaction.limit):
            pause = reaction.first if attempt == 0 else reaction.following
            due = instant(seconds_of(now) + pause)
            return Judgement(retry=Retry(seq=seq, due=due, attempt=attempt + 1))
        return FINE

    def _limits(self, result: ItemResult) -> tuple[Halt | None, tuple[str, ...]]:
        notices: list[str] = []
        for policy in self.control.policies:
            if policy.situation is None or not policy.situation.fits(result):
                continue
            count = self.matched.get(policy.name, 0) + 1
            self.matched[policy.name] = count
            message = self._exceeded(policy, count)
            if message is None:
                continue
            if policy.action != "notify":
                return Halt(kind=policy.action, message=message), tuple(notices)
            notices.append(message)
        return None, tuple(notices)

    def _exceeded(self, policy: Policy, count: int) -> str | None:
        if policy.count is not None and count >= policy.count:
            return f"The policy '{policy.name}' allows fewer than {policy.count} such items."
        share = 100 * count / max(1, self.expected or self.processed)
        if policy.percentage is not None and share >= policy.percentage:
            return (
                f"The policy '{policy.name}' allows less than {policy.percentage:g} % such items."
            )
        return None


def control_of(activity: Document) -> Control:
    """The control that an activity's definition asks for; raises `SchemaViolation` for bad ones."""
    entries = activity.get("controlFlow", {}).get("errorHandling", {}).get("entry", [])
    ordered = sorted(entries, key=lambda entry: (entry.get("order") is None, entry.get("order", 0)))
    policies: Document = activity.get("policies", {})
    ignored = policies.get("processing", {}).get("activityPolicies") == "none"
    given = [] if ignored else policies.get("policy", [])
    return Control(
        reactions=tuple(_reaction(entry) for entry in ordered),
        policies=tuple(p for n, each in enumerate(given, 1) for p in _policies(each, n)),
    )


def _situation(defined: Document) -> Situation:
    return Situation(
        statuses=frozenset(defined.get("status", ())),
        categories=frozenset(defined.get("errorCategory", ())),
    )


def _reaction(entry: Document) -> Reaction:
    defined: Document = entry.get("reaction", {"stop": {}})
    kinds = [name for name in ("ignore", "stop", "retryLater") if name in defined]
    if len(kinds) > 1:
        raise SchemaViolation(
            f"A reaction is one of ignore, stop and retryLater, not {' and '.join(kinds)}.",
            path="activity/controlFlow/errorHandling/entry/reaction",
        )
    retry: Document = defined.get("retryLater", {})
    # A reaction with nothing but stopAfter goes on until then.
    kind: dict[str, ReactionKind] = {"ignore": "ignore", "stop": "stop", "retryLater": "retry"}
    return Reaction(
        situation=_situation(entry.get("situation", {})),
        kind=kind[kinds[0]] if kinds else "ignore",
        stop_after=defined.get("stopAfter"),
        first=seconds_in(retry["initialInterval"]) if "initialInterval" in retry else FIRST_RETRY,
        following=seconds_in(retry["nextInterval"]) if "nextInterval" in retry else NEXT_RETRY,
        limit=retry.get("retryLimit"),
    )


_ACTIONS: dict[str, PolicyAction] = {
    "notification": "notify",
    "skipActivity": "skip",
    "suspendTask": "suspend",
}


def _policies(defined: Document, number: int) -> list[Policy]:
    """One for each action; a notification is sent before the rest is done."""
    name = orig_name(defined, number)
    constraints: Document = defined.get("policyConstraints", {})
    mark: Document = defined.get("policyThreshold", {}).get("lowWaterMark", {})
    actions = [_ACTIONS[key] for key in _ACTIONS if key in defined.get("policyActions", {})]
    time: Document = constraints.get("executionTime", {})
    counts = "itemProcessingResult" in constraints
    if not actions or not (counts or "exceeds" in time):
        raise SchemaViolation(
            f"The policy '{name}' needs policyActions and, in policyConstraints, "
            "itemProcessingResult or executionTime/exceeds.",
            path="activity/policies/policy",
        )
    percentage = mark.get("percentage")
    return [
        Policy(
            name=name if action != "notify" else f"{name} (notification)",
            action=action,
            situation=_situation(constraints["itemProcessingResult"]) if counts else None,
            count=mark.get("count", 1 if percentage is None else None) if counts else None,
            percentage=percentage,
            seconds=seconds_in(time["exceeds"]) if "exceeds" in time else None,
        )
        for action in actions
    ]


def orig_name(defined: Document, number: int) -> str:
    """A policy's name, or its number where it has none."""
    return str(defined.get("name") or defined.get("identifier") or number)
