"""Whether the documentation says what the code does."""
