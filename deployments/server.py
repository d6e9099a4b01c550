"""The Prefect server of `popcon up`: `prefect server start`, guarded, with a database that does not stand still.

python -m deployments.server --host 127.0.0.1 --port 4200
"""

import runpy
import sys

from flows.server_database import patch_server
from flows.server_guard import guard

if __name__ == "__main__":
    patch_server()
    guard()
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__")
