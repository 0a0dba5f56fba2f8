"""Activities whose parts depend on one another in ways that a schema cannot say: shown by example.

The files `task-*.json` in `samples/rest` hold the same.
"""

from __future__ import annotations

from typing import Any

_LEAVERS = "lifecycleState = 'archived' and activation/administrativeStatus = 'disabled'"
_ROLE = "96262f4f-053a-4b0b-8901-b3ec01e3509c"
_MEMBERS = f"assignment matches (targetRef matches (oid = '{_ROLE}'))"


def _select_users(text: str) -> dict[str, Any]:
    return {"type": "UserType", "query": {"filter": {"text": text}}}


#: By name of the task: what it does.
ACTIVITIES: dict[str, dict[str, Any]] = {
    "delete-leavers": {
        "work": {"deletion": {"objects": _select_users(_LEAVERS)}},
        "policies": {
            "policy": {
                "name": "not too many",
                "policyConstraints": {"itemProcessingResult": {"status": "success"}},
                "policyThreshold": {"lowWaterMark": {"count": 1000}},
                "policyActions": {"suspendTask": {}},
            }
        },
    },
    "set-cost-center": {
        "work": {
            "iterativeChangeExecution": {
                "objects": _select_users(_MEMBERS),
                "delta": {
                    "changeType": "modify",
                    "itemDelta": {
                        "modificationType": "replace",
                        "path": "costCenter",
                        "value": "0042",
                    },
                },
            }
        },
        "distribution": {"buckets": {"oidSegmentation": {}}, "workerThreads": 4},
    },
    "listed-changes": {
        "work": {
            "explicitChangeExecution": {
                "request": [
                    {
                        "name": "a role for guests",
                        "delta": {
                            "changeType": "add",
                            "objectToAdd": {"@type": "RoleType", "name": "Guest"},
                        },
                    },
                    {
                        "name": "a word about members",
                        "delta": {
                            "changeType": "modify",
                            "objectType": "RoleType",
                            "oid": _ROLE,
                            "itemDelta": {
                                "modificationType": "replace",
                                "path": "description",
                                "value": "Everybody who works here",
                            },
                        },
                    },
                ]
            }
        }
    },
    "disable-and-tell": {
        "work": {
            "iterativeScripting": {
                "objects": _select_users(_LEAVERS),
                "scriptExecutionRequest": {
                    "pipeline": [{"disable": {}}, {"notify": {"message": "is disabled"}}]
                },
            }
        },
        "controlFlow": {
            "errorHandling": {
                "entry": {
                    "situation": {"errorCategory": "policy"},
                    "reaction": {"retryLater": {"initialInterval": "PT10M", "retryLimit": 3}},
                }
            }
        },
    },
    "validity-scan": {"work": {"focusValidityScan": {"queryStyle": "singleQuery"}}},
    "cleanup": {"work": {"cleanup": {"policies": {"closedTasks": {"maxAge": "P30D"}}}}},
    "preview-then-recompute": {
        "composition": {
            "activity": [
                {
                    "identifier": "preview",
                    "order": 1,
                    "work": {"recomputation": {"objects": _select_users(_MEMBERS)}},
                    "execution": {"mode": "preview"},
                },
                {
                    "identifier": "recompute",
                    "order": 2,
                    "work": {"recomputation": {"objects": _select_users(_MEMBERS)}},
                },
            ]
        }
    },
}


def build_tasks() -> dict[str, dict[str, Any]]:
    """A task for each, by the name of its file."""
    return {
        f"task-{name}": {
            "task": {
                "name": name.replace("-", " "),
                "schedulingState": "suspended",
                "activity": activity,
            }
        }
        for name, activity in ACTIVITIES.items()
    }
