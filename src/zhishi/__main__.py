"""`python -m zhishi`."""

from zhishi.cli import app

app()
