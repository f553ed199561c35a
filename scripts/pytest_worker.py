"""What each worker of pytest-xdist has of its own.

A filestore: pytest-odoo lets the workers share one, from which Odoo, after each class
of tests, removes what its own database does not know: assets and images that the other
worker is about to read.

A cache of the browser: Odoo starts every test with a new profile, whose browser loads
and compiles the web client anew. Cookies and storage stay new, the cache is kept.
"""

import contextlib
import shutil
import tempfile
from pathlib import Path


@contextlib.contextmanager
def own_filestore(original_database, database):
    from odoo.tools import config

    own = Path(config.filestore(database))
    if original_database != database:
        shutil.copytree(config.filestore(original_database), own, dirs_exist_ok=True)
    try:
        yield
    finally:
        if original_database != database:
            shutil.rmtree(own, ignore_errors=True)


def keep_browser_cache(config):
    from odoo.tests.common import ChromeBrowser

    cache = tempfile.TemporaryDirectory(suffix="_chrome_cache")
    config.add_cleanup(cache.cleanup)
    spawn_chrome = ChromeBrowser._spawn_chrome

    def spawn_with_cache(browser, command):
        *switches, url = command
        return spawn_chrome(browser, [*switches, f"--disk-cache-dir={cache.name}", url])

    ChromeBrowser._spawn_chrome = spawn_with_cache


def pytest_configure(config):
    import pytest_odoo

    pytest_odoo._shared_filestore = own_filestore
    keep_browser_cache(config)
