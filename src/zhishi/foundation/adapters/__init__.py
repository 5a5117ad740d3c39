"""Adapters of the ports: database, blobs, journal, bus, jobs."""
