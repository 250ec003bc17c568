"""What a fetch takes, and refuses, from a server on the loopback that misbehaves in every way we could think of."""
