"""Requests and passes to contact windows: who may use which antenna and when, and why other passes cannot be used."""
