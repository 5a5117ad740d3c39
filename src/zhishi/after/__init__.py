"""The wing of what is judged."""
