"""Requests and contact windows to a schedule: intervals on resources, and nothing of orbits."""
