"""What answers a prompt: the Model protocol, parsing, token estimates."""
