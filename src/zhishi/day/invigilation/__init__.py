"""Who is where: the lists and records that staff watch (D3, D6)."""
