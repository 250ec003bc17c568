"""Models of the API: of its parameters and bodies, and of its answers for the document."""
