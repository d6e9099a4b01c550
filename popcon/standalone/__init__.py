"""Cut-out and export without a job."""
