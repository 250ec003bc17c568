"""Requests and contact windows to a schedule: intervals on resources, without orbits."""
