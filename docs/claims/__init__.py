"""The paper's claims, one row each, by section; `docs/make_claims.py` writes the page."""
