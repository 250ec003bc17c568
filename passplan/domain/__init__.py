"""The domain types: plain values with units in their names, checked when they are created."""
