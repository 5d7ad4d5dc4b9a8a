"""Reports from scores: no arithmetic here."""
