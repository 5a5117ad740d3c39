"""Receipts: the house's signed word on what it holds of an attempt, for everybody to check (D6)."""
