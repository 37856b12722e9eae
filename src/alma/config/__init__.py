"""Configuration: the only reader of configuration files and environment. `loading.load` gives one frozen Config.

A process that finds its configuration unchanged loads nothing heavy: not yaml, dataclasses, typing or pathlib.
"""
