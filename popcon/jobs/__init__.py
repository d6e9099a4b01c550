"""Jobs: the archive, its index, building a spec, deletion."""
