"""Many clients confirm orders at once over XML-RPC.

``CREDIT_CLIENTS``, ``CREDIT_CONFIRMATIONS`` and ``CREDIT_CUSTOMERS`` in the environment
change the size.
"""

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import xmlrpc.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from odoo.tests import tagged
from odoo.tools import SQL

from .own_database import OwnDatabaseCase

CLIENTS = int(os.environ.get("CREDIT_CLIENTS", 8))
CONFIRMATIONS = int(os.environ.get("CREDIT_CONFIRMATIONS", 200))
CUSTOMERS = int(os.environ.get("CREDIT_CUSTOMERS", 20))
AMOUNT = 100.0
PASSWORD = "salesperson"

# Customers with room for none, some or all of the orders that are asked for each. The
# quotations of a customer are spread over the clients, who come to him at once.
PREPARE = """
from odoo import Command

clients, confirmations, customers, amount, password = {sizes}
# what it asks has tests of its own
env["customer.confidentiality.duty"].search([]).action_archive()
env.company.write(
    {{"credit_default_control": "limited", "credit_warning_report": False}}
)
users = env["res.users"].create([
    {{
        "name": f"Salesperson {{number}}", "login": f"load{{number}}",
        "password": password,
        "group_ids": [Command.set(env.ref("sales_team.group_sale_salesman").ids)],
    }}
    for number in range(clients)
])
product = env["product.product"].create(
    {{"name": "Product", "type": "service", "taxes_id": [Command.clear()]}}
)
partners = env["res.partner"].create([
    {{"name": f"Customer {{number}}", "is_company": True}}
    for number in range(customers)
])

def order(partner, user, price):
    return {{
        "partner_id": partner.id, "user_id": user.id,
        "order_line": [Command.create(
            {{"product_id": product.id, "price_unit": price, "tax_ids": []}}
        )],
    }}

each = confirmations // customers
used = 10 * amount
rooms = {{}}
for number, partner in enumerate(partners):
    rooms[partner.id] = number % each + (number % 2)
    # what lies between two orders stays free
    limit = used + rooms[partner.id] * amount + amount / 2
    account = env["customer.credit.account"]._get(partner, env.company)
    account._system_write({{"control": "limited", "limit_amount": limit}})
env["sale.order"].create(
    [order(partner, users[0], used) for partner in partners]
).action_confirm()
shares = [[] for _user in users]
for number in range(customers * each):
    client = number % clients
    shares[client].append(order(partners[number // each], users[client], amount))
result = {{
    "shares": [env["sale.order"].create(share).ids for share in shares],
    "users": users.ids,
    "rooms": rooms,
}}
env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestCreditLoad(OwnDatabaseCase):
    suffix = "load"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._copy()
        sizes = (CLIENTS, CONFIRMATIONS, CUSTOMERS, AMOUNT, PASSWORD)
        cls.prepared = cls._shell(PREPARE.format(sizes=sizes))
        cls.rooms = {
            int(partner_id): room for partner_id, room in cls.prepared["rooms"].items()
        }
        cls.log = Path(cls.enterClassContext(tempfile.TemporaryDirectory()), "log")
        cls.port = cls._start()

    @classmethod
    def _start(cls):
        """Start a server on the database and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = cls._arguments(
            "server",
            *("--http-interface", "127.0.0.1", "--db-filter", f"^{cls.database}$"),
            # a thread for each request; the workers of another process model would
            # want a free gevent port as well
            *("--http-port", str(port), "--workers", "0", "--max-cron-threads", "0"),
            # the repetitions are counted in it
            *("--log-handler", "odoo.service.model:INFO", "--logfile", str(cls.log)),
        )
        server = subprocess.Popen(command, env=cls._variables())
        cls.addClassCleanup(server.wait, timeout=60)
        cls.addClassCleanup(server.terminate)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(OSError):
                with urlopen(f"http://127.0.0.1:{port}/web/health", timeout=30):
                    return port
            time.sleep(0.2)
        raise AssertionError(
            f"The server did not start:\n{cls.log.read_text()[-3000:]}"
        )

    def _confirm_share(self, user_id, order_ids, start):
        """Confirm one client's orders, one after the other; return what came of it."""
        server = xmlrpc.client.ServerProxy(
            f"http://127.0.0.1:{self.port}/xmlrpc/2/object", allow_none=True
        )
        outcomes = []
        start.wait(timeout=60)
        for order_id in order_ids:
            try:
                server.execute_kw(
                    *(self.database, user_id, PASSWORD),
                    *("sale.order", "action_confirm", [[order_id]]),
                )
                outcomes.append("confirmed")
            except xmlrpc.client.Fault as fault:
                told = "would exceed the credit limit" in fault.faultString
                outcomes.append("refused" if told else fault.faultString)
            except OSError as error:
                outcomes.append(repr(error))
        return outcomes

    def test_no_limit_is_exceeded_and_no_request_lost(self):
        start = threading.Barrier(CLIENTS)
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=CLIENTS) as executor:
            futures = [
                executor.submit(self._confirm_share, user_id, share, start)
                for user_id, share in zip(
                    self.prepared["users"], self.prepared["shares"], strict=True
                )
            ]
            outcomes = Counter(
                outcome for future in futures for outcome in future.result()
            )
        seconds = time.monotonic() - began
        log = self.log.read_text()
        repeated = len(re.findall(r"tries left, try again", log))
        print(
            f"\n{CLIENTS} clients, {CONFIRMATIONS} confirmations, "
            f"{CUSTOMERS} customers: {dict(outcomes)}, "
            f"{repeated} repetitions in {seconds:.1f} s"
        )
        fitting = sum(self.rooms.values())
        self.assertEqual(
            outcomes,
            {"confirmed": fitting, "refused": CONFIRMATIONS - fitting},
        )
        self.assertGreater(repeated, 0, "nothing happened at once")
        self.assertNotIn("maximum number of tries reached", log)
        # the exposure is that of confirmed orders alone: nothing is invoiced or paid
        rows = self._query(
            SQL(
                """
                SELECT account.partner_id, account.limit_amount, account.exposure,
                       SUM(sale_order.amount_total), COUNT(*)
                  FROM customer_credit_account account
                  JOIN res_partner contact
                    ON contact.commercial_partner_id = account.partner_id
                  JOIN sale_order ON sale_order.partner_invoice_id = contact.id
                 WHERE sale_order.state = 'sale' AND account.partner_id IN %s
              GROUP BY account.id
                """,
                tuple(self.rooms),
            )
        )
        self.assertEqual(len(rows), CUSTOMERS)
        for partner_id, limit, stored, exposure, count in rows:
            self.assertLessEqual(exposure, limit)
            self.assertEqual(exposure, stored)
            self.assertEqual(count, 1 + self.rooms[partner_id])
