"""What things are: plain values with units in their names, checked when they are made."""
