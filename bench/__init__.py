"""Benchmarks: each module is named by the prefix of its figures and yields `Figure`s from `run()`.

`make bench` runs all, `make bench NAME=ingest` one. One JSON object a line on standard output, nothing else there.
"""
