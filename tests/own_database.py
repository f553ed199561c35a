"""A test case with a database of its own, in which Odoo runs as a process."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing

from odoo import sql_db
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, config


class OwnDatabaseCase(BaseCase):
    """The database is named after the one of the tests and ``suffix``."""

    suffix = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = f"{get_db_name()}_{cls.suffix}"
        cls._drop()
        cls.addClassCleanup(cls._drop)

    @classmethod
    def _administrate(cls, query, *args):
        """Run a statement on databases, which no transaction may be around."""
        with closing(sql_db.db_connect("postgres").cursor()) as cr:
            cr._cnx.autocommit = True
            cr.execute(SQL(query, *map(SQL.identifier, args)))

    @classmethod
    def _drop(cls):
        sql_db.close_db(cls.database)
        cls._administrate("DROP DATABASE IF EXISTS %s WITH (FORCE)", cls.database)
        shutil.rmtree(config.filestore(cls.database), ignore_errors=True)

    @classmethod
    def _copy(cls):
        """Make the database as a copy of the one of the tests."""
        source = get_db_name()
        sql_db.close_db(source)
        cls._administrate("CREATE DATABASE %s TEMPLATE %s", cls.database, source)
        if os.path.exists(config.filestore(source)):
            shutil.copytree(config.filestore(source), config.filestore(cls.database))

    @classmethod
    def _arguments(cls, command, *arguments):
        return [
            *(sys.executable, "-m", "odoo", command, *arguments),
            *("--database", cls.database),
        ]

    @classmethod
    def _variables(cls):
        return {**os.environ, "PGDATABASE": cls.database}

    @classmethod
    def _odoo(cls, command, *arguments, script=""):
        """Run a command of Odoo; a warning or an error in its log is a failure."""
        sql_db.close_db(cls.database)
        options = []
        if command != "module":
            options += ["--no-http", "--max-cron-threads=0", "--log-level=warn"]
        if command == "server":
            options.append("--stop-after-init")
        result = subprocess.run(
            cls._arguments(command, *arguments, *options),
            input=script,
            capture_output=True,
            text=True,
            env=cls._variables(),
        )
        said = [
            line
            for line in result.stderr.splitlines()
            if any(f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL"))
        ]
        if result.returncode or said:
            end = "\n".join(said + result.stderr.splitlines()[-20:])
            raise AssertionError(f"odoo {command} {arguments} said:\n{end}")
        return result.stdout

    @classmethod
    def _shell(cls, script):
        """Run a script in Odoo's shell; return what it left in ``result``."""
        script += "\nimport json\nprint(json.dumps(result))\n"
        return json.loads(cls._odoo("shell", script=script).splitlines()[-1])

    @classmethod
    def _query(cls, query):
        with closing(sql_db.db_connect(cls.database).cursor()) as cr:
            cr.execute(query)
            return cr.fetchall()
