"""Real PostgreSQL and Redis servers out of Python packages, for a machine that has none. Not for production."""
