"""Clock, identifiers, errors, digests, sealing, intervals, decimals: pure, no input or output."""
