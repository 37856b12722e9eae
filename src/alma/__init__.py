"""ALMA, Agent Learning Memory Architecture: memory that lets AI agents learn from what happened.

Everything public is importable from here, and is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.aio import AsyncALMA as AsyncALMA
    from alma.alma import ALMA as ALMA
    from alma.attempt import Attempt as Attempt
    from alma.domain.action import Action as Action
    from alma.domain.errors import AlmaError as AlmaError
    from alma.domain.errors import ConfigError as ConfigError
    from alma.domain.errors import Conflict as Conflict
    from alma.domain.errors import EmbedderMismatch as EmbedderMismatch
    from alma.domain.errors import InvalidInput as InvalidInput
    from alma.domain.errors import MemoryNotFound as MemoryNotFound
    from alma.domain.errors import NotFound as NotFound
    from alma.domain.errors import ScopeError as ScopeError
    from alma.domain.errors import StoreCorrupt as StoreCorrupt
    from alma.domain.errors import StoreError as StoreError
    from alma.domain.errors import StoreFull as StoreFull
    from alma.domain.errors import StoreLocked as StoreLocked
    from alma.domain.errors import StoreNewer as StoreNewer
    from alma.domain.errors import StoreReadOnly as StoreReadOnly
    from alma.domain.errors import Untrusted as Untrusted
    from alma.domain.errors import WorkflowNotFound as WorkflowNotFound
    from alma.domain.ledger import Event as Event
    from alma.domain.ledger import Stats as Stats
    from alma.domain.memory import AntiPattern as AntiPattern
    from alma.domain.memory import Heuristic as Heuristic
    from alma.domain.memory import Knowledge as Knowledge
    from alma.domain.memory import Memory as Memory
    from alma.domain.memory import Outcome as Outcome
    from alma.domain.memory import Preference as Preference
    from alma.domain.recall import Advice as Advice
    from alma.domain.recall import Caution as Caution
    from alma.domain.recall import Change as Change
    from alma.domain.recall import Condition as Condition
    from alma.domain.recall import Evidence as Evidence
    from alma.domain.recall import Explanation as Explanation
    from alma.domain.recall import Learned as Learned
    from alma.domain.recall import Moment as Moment
    from alma.domain.recall import Recall as Recall
    from alma.domain.report import Arm as Arm
    from alma.domain.report import Benefit as Benefit
    from alma.domain.report import Difference as Difference
    from alma.domain.report import Report as Report
    from alma.domain.review import Pending as Pending
    from alma.domain.review import Sighting as Sighting
    from alma.domain.scope import Agent as Agent
    from alma.domain.workflow import Checkpoint as Checkpoint
    from alma.domain.workflow import Workflow as Workflow

_HOMES = {
    "alma.aio": ("AsyncALMA",),
    "alma.alma": ("ALMA",),
    "alma.attempt": ("Attempt",),
    "alma.domain.action": ("Action",),
    "alma.domain.errors": (
        *(
            "AlmaError",
            "ConfigError",
            "Conflict",
            "EmbedderMismatch",
            "InvalidInput",
            "MemoryNotFound",
            "NotFound",
        ),
        *(
            "ScopeError",
            "StoreCorrupt",
            "StoreError",
            "StoreFull",
            "StoreLocked",
            "StoreNewer",
            "StoreReadOnly",
        ),
        *("Untrusted", "WorkflowNotFound"),
    ),
    "alma.domain.ledger": ("Event", "Stats"),
    "alma.domain.memory": ("AntiPattern", "Heuristic", "Knowledge", "Memory", "Outcome", "Preference"),
    "alma.domain.recall": (
        *(
            "Advice",
            "Caution",
            "Change",
            "Condition",
            "Evidence",
            "Explanation",
            "Learned",
            "Moment",
            "Recall",
        ),
    ),
    "alma.domain.report": ("Arm", "Benefit", "Difference", "Report"),
    "alma.domain.review": ("Pending", "Sighting"),
    "alma.domain.scope": ("Agent",),
    "alma.domain.workflow": ("Checkpoint", "Workflow"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'alma' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
