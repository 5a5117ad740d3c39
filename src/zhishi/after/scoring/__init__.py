"""Schemes, allocation, sheets, marks: by lot number, blind (D4)."""
