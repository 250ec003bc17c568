"""What runs by itself: who leads, which slots of which jobs are due, and the jobs, each of which calls one use case."""
