"""The closed forms of the theory, derived with sympy; `import theory` does not load this."""
