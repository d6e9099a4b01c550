"""One job in a process of its own: python -m ui.web.job_process JOB STORE. It leaves when its standard input closes."""

import os
import sys
import threading

NICER = 5


def _leave_with_app() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held when the process ends
        pass
    os._exit(0)


def main(job_id: str, store_url: str) -> None:
    """Carry the job out. What happens is told by its summaries."""
    threading.Thread(target=_leave_with_app, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICER)  # whoever clicks on another job's frames goes first
    from flows import inline
    from popcon.settings import settings

    inline.run(job_id, store_url, settings().prefect_home)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
