"""Which jobs somebody may have to come back to, without reading those that are known to be finished.

A job's mark (see `Archive.touch`) changes whenever something of it does. What was found finished at a mark is finished
as long as the mark stays, so a round over a large archive costs one listing, one small file, and the jobs that moved.
"""

from popcon import naming
from popcon.archive import Archive
from popcon.errors import PopconError


def unfinished(archive: Archive, thorough: bool = False) -> list[str]:
    """Ids of the jobs that are not packed, or cannot be read; notes those that are for the next time.

    Arguments:
        thorough: look at every job, whatever is known.
    """
    store = archive.store
    marks = store.versions(naming.CHANGES)  # before the jobs are read: a change meanwhile is a newer mark
    known = {} if thorough else dict(store.read_json(naming.finished_jobs()) or {})
    finished, left = {}, []
    for job_id in archive.ids():
        mark = marks.get(job_id)
        if (mark is not None and known.get(job_id) == mark) or _is_packed(archive, job_id):
            if mark is not None:
                finished[job_id] = mark
        else:
            left.append(job_id)
    if thorough or finished != known:
        store.write_json(naming.finished_jobs(), finished)
    return left


def _is_packed(archive: Archive, job_id: str) -> bool:
    try:
        return archive.is_packed(archive.job(job_id))
    except PopconError:
        return False
