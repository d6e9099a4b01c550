"""Training and fitting of what ships fitted. Not part of the product."""
