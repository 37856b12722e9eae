"""`python -m alma`: the same as the command `alma`."""

from __future__ import annotations

import sys

from alma.cli import main

sys.exit(main())
