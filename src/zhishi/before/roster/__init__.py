"""People, their registrations and photographs (D1)."""
