"""Mutation testing: small changes are made to the code, and the nearest tests must fail for each of them.

`make mutate` runs it. Why it is a runner of our own: docs/decisions/0016-mutation-testing.md.
"""
