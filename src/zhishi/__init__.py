"""智试 zhishi: the open system for online video interview examinations."""

__version__ = "0.1.0"
