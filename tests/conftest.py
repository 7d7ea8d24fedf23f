"""Fixtures of all Python tests: daemons, and what they logged when a test fails."""

import pytest

from daemon import BINARY, Daemon

_logs = pytest.StashKey[list]()


class Daemons:
    """Makes daemons, each in a directory of its own, and ends those that a test has left running."""

    def __init__(self, directory):
        self.directory = directory
        self.made = []

    def make(self, *options, **kwargs):
        """Not started yet: for tests of the start itself."""
        daemon = Daemon(self.directory / f"daemon-{len(self.made)}", *options, **kwargs)
        self.made.append(daemon)
        return daemon

    def start(self, *options, **kwargs):
        return self.make(*options, **kwargs).start()

    def end(self):
        """Every daemon that still runs must drain and exit with 0."""
        running = [daemon for daemon in self.made if daemon.running]
        for daemon in running:
            daemon.process.terminate()
        codes = [daemon.wait() for daemon in running]
        assert codes == [0] * len(codes), "\n".join(daemon.log() for daemon in running)


def _daemons(request, tmp_path_factory, name):
    daemons = Daemons(tmp_path_factory.mktemp(name))
    request.node.session.stash.setdefault(_logs, []).append(daemons)
    try:
        yield daemons
        daemons.end()
    finally:
        for daemon in daemons.made:
            daemon.kill()
        request.node.session.stash[_logs].remove(daemons)


@pytest.fixture
def daemons(request, tmp_path_factory):
    """Makes daemons for one test: daemons.start("--jobs", 2)."""
    yield from _daemons(request, tmp_path_factory, "daemons")


@pytest.fixture
def daemon(daemons):
    """A daemon of the test's own, on an empty data directory."""
    return daemons.start()


@pytest.fixture
def client(daemon):
    """A client of the test's own daemon."""
    client = daemon.client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def module_daemons(request, tmp_path_factory):
    """Makes daemons that serve all tests of a file."""
    yield from _daemons(request, tmp_path_factory, "module")


@pytest.fixture(scope="session")
def shared_daemon(request, tmp_path_factory):
    """One daemon for all tests that neither stop it nor count what it holds."""
    for daemons in _daemons(request, tmp_path_factory, "shared"):
        yield daemons.start()


@pytest.fixture(scope="session")
def shared_client(shared_daemon):
    client = shared_daemon.client()
    yield client
    client.close()


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not there: build it, or name another in LOGITD_BINARY", 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of the logs of the daemons that stood at that time."""
    report = yield
    if report.failed:
        for daemons in item.session.stash.get(_logs, []):
            for daemon in daemons.made:
                report.sections.append((f"log of {daemon.directory.name}", daemon.log()[-8000:]))
    return report
