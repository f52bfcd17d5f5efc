"""The screens of the rules: one set of views, driven by a short description of each page (``pages``)."""
