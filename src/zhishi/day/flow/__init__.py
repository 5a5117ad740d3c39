"""The conductor: facts of the rooms, and which of the ten steps follows from them now (F1-F10)."""
