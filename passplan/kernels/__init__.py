"""What must be fast: float64 arrays in and out, radians and seconds; no names, no dates."""
