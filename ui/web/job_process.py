"""Runs one job in a child process: python -m ui.web.job_process JOB STORE. Exits when its standard input closes."""

import os
import sys
import threading

NICER = 5


def _exit_with_app() -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock would be held when the process ends
        pass
    os._exit(0)


def main(job_id: str, store_url: str) -> None:
    """Run the job. Its progress is written to its summaries."""
    threading.Thread(target=_exit_with_app, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICER)  # clicks on frames of other jobs take precedence
    from flows import inline
    from popcon.settings import settings

    inline.run(job_id, store_url, settings().prefect_home)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
