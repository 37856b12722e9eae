"""The demonstration: two agents with real tests, a real small shop, and one memory between two processes.

Nothing here is scripted to succeed: which strategy an agent takes is decided by what the memory answers, alone.
"""
