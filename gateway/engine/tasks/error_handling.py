"""What happens when items fail: reactions to single failures, and policies over all of them.

midpoint-tasks 3.5. `ErrorHandling` is what a definition says; an `ErrorHandler` applies it to one item after the
other where they are computed, so that a run ends right at the item that is too much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gateway.clock import parse_instant, write_instant
from gateway.errors import SchemaViolation
from gateway.model.slices import Halt, ItemRetry
from gateway.model.values import seconds_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.engine.objects.item import ItemResult
    from gateway.model.documents import Document

#: Statuses of an item that is counted as failed.
FAILURES = frozenset({"partial_error", "fatal_error", "handled_error", "unknown", "in_progress"})
FIRST_RETRY, NEXT_RETRY = 30 * 60.0, 6 * 3_600.0
#: Seconds between two tries; a shorter pause would keep the engine busy with nothing else.
SHORTEST_PAUSE, MAX_PAUSE = 1.0, 10_000 * 86_400.0
REACTION = "activity/controlFlow/errorHandling/entry/reaction"
POLICY = "activity/policies/policy"
MARK = f"{POLICY}/policyThreshold/lowWaterMark"
ReactionKind = Literal["ignore", "stop", "retry"]
PolicyAction = Literal["suspend", "skip", "notify"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultSelector:
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
class ErrorRule:
    """What to do about a failed item."""

    #: Under which its items are counted.
    key: str
    situation: ResultSelector
    kind: ReactionKind
    #: The n-th item that it is applied to stops, whatever the kind.
    stop_after: int | None = None
    #: Seconds to the first and to further tries, and how many tries there are.
    first: float = FIRST_RETRY
    following: float = NEXT_RETRY
    limit: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityPolicy:
    """A limit on a whole activity."""

    #: Under which its items are counted.
    key: str
    name: str
    action: PolicyAction
    situation: ResultSelector | None = None
    #: So many items, or percent of all items.
    count: int | None = None
    percentage: float | None = None
    #: Seconds that the run may work.
    seconds: float | None = None

    def least(self, total: int) -> float | None:
        """The number of items that is too many, of so many in all; None: any number may be."""
        limits = [float(self.count)] if self.count is not None else []
        if self.percentage is not None:
            limits.append(self.percentage * total / 100)
        return min(limits, default=None)

    @property
    def limit(self) -> str:
        """The limit in words."""
        if self.count is not None and self.percentage is not None:
            return f"fewer than {self.count} and less than {self.percentage:g} % such items"
        if self.percentage is not None:
            return f"less than {self.percentage:g} % such items"
        return f"fewer than {self.count} such items"


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorHandling:
    """How an activity handles failures."""

    reactions: tuple[ErrorRule, ...] = ()
    policies: tuple[ActivityPolicy, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether a limit depends on what all buckets have come to."""
        return any(p.situation is not None for p in self.policies) or any(
            r.stop_after is not None for r in self.reactions
        )

    @property
    def needs_total(self) -> bool:
        """Whether a limit depends on how many items there are."""
        return any(p.percentage is not None for p in self.policies)

    def limits(self, expected: int) -> dict[str, float]:
        """By key: how many items end a run that has so many."""
        limits: dict[str, float] = {
            r.key: r.stop_after for r in self.reactions if r.stop_after is not None
        }
        for policy in self.policies:
            least = policy.least(expected) if policy.action != "notify" else None
            if least is not None:
                limits[policy.key] = least
        return limits

    def overtime(self, seconds: float) -> list[ActivityPolicy]:
        """The policies that forbid to have worked so long."""
        return [p for p in self.policies if p.seconds is not None and seconds > p.seconds]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What follows from one item's result."""

    retry: ItemRetry | None = None
    #: The item is tried again when the run goes on.
    is_provisional: bool = False
    halt: Halt | None = None
    notices: tuple[str, ...] = ()


FINE = Decision()


@dataclass(slots=True)
class ErrorHandler:
    """Applies a control to the items of a bucket in order; counts from what was counted before."""

    control: ErrorHandling
    #: How many items the whole work has, if that is known.
    expected: int | None
    processed: int = 0
    #: By key of a limit: items that it has counted in other buckets, and in this one.
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)

    def judge(self, result: ItemResult, seq: int, attempt: int, now: str) -> Decision:
        """What the item's result means for it, and for all that come after it."""
        self.processed += attempt == 0
        if not self.control.reactions and not self.control.policies:
            return FINE
        is_failure = result.status in FAILURES
        judgement = self._react(result, seq, attempt, now) if is_failure else FINE
        if judgement.halt is not None or (is_failure and attempt):
            return judgement  # limits have counted a failure when it was the first
        halt, notices = self._limits(result)
        return Decision(retry=judgement.retry, halt=halt, notices=notices)

    def _react(self, result: ItemResult, seq: int, attempt: int, now: str) -> Decision:
        reaction = next((r for r in self.control.reactions if r.situation.fits(result)), None)
        if reaction is None:
            return FINE
        if reaction.kind == "stop" or (attempt == 0 and self._is_too_many(reaction)):
            # Not counted: it is tried again, and may stop again, when the run goes on.
            message = f"Stopped at a failed item: {result.message}"
            return Decision(is_provisional=True, halt=Halt(kind="stop", message=message))
        if attempt == 0 and reaction.stop_after is not None:
            self._count(reaction.key)
        if reaction.kind == "retry" and (reaction.limit is None or attempt < reaction.limit):
            pause = reaction.first if attempt == 0 else reaction.following
            due = write_instant(parse_instant(now) + pause)
            return Decision(retry=ItemRetry(seq=seq, due=due, attempt=attempt + 1))
        return FINE

    def _is_too_many(self, reaction: ErrorRule) -> bool:
        return reaction.stop_after is not None and self._so_far(reaction.key) + 1 >= (
            reaction.stop_after
        )

    def _limits(self, result: ItemResult) -> tuple[Halt | None, tuple[str, ...]]:
        notices: list[str] = []
        halt: Halt | None = None
        for policy in self.control.policies:
            if policy.situation is None or not policy.situation.fits(result):
                continue
            count = self._count(policy.key)
            least = policy.least(self.expected or self.processed)
            if least is None or count < least:
                continue
            message = f"The policy '{policy.name}' allows {policy.limit}."
            if policy.action != "notify":
                halt = halt or Halt(kind=policy.action, message=message)
            elif count - 1 < least:  # only when it begins to be too many
                notices.append(message)
        return halt, tuple(notices)

    def _count(self, key: str) -> int:
        self.matched[key] = self.matched.get(key, 0) + 1
        return self._so_far(key)

    def _so_far(self, key: str) -> int:
        return self.elsewhere.get(key, 0) + self.matched.get(key, 0)


def read_error_handling(activity: Document) -> ErrorHandling:
    """The control that an activity's definition asks for; raises `SchemaViolation` for bad ones."""
    entries = activity.get("controlFlow", {}).get("errorHandling", {}).get("entry", [])
    ordered = sorted(entries, key=lambda entry: (entry.get("order") is None, entry.get("order", 0)))
    policies: Document = activity.get("policies", {})
    ignored = policies.get("processing", {}).get("activityPolicies") == "none"
    given = [] if ignored else policies.get("policy", [])
    found = [policy for n, each in enumerate(given, 1) for policy in _read_policies(each, n)]
    _check_distinct([policy.key for policy in found])
    return ErrorHandling(
        reactions=tuple(_read_rule(entry, n) for n, entry in enumerate(ordered, 1)),
        policies=tuple(found),
    )


def _check_distinct(keys: list[str]) -> None:
    """Limits of the same name would count together."""
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise SchemaViolation(
            f"Two policies have the name '{twice.rpartition(' ')[0]}'.",
            path="activity/policies/policy/name",
        )


def _read_selector(defined: Document) -> ResultSelector:
    return ResultSelector(
        statuses=frozenset(defined.get("status", ())),
        categories=frozenset(defined.get("errorCategory", ())),
    )


def _read_rule(entry: Document, number: int) -> ErrorRule:
    defined: Document = entry.get("reaction", {"stop": {}})
    kinds = [name for name in ("ignore", "stop", "retryLater") if name in defined]
    if len(kinds) > 1:
        raise SchemaViolation(
            f"A reaction is one of ignore, stop and retryLater, not {' and '.join(kinds)}.",
            path=REACTION,
        )
    retry: Document = defined.get("retryLater", {})
    # A reaction with nothing but stopAfter goes on until then.
    other: ReactionKind = "ignore" if "stopAfter" in defined else "stop"
    kind: dict[str, ReactionKind] = {"ignore": "ignore", "stop": "stop", "retryLater": "retry"}
    return ErrorRule(
        key=f"reaction {number}",
        situation=_read_selector(entry.get("situation", {})),
        kind=kind[kinds[0]] if kinds else other,
        stop_after=_at_least(1, defined, "stopAfter", REACTION),
        first=_pause(retry, "initialInterval", FIRST_RETRY),
        following=_pause(retry, "nextInterval", NEXT_RETRY),
        limit=_at_least(0, retry, "retryLimit", f"{REACTION}/retryLater"),
    )


def _at_least(least: int, defined: Document, name: str, place: str) -> int | None:
    value: int | None = defined.get(name)
    if value is not None and value < least:
        raise SchemaViolation(
            f"{place}/{name} is {value}, but must be at least {least}.", path=f"{place}/{name}"
        )
    return value


def _pause(retry: Document, name: str, default: float) -> float:
    if name not in retry:
        return default
    seconds = seconds_in(retry[name])
    if not SHORTEST_PAUSE <= seconds <= MAX_PAUSE:
        raise SchemaViolation(
            f"{REACTION}/retryLater/{name} is {retry[name]}, but must be from a second to "
            "10,000 days.",
            path=f"{REACTION}/retryLater/{name}",
        )
    return seconds


_ACTIONS: dict[str, PolicyAction] = {
    "notification": "notify",
    "skipActivity": "skip",
    "suspendTask": "suspend",
}


def _read_policies(defined: Document, number: int) -> list[ActivityPolicy]:
    """One for each action; a notification is sent before the rest is done."""
    name = orig_name(defined, number)
    constraints: Document = defined.get("policyConstraints", {})
    mark: Document = defined.get("policyThreshold", {}).get("lowWaterMark", {})
    actions = [_ACTIONS[key] for key in _ACTIONS if key in defined.get("policyActions", {})]
    time: Document = constraints.get("executionTime", {})
    counts = "itemProcessingResult" in constraints
    if not actions or counts == ("exceeds" in time):
        raise SchemaViolation(
            f"The policy '{name}' needs policyActions and, in policyConstraints, either "
            "itemProcessingResult or executionTime/exceeds.",
            path=POLICY,
        )
    percentage = _read_percentage(mark)
    count = _at_least(1, mark, "count", MARK)
    return [
        ActivityPolicy(
            key=f"{name} {action}",
            name=name,
            action=action,
            situation=_read_selector(constraints["itemProcessingResult"]) if counts else None,
            count=1 if counts and count is None and percentage is None else count,
            percentage=percentage,
            seconds=seconds_in(time["exceeds"]) if "exceeds" in time else None,
        )
        for action in actions
    ]


def _read_percentage(mark: Document) -> float | None:
    value: float | None = mark.get("percentage")
    if value is not None and not 0 < value <= 100:
        raise SchemaViolation(
            f"{MARK}/percentage is {value:g}, but must be above 0 and at most 100.",
            path=f"{MARK}/percentage",
        )
    return value


def orig_name(defined: Document, number: int) -> str:
    """A policy's name, or its number where it has none."""
    return str(defined.get("name") or defined.get("identifier") or number)
