"""Tracks, ingest, journal, completeness, playlists, settling (F7, F9, F10, D6)."""
