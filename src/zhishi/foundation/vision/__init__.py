"""What the house sees in pictures: faces, their quality, and whether two are of one person.

Knows nothing of exams. `pool.VisionPool` is the door for asynchronous callers, `service` holds the functions
that it runs in worker processes, `registry` tells which engines are there.
"""
