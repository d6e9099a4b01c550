"""The inference host: one long-lived process per GPU machine that loads each model once and serves everyone on it.

`server` speaks HTTP (standard library only), `service` holds models and batches, `wire` packs arrays, `plain` is the
JSON that serverless GPU vendors use, `client` lets engines use a host. `python -m popcon.inference` starts one.
"""
