"""Face login: who is this, one login at a time (F2)."""
