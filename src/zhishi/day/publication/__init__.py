"""Publication of results: it frees the candidates' copies, so it waits until all that can come has come (F10.4)."""
