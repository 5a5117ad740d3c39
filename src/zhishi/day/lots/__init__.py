"""Drawing lots (F5)."""
