"""The front door: the command line, the demo and the studies behind it."""

__version__ = "0.1.0"
