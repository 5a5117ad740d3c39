"""The engines, one file each. Each has `ENGINE`, what it is, and `load()`, which makes it ready or fails."""
