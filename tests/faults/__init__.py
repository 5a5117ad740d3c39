"""Everything that goes wrong with a recording, done to a real browser and a real server.

Each test ends in the verdict "complete" without a gap, or in a list of gaps that is exactly right. `make faults` runs
all of it; `make test` only what is marked `short`.
"""
