"""The network's revisions, and outages of stations and antennas."""
