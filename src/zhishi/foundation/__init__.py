"""The foundation: what any room may stand on. It knows no exam."""
