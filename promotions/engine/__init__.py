"""Which gifts an order earns: pure functions over frozen values, no Django, no clock, no I/O."""
