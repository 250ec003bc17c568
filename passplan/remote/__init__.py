"""Requests to other machines: bytes in and out, within limits, and nothing more."""
