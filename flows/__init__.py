"""The DAG: what follows what, where it fans out, where it waits. Each module reads like its part of the diagram."""
