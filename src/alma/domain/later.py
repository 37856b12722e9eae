"""Modules that most processes never use: each is loaded when something of it is used for the first time.

A warning before every action starts a process of its own, and would pay for all of them.
"""

from __future__ import annotations

import sys


class Later:
    """Stands for a module until it is needed."""

    __slots__ = ("_module", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: object = None

    def __getattr__(self, attribute: str) -> object:
        if self._module is None:
            # Even where it is there already: this waits while another thread is loading it.
            __import__(self._name)
            self._module = sys.modules[self._name]
        return getattr(self._module, attribute)
