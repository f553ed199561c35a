"""Give each worker of pytest-xdist a filestore of its own.

pytest-odoo lets the workers share one, from which Odoo, after each class of tests,
removes what its own database does not know: assets and images that the other worker
is about to read.
"""

import contextlib
import shutil
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


def pytest_configure():
    import pytest_odoo

    pytest_odoo._shared_filestore = own_filestore
