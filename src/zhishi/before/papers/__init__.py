"""Questions, sealed until T0 (D2, F9)."""
