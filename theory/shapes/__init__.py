"""Ideal shapes: what each costs at its best, which one wins, how they fill hidden space."""
