"""Requests: submit, approve, withdraw, and the alternatives that are free."""
