"""One experiment of the paper each: it trains, names and compares."""
