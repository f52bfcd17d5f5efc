"""Decisions about orders: pure functions over frozen values; no Django, no clock, no settings, no I/O."""
