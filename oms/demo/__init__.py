"""A company at work on one machine: servers, people, buyers and platforms, for trying the product out. Not for production."""
