"""The outside: texts to vectors. Nothing here talks to anybody."""

from __future__ import annotations

import os

# onnxruntime reports its start to its makers and writes into the user's home unless it is told not to, before it is
# imported: turning it off afterwards is too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
