"""How the compiled kernels are compiled."""

LANES = 16  # frequencies that go through the inner loops together: 8 and 32 were slower

# nnan and ninf stay off: a NaN that enters must come out as a NaN
COMPILE = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "arcp", "nsz"},
}
