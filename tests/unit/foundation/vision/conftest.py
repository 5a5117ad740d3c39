"""The engines run on one thread here, as they do in a worker: threads that wait for a busy core spin."""

from __future__ import annotations

import os

# Read by the libraries when they are loaded, which no test has done yet when this file is read.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
