"""Engines that draw and animate at Alibaba Cloud's DashScope, paid for through the ledger.

The SDK is imported on first use, by `client` alone. What is true of the wire is in `client`, what a code means in
`faults`, what models cost in `models`.
"""
