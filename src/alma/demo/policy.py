"""How an agent without a language model decides: by what the memory answers, and by nothing else.

An empty memory ranks everything alike, so the agent follows its first habit; no habit is ever crossed off here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alma.alma import ALMA
from alma.demo.work import Habit, Task, Trade
from alma.domain.action import Action
from alma.domain.recall import Caution, Recall


@dataclass(frozen=True, slots=True)
class Choice:
    """What an agent is about to do: its test, what it was told before, and which warnings it heeded on the way."""

    task: Task
    habit: Habit
    test: str
    recall: Recall
    heeded: tuple[Caution, ...]


def chosen(alma: ALMA, trade: Trade, task: Task) -> Choice:
    """The best advised habit whose test `warn` lets pass; when it warns of all, the best advised one."""
    recall = alma.retrieve(
        task.wording, agent=trade.agent, strategies=[habit.strategy for habit in trade.habits]
    )
    open_ways = _habits(trade, [advice.strategy for advice in recall.advice])
    first = open_ways[0]
    heeded: list[Caution] = []
    while open_ways:
        habit = open_ways.pop(0)
        test = trade.written(task, habit)
        cautions = alma.warn(Action.edit(f"{task.module}.py", test), agent=trade.agent, task=task.wording)
        if not cautions:
            return Choice(task, habit, test, recall, tuple(heeded))
        heeded.append(cautions[0])
        alternative = trade.habit(cautions[0].anti_pattern.better_alternative)
        open_ways.sort(key=lambda one: one != alternative)
    return Choice(task, first, trade.written(task, first), recall, tuple(heeded))


def _habits(trade: Trade, strategies: Sequence[str]) -> list[Habit]:
    return [habit for strategy in strategies if (habit := trade.habit(strategy))]
