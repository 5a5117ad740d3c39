"""The wing of what is prepared: staff, exams, roster, papers."""
