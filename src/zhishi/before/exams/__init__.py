"""Exams, their sittings, timings and attachments (D1, F3, F6)."""
