"""What passplan asks of other machines: bytes in and out, within limits, and nothing more."""
