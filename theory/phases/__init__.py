"""Phases of small models: candidates, exact optima, minima followed to where they tie or end."""
