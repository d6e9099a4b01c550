"""The DAG: step keys and inputs, the steps, planning and rebuilding. No Prefect."""
