"""Conditions of approval policies: one class per kind, one file each; ``kinds.py`` lists them."""
