"""The daemon: the lease of its leader, the slots that are due, and the jobs, each of which calls one use case."""
