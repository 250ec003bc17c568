"""Requests and passes to contact windows: the usable antennas and times, and the filters that exclude other passes."""
