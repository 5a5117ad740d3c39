"""The last resort: footage that comes on a stick, and reports of failed uploads (R9, F10.5)."""
