"""One thin Prefect task per step: a cache policy, retries, a name to read, then a call into `popcon/`."""
