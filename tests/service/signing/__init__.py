"""Signing in: passwords, sessions and tokens, attempts that fail, and what the store knows of all that."""
