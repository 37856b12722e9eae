"""The agents' work: their tasks in each session, and the habits they would follow if nobody told them anything.

A habit is a strategy and the lines of a test that carry it out. The bad ones come first, as habits do.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

from alma.demo.shop import VISITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Habit:
    """A way to go about it: in words, and as lines of a test with places for what the task asks for."""

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
        """The name of its test file, without `.py`."""
        return f"test_{self.target}".replace("-", "_")


@dataclass(frozen=True, slots=True)
class Trade:
    """An agent and its trade: `habits` in the order in which it would try them, and what all its tests share."""

    agent: str
    title: str
    domain: str
    habits: tuple[Habit, ...]
    test: str
    depth: int

    def written(self, task: Task, habit: Habit) -> str:
        """The test file for a task in the way of a habit."""
        lines = habit.lines.format(target=task.target, expected=task.expected)
        return self.test.format(wording=task.wording, lines=indent(lines, " " * self.depth))

    def habit(self, strategy: str | None) -> Habit | None:
        """The habit that is this strategy, if it is one of its own."""
        return next((one for one in self.habits if one.strategy == strategy), None)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Tasks that an agent works on side by side, so that none can learn from another."""

    trade: Trade
    tasks: tuple[Task, ...]


HELENA = Trade(
    agent="helena",
    title="frontend QA; her pages take 0.05 to 1 second to load",
    domain="testing_strategies",
    habits=(
        Habit(
            "Pause, then look: time.sleep(0.3)",
            'page = open_page("{target}", visit)\ntime.sleep(0.3)\nself.assertIn("{expected}", page.text())',
        ),
        Habit(
            "Reload until it is there: page.reload()",
            'page = open_page("{target}", visit)\n'
            "for _ in range(3):\n"
            '    if "{expected}" not in page.text():\n'
            "        page.reload()\n"
            'self.assertIn("{expected}", page.text())',
        ),
        Habit(
            "Wait until it is there: page.wait_until()",
            'page = open_page("{target}", visit)\n'
            'page.wait_until(lambda: "{expected}" in page.text())\n'
            'self.assertIn("{expected}", page.text())',
        ),
    ),
    test=f'''"""{{wording}}."""

import time
import unittest

from storefront import open_page


class TestPage(unittest.TestCase):
    def test_page(self):
        for visit in {tuple(range(1, VISITS + 1))}:
{{lines}}
''',
    depth=12,
)

VICTOR = Trade(
    agent="victor",
    title="backend verification; the shop's tokens expire after 24 hours",
    domain="api_authentication",
    habits=(
        Habit(
            "Reuse the saved token: saved_token()",
            'self.assertIn("{expected}", get("{target}", saved_token()))',
        ),
        Habit(
            "Renew the saved token: renewed_token()",
            'self.assertIn("{expected}", get("{target}", renewed_token()))',
        ),
        Habit(
            "Ask for a fresh token: log_in()",
            'self.assertIn("{expected}", get("{target}", log_in()))',
        ),
    ),
    test='''"""{wording}."""

import unittest

from storefront import get, log_in, renewed_token, saved_token


class TestBackend(unittest.TestCase):
    def test_backend(self):
{lines}
''',
    depth=8,
)

# First two tasks side by side, then one that resembles nothing before it. The second session asks for what the
# first one did in other words, and then again for something new.
ASSIGNMENTS: Mapping[int, tuple[Assignment, ...]] = {
    1: (
        Assignment(
            HELENA,
            (
                Task("Test the login form", "login", "Sign in"),
                Task("Test the sign-up form", "signup", "Create account"),
            ),
        ),
        Assignment(HELENA, (Task("Check the photo carousel", "photos", "First photo"),)),
        Assignment(
            VICTOR,
            (
                Task("Verify that the API lists the invoices", "invoices", "invoice 2"),
                Task("Verify that the API shows one invoice", "invoice-1", "teapots"),
            ),
        ),
        Assignment(VICTOR, (Task("Test the stock levels", "stock", "teapots"),)),
    ),
    2: (
        Assignment(
            HELENA,
            (
                Task("Verify that signing in works", "login", "Sign in"),
                Task("Check that a new user can sign up", "signup", "Create account"),
            ),
        ),
        Assignment(HELENA, (Task("Try out the dark mode switch", "theme", "Dark mode"),)),
        Assignment(
            VICTOR,
            (
                Task("Make sure the list of invoices can be fetched", "invoices", "invoice 2"),
                Task("Make sure that a single invoice can be fetched", "invoice-1", "teapots"),
            ),
        ),
        Assignment(
            VICTOR, (Task("Look at the health report of the warehouse service", "warehouse", "healthy"),)
        ),
    ),
}
