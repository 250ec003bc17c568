"""Schedules of a handful of requests, of which one can say by hand what is best."""
