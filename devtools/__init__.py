"""What is only for developing the services; no image contains it."""
