"""Work for one or more pools in this process.

    python -m deployments.worker --pool cpu --pool gpu --name up

`prefect worker start --pool NAME --type popcon-forkserver` does the same for one pool. This needs no entry point of an
installed package, and its pools share one forkserver.
"""

import argparse
import asyncio
import socket
from pathlib import Path

from deployments.worker.flow_process import start_forkserver, wait_for_forkserver


def main() -> None:
    """Work until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m deployments.worker")
    parser.add_argument("--pool", action="append", required=True, help="a work pool; may be given more than once")
    parser.add_argument("--name", default=socket.gethostname(), help="each worker is called NAME-POOL")
    parser.add_argument("--wake", type=Path, help="a socket to make; a datagram to it lets the workers look for runs")
    given = parser.parse_args()
    start_forkserver()  # it imports at the same time as this process does
    from deployments.worker.fewer_requests import send_warnings_only
    from deployments.worker.forkserver import ForkserverWorker, look_when_woken

    send_warnings_only()  # what it does with each run is told by the run's state
    wait_for_forkserver()  # a run that is taken is to begin at once, or it is taken for lost

    async def work() -> None:
        workers = [
            ForkserverWorker(pool, name=f"{given.name}-{pool}", create_pool_if_not_found=False) for pool in given.pool
        ]
        async with asyncio.TaskGroup() as tasks:
            for worker in workers:
                tasks.create_task(worker.start())
            if given.wake is not None:
                tasks.create_task(look_when_woken(workers, given.wake))

    asyncio.run(work())


if __name__ == "__main__":
    main()
