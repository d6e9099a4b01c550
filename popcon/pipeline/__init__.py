"""The DAG: step keys and inputs, the steps; planning, rebuilding, previews and garbage collection. No Prefect."""
