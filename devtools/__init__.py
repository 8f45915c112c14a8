"""Development tools. No image contains them."""
