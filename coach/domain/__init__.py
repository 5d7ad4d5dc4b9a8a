"""The vocabulary: types without I/O."""
