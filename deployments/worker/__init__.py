"""A Prefect worker whose flow runs are forks of one process that has imported everything."""
