"""The exact expected loss: a rational oracle, a reference engine and the compiled fast one."""
