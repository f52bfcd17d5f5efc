"""Crash points by enumeration: the main line is killed before and after every statement, commit, outside call and message, and a fresh
process must finish what it left. ``make crash`` runs all of them; ``test_crash.py`` a sample. docs/promises.md tells the figures."""
