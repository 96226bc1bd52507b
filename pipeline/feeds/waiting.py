"""Files that lie in the landing folder and are not in the archive yet: the only copies of what was delivered."""

from __future__ import annotations

from pipeline.feeds.archive import archived, landing_files
from pipeline.feeds.read import fingerprint
from pipeline.settings import Settings


def waiting_files(settings: Settings) -> tuple[str, ...]:
    """The files that the next build will look at for the first time, as paths below the landing folder."""
    if not settings.landing.is_dir():
        return ()
    known = list(archived(settings))
    seen = {(d.path, d.size, d.modified_ns) for d in known}
    contents = {(d.supplier, d.sha256) for d in known}
    waiting = []
    for path in landing_files(settings, needed=False):
        relative, stat = path.relative_to(settings.landing), path.stat()
        if (relative.as_posix(), stat.st_size, stat.st_mtime_ns) in seen:
            continue
        if (relative.parts[0], fingerprint(path)) not in contents:
            waiting.append(relative.as_posix())
    return tuple(waiting)
