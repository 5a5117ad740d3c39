"""What the recordings show, looked at from time to time while they can still be mended."""
