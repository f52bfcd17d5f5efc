"""Measurements: ``make bench``, or ``python -m tests.bench [NAMES] [--trades N]``. Each prints one line of JSON."""
