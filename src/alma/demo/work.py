"""The agents' work: their tasks in each session, and the habits they would follow if nobody told them anything.

A habit is a strategy and the lines of a test that carry it out. The bad ones come first, as habits do.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

from alma.demo.shop import VISITS


@dataclass(frozen=True, slots=True)
class Habit:
    """A way to go about it: in words, and as lines of a test with a place for what the task asks for."""

    strategy: str
    lines: str


@dataclass(frozen=True, slots=True)
class Task:
    """What an agent is asked to do: in words, where to look, and what has to be there."""

    wording: str
    target: str
    expected: str

    @property
    def module(self) -> str:
        """The name of the test file, without `.py`."""
        return f"test_{self.target}"


@dataclass(frozen=True, slots=True)
class Trade:
    """An agent with its trade: `habits` in the order in which it would try them, `test` what all its tests share."""

    agent: str
    title: str
    domain: str
    habits: tuple[Habit, ...]
    test: str

    def written(self, task: Task, habit: Habit) -> str:
        """The test file for a task in the way of a habit."""
        lines = habit.lines.format(target=task.target, expected=task.expected)
        return self.test.format(wording=task.wording, lines=indent(lines, " " * 12).lstrip())

    def habit(self, strategy: str | None) -> Habit | None:
        """The habit that is this strategy, if it is one of its own."""
        return next((one for one in self.habits if one.strategy == strategy), None)


HELENA = Trade(
    agent="helena",
    title="frontend QA: pages take 0.1 to 1 second to load",
    domain="testing_strategies",
    habits=(
        Habit(
            "Pause, then look: time.sleep(0.3)",
            'page = open_page("{target}", visit)\ntime.sleep(0.3)\nself.assertIn("{expected}", page.text())',
        ),
        Habit(
            "Look, and reload if it is not there: page.reload()",
            'page = open_page("{target}", visit)\n'
            "for attempt in range(3):\n"
            '    if "{expected}" not in page.text():\n'
            "        page.reload()\n"
            'self.assertIn("{expected}", page.text())',
        ),
        Habit(
            "Wait for what has to be there: page.wait_until()",
            'page = open_page("{target}", visit)\n'
            'page.wait_until(lambda: "{expected}" in page.text())\n'
            'self.assertIn("{expected}", page.text())',
        ),
    ),
    test=f'''"""{{wording}}."""

import time
import unittest

from browser import open_page


class TestPage(unittest.TestCase):
    def test_page(self):
        for visit in {tuple(range(1, VISITS + 1))}:
            {{lines}}
''',
)

VICTOR = Trade(
    agent="victor",
    title="backend verification: tokens expire after 24 hours",
    domain="api_authentication",
    habits=(
        Habit(
            "Use the token of the last time: saved_token()",
            'self.assertIn("{expected}", get("{target}", saved_token()))',
        ),
        Habit(
            "Exchange the token of the last time: renewed_token()",
            'self.assertIn("{expected}", get("{target}", renewed_token()))',
        ),
        Habit(
            "Ask for a fresh token first: log_in()",
            'self.assertIn("{expected}", get("{target}", log_in()))',
        ),
    ),
    test='''"""{wording}."""

import unittest

from backend import get, log_in, renewed_token, saved_token


class TestBackend(unittest.TestCase):
    def test_backend(self):
        if True:
            {lines}
''',
)

# Two tasks side by side, then one that resembles nothing before it. The second session asks in other words.
ASSIGNMENTS = {
    1: (
        (
            HELENA,
            (
                Task("Test the login form", "login", "Sign in"),
                Task("Test the search results page", "search", "3 products"),
            ),
        ),
        (HELENA, (Task("Test the chat window", "chat", "How can we help"),)),
        (
            VICTOR,
            (
                Task("Verify that the orders API lists the orders", "orders", "order 1"),
                Task("Verify the invoice endpoint", "invoices", "invoice 1"),
            ),
        ),
        (VICTOR, (Task("Test the stock levels", "stock", "teapots"),)),
    ),
}
