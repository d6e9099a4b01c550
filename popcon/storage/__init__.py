"""The store: artifacts under their hash and small JSON records, in a folder or an object store."""
