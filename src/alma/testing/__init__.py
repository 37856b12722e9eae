"""For those who write a store, or test a program that uses ALMA: the contract of stores, and a clock that stands still."""

from __future__ import annotations

from alma.testing.clock import FrozenClock as FrozenClock
from alma.testing.contract import StoreContract as StoreContract

__all__ = ["FrozenClock", "StoreContract"]
