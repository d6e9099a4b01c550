"""Imports everything that flow runs need, in a forkserver. Importing this ties the process to its parent.

A process that imports Prefect and the flows takes 2 s of CPU before its first line, and a job of 8 actions that a
person reviews starts 26 of them. A fork of a process that has done so takes a few milliseconds and shares its memory.
Code that is changed meanwhile is seen by the next forkserver.
"""

import contextlib
import gc
import importlib
import os
import signal
import sys
import threading
import warnings

from deployments.supervisor import die_with_parent

FORKSERVER = os.getpid()

_MODULES = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.task_runners",
    "deployments.worker.fewer_requests",
    "flows.make_pack",
    "flows.make_sticker",
    "flows.cut_out",
    "flows.assemble_pack",
    "flows.order_pack",
    "flows.upkeep",
    "flows.inline",
    # What Prefect, the store and the embedded engines import when they first need it:
    "fastapi",
    "graphviz",
    "s3fs",
    "av",
    "PIL.Image",
    "popcon.engines.puppet.engine",
    "popcon.engines.matte.keyed",
)

die_with_parent(signal.SIGKILL)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would be lost in a fork
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _name in _MODULES:
        with contextlib.suppress(ImportError):  # of an extra that is not installed; a fork says so if it is needed
            importlib.import_module(_name)
if threading.active_count() > 1:
    sys.exit(f"Something that was imported has started threads: {threading.enumerate()}; forks would lack them.")
gc.collect()
gc.freeze()  # what is never collected is never copied
