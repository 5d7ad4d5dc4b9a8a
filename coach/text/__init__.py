"""Words of two languages: stems, clauses, key points, finding a question, the interviewer's phrases."""
