"""Banks, personas, attacks, scenarios and matrices as validated data."""
