"""Requests and passes to contact windows: who may use which antenna, when it can, and why other passes cannot be used."""
