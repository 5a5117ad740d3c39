"""Calls for help and the chat that follows (F9.11)."""
