"""The journal, the interview record, and the logs."""
