"""The steps of a job: for each, the inputs that make its key, and the work. No step knows what comes next."""
