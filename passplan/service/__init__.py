"""The use cases: each is one change or computation that a person or a program requests."""
