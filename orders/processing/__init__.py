"""Automatic processing: load a batch, ask the engine, apply its plan (``orders/pipeline.py`` shows the whole way)."""
