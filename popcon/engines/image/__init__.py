"""Image engines: draw characters and start frames."""
