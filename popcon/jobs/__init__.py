"""Jobs: the archive, its index, building a spec, deletion and garbage collection, delivery and report."""
