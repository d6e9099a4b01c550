"""Where flows run: work pools, images, compose, schedules, and how a person's words reach a running job."""
