"""The ledger of interruptions: when, which device, why, on whose side, and what the rules say of it (R8, R10)."""
