"""Decisions of the warehouse: pure functions over frozen values; no Django, no clock, no settings, no I/O."""
