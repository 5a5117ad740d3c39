"""The phone as second camera: codes, the phone's session, its state (F4)."""
