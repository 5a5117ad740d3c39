"""The wing of what happens on the day."""
