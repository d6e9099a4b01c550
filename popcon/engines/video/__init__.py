"""Video engines: turn a start frame into a clip."""
