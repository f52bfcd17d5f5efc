"""The words for what the engine decides, by subject; ``orders.explain`` puts them together."""
