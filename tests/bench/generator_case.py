"""Fills a scratch database with leads, or with cases and orders to follow up.

As in ``generator``, templates are made by Odoo and copied by the database; all times of
a copy are its template's, shifted by the same age, so that they agree with each other.
"""

import random
from datetime import timedelta
from itertools import accumulate

from generator import TEAMS, USERS, Generator, GeneratorError, Sizes

from odoo import Command, fields
from odoo.fields import Domain
from odoo.tools import SQL

# in every fifth text, and in one of 20,000
COMMON_WORDS = ("轴承", "传感器", "bearing")
RARE_WORDS = ("龟裂", "氟橡胶", "quixotic", "KH-2047")
COMMON_EVERY, RARE_EVERY = 5, 20000
CHINESE = (
    "密封 漏油 噪声 客户 设备 温度 控制柜 线路 供货 延迟 包装 破损 数量 型号 发票 服务 "
    "安装 调试 压力 阀门 检验 报告 合同 更换 零件 处理 赔偿 维修 技术 培训 说明书 电压 "
    "程序 升级 报警 停机 产能 质量 标准 材料 划痕 尺寸 偏差 焊接 涂层 螺栓 松动"
).split()
ENGLISH = (
    "seal leaks pump noise customer machine temperature control cabinet wiring contact "
    "delivery late packaging damaged quantity short wrong model invoice service staff "
    "pressure valve corrosion report contract replace part solution repair training "
    "manual voltage failure program upgrade alarm stopped line capacity quality coating"
).split()
CLAUSES = 20000
BATCH = 5000

OPEN_STATES = (
    "new",
    "contacted",
    "investigating",
    "proposed",
    "decision",
    "executing",
    "confirmation",
)
# of all cases; the others are closed
REFUSED, OPEN, FRESH = 0.05, 0.09, 0.01
TYPES_PER_KIND = 5
DAY = 24
# hours ago: newest, oldest
CLOSED_AGE, OPEN_AGE, FRESH_AGE = (20 * DAY, 1100 * DAY), (5 * DAY, 35 * DAY), (0, 15)
# of the archive, beside those that every generator makes
ROLES = {-3: "asg", -4: "fug", -5: "mdo"}
RESPONSIBLE = (60, 30)  # of the users: the first, how many


def case_sizes(cases):
    """Return the Sizes for so many leads or cases: one in twenty is the first of its
    customer, who has a confirmed order, too."""
    customers = max(cases // 20, 1)
    return Sizes(
        customers=customers,
        trading=customers,
        history=0,
        lines=2,
        quotations=0,
        deals=0,
        cases=cases,
    )


def make_texts(count):
    """Yield (number, description, cause, solution): seven of ten in Chinese, 50 to 400
    characters, of words as unevenly frequent as in a language."""
    rng = random.Random(19)
    han = [chr(0x4E00 + number) for number in range(2500)]
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    words = {
        "": CHINESE + ["".join(rng.choices(han, k=2)) for _word in range(6000)],
        " ": ENGLISH
        + [
            "".join(rng.choices(letters, k=rng.randint(3, 10))) for _word in range(4000)
        ],
    }
    clauses = {}
    for space, choice in words.items():
        weights = list(accumulate(1 / (rank + 20) for rank in range(len(choice))))
        clauses[space] = [
            space.join(rng.choices(choice, cum_weights=weights, k=rng.randint(3, 8)))
            for _clause in range(CLAUSES)
        ]

    def text(space, longest):
        length = rng.randint(50, longest)
        parts = rng.choices(clauses[space], k=1 + length // 6)
        return ("，", ", ")[bool(space)].join(parts)[:length]

    for number in range(count):
        space = "" if number % 10 < 7 else " "
        planted = [
            word
            for every, planted_words in (
                (COMMON_EVERY, COMMON_WORDS),
                (RARE_EVERY, RARE_WORDS),
            )
            for position, word in enumerate(planted_words)
            if number % every == position
        ]
        description = " ".join([text(space, 390), *planted])
        yield number, description, text(space, 200), text(space, 200)


class CaseGenerator(Generator):
    """Makes leads in a database of Odoo alone, cases in one of ours, of the same
    customers and with the same texts."""

    def generate(self):
        """Make everything; the caller commits."""
        self.made = 0
        self._customers()
        self._prepare_texts()
        # the plans of what follows depend on it
        self.cr.execute("ANALYZE")
        if "customer.complaint" in self.env:
            self._prepare_archive()
            self._cases()
        else:
            self._leads()
        self.cr.execute("ANALYZE")
        self.env.invalidate_all(flush=False)

    def _customers(self):
        """Make salespeople and customers with an order each."""
        sizes = self.sizes
        self._users()
        products = self.env["product.product"].create(
            [
                {
                    "name": f"Machine {number}",
                    "type": "consu",
                    "list_price": 100.0,
                    "taxes_id": [Command.clear()],
                }
                for number in range(20)
            ]
        )
        self.product = products[0]
        self.product_ids = products.ids
        self.customer = self.env["res.partner"].create(self._prepare_customer())
        self.contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        order = self._open_order()
        self.env.flush_all()
        with self._without_foreign_keys():
            self._copy_partners()
            self._copy_order(order, sizes.customers, sizes.customers)

    def _prepare_texts(self):
        self.cr.execute(
            """CREATE TEMP TABLE bench_text (number integer PRIMARY KEY,
               description text, cause text, solution text) ON COMMIT DROP"""
        )
        rows = list(make_texts(self.sizes.cases))
        for start in range(0, len(rows), BATCH):
            columns = map(list, zip(*rows[start : start + BATCH], strict=True))
            self.cr.execute(
                SQL(
                    """INSERT INTO bench_text SELECT * FROM unnest(
                       %s::int[], %s::text[], %s::text[], %s::text[])""",
                    *columns,
                )
            )

    # ------------------------------------------------------------ copies

    def _rows(self, records, count, ages, column):
        """Return SQL of what the copy of a row of ``records`` has: its number among
        all copies, its customer, and how old it is.

        :param ages: hours from the newest to the oldest; the first copy is the oldest
        :param column: which names the template, in its own table or in that of its
            contents
        """
        total = len(records) * count
        newest, oldest = ages
        row = SQL(
            "((k - 1) * %s + %s - %s)",
            len(records),
            SQL.identifier("t", column),
            records[0].id,
        )
        number = SQL("(%s + %s)", self.made, row)
        customer = SQL(
            "(%s + %s::bigint * 7919 %% %s)",
            self.first_customer,
            number,
            self.sizes.customers,
        )
        age = SQL(
            "(interval '1 hour' * (%s - %s * %s::float8 / %s))",
            oldest,
            oldest - newest,
            row,
            total,
        )
        return number, customer, age

    def _shifted(self, model, age):
        """Return {column: SQL} of all times of a model."""
        return {
            name: SQL("%s - %s", SQL.identifier("t", name), age)
            for name, field in self.env[model]._fields.items()
            if field.store and field.type == "datetime"
        }

    def _text(self, name, number):
        return SQL(
            "(SELECT %s FROM bench_text WHERE number = %s)",
            SQL.identifier(name),
            number,
        )

    def _one_of(self, ids, number):
        return SQL("(%s)[1 + %s %% %s]", list(ids), number, len(ids))

    def _of_customer(self, table, key, column, customer):
        return SQL(
            "(SELECT %s FROM %s WHERE %s = %s)",
            SQL.identifier(column),
            SQL.identifier(table),
            SQL.identifier(key),
            customer,
        )

    def _salesperson(self, customer):
        return self._of_customer("res_partner", "id", "user_id", customer)

    def _copy_activities(self, records, count, ages):
        activities = self.env["mail.activity"].search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        )
        _number, _customer, age = self._rows(records, count, ages, "res_id")
        self._copy(
            "mail_activity",
            activities.ids,
            count,
            references={"res_id": records._table},
            date_deadline=SQL("(t.date_deadline - %s)::date", age),
        )

    # ------------------------------------------------------------ leads

    def _leads(self):
        """Make as many leads as cases, one in ten with a to-do."""
        manager = self.env["res.users"].browse(self.first_user + USERS - 2)
        manager.login = "bench_manager"
        manager.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.env["res.users"].search(
            [("login", "=like", "bench_%")]
        ).group_ids += self.env.ref("crm.group_use_lead")
        stages = self.env["crm.stage"].search([])
        tags = self.env["crm.tag"].create(
            [{"name": f"Tag {number}"} for number in range(5)]
        )
        templates = self.env["crm.lead"].create(
            [
                {
                    "name": "Lead",
                    "type": "lead",
                    "partner_id": self.customer.id,
                    "user_id": self.rep.id,
                    "stage_id": stage.id,
                    "description": "Text",
                    "expected_revenue": 1000.0,
                }
                for _some in range(2)
                for stage in stages
            ]
        )
        with_todo = templates[len(stages) :]
        for lead in with_todo:
            lead.activity_schedule("mail.mail_activity_data_todo", user_id=self.rep.id)
        self.env.flush_all()
        with self._without_foreign_keys():
            for leads, share, ages in (
                (templates[: len(stages)], 0.9, CLOSED_AGE),
                (with_todo, 0.1, OPEN_AGE),
            ):
                self._copy_leads(leads, share, ages, tags)

    def _copy_leads(self, leads, share, ages, tags):
        count = max(round(self.sizes.cases * share) // len(leads), 1)
        number, customer, age = self._rows(leads, count, ages, "id")
        of_customer = {
            name: self._of_customer("res_partner", "id", origin, customer)
            for name, origin in (
                ("user_id", "user_id"),
                ("partner_name", "name"),
                ("email_from", "email"),
                ("email_normalized", "email_normalized"),
                ("phone", "phone"),
                ("phone_sanitized", "phone_sanitized"),
            )
        }
        base = self._copy(
            "crm_lead",
            leads.ids,
            count,
            **self._shifted("crm.lead", age),
            **of_customer,
            name=SQL("LEFT(%s, 40)", self._text("description", number)),
            description=SQL("'<p>' || %s || '</p>'", self._text("description", number)),
            partner_id=customer,
            team_id=SQL("%s + %s %% %s", self.first_team, number, TEAMS),
            email_domain_criterion=SQL(
                "'@' || split_part(%s, '@', 2)", of_customer["email_normalized"]
            ),
            priority=SQL("CASE WHEN %s %% 10 = 0 THEN '1' ELSE '0' END", number),
        )
        self.cr.execute(
            SQL(
                "INSERT INTO crm_tag_rel (lead_id, tag_id) "
                "SELECT id, %s FROM crm_lead WHERE id > %s",
                self._one_of(tags.ids, SQL("id")),
                base,
            )
        )
        self._copy_activities(leads, count, ages)
        self.made += len(leads) * count

    # ------------------------------------------------------------ cases

    def _prepare_archive(self):
        """Give the users their roles, open the dossiers, spread the customers over
        regions and units."""
        self._roles()
        users = self.env["res.users"].browse(
            range(self.first_user, self.first_user + USERS)
        )
        for position, role in ROLES.items():
            users[position].login = f"bench_{role}"
            users[position].group_ids += self.env.ref(f"customer_archive.group_{role}")
        # what was confirmed before the installation is not followed up by itself
        self.company.delivery_followup_from = fields.Date.today() - timedelta(days=1000)
        self._open_dossiers()
        regions = self.env["customer.classification"].search([("kind", "=", "region")])
        self.env.flush_all()
        self.cr.execute(
            SQL(
                "UPDATE res_partner SET sales_region_id = %s WHERE id >= %s",
                self._one_of(regions.ids, SQL("id")),
                self.first_customer,
            )
        )
        self.cr.execute(
            SQL(
                "UPDATE customer_dossier SET team_id = %s + id %% %s",
                self.first_team,
                TEAMS,
            )
        )
        self.env.invalidate_all(flush=False)

    def _cases(self):
        """Make cases of all kinds, types and states."""
        kinds = self.env["customer.complaint"]._fields["kind"].get_values(self.env)
        refused = [(kind, "rejected") for kind in kinds]
        closed = [(kind, "closed") for kind in kinds for _type in range(TYPES_PER_KIND)]
        fresh = [(kind, "new") for kind in kinds]
        run_out = [(kind, state) for kind in kinds for state in OPEN_STATES]
        templates = {
            name: self._template_cases(wanted)
            for name, wanted in (
                ("refused", refused),
                ("closed", closed),
                ("open", run_out),
                ("fresh", fresh),
            )
        }
        for case in templates["open"]:
            self._let_run_out(case)
        self.env.flush_all()
        with self._without_foreign_keys():
            for name, share, ages in (
                ("refused", REFUSED, CLOSED_AGE),
                ("closed", 1 - REFUSED - OPEN - FRESH, CLOSED_AGE),
                ("open", OPEN, OPEN_AGE),
                ("fresh", FRESH, FRESH_AGE),
            ):
                self._copy_cases(templates[name], share, ages, name == "closed")

    def _template_cases(self, wanted):
        """Return a case for each (kind, state), with ids in a row."""
        types = self.env["customer.problem.type"].search([])
        cases = self.env["customer.complaint"].create(
            [
                {
                    "kind": kind,
                    "partner_id": self.customer.id,
                    "complainant": "Li Lei",
                    "description": "Text",
                    "type_id": types[number % len(types)].id,
                }
                for number, (kind, _state) in enumerate(wanted)
            ]
        )
        if cases.ids != list(range(cases[0].id, cases[0].id + len(cases))):
            raise GeneratorError("The templates have no ids in a row.")
        for case, (_kind, state) in zip(cases, wanted, strict=True):
            self._walk(case, state)
        return cases

    def _walk(self, case, state):
        """Take the steps to ``state`` as the system does."""
        if state == "rejected":
            case._move_to(state, refusal_reason="No case")
            return
        states = [*OPEN_STATES, "closed"]
        for step in states[1 : states.index(state) + 1]:
            values = {}
            if step == "contacted":
                case._meet_clock("contact")
            elif step == "investigating":
                case._meet_clock("response")
                values = {"user_id": self.rep.id}
            elif step == "proposed":
                case._meet_clock("solution")
                values = {"cause": "Text", "solution": "Text"}
            elif step == "closed":
                now = fields.Datetime.now()
                values = {
                    "confirmed_at": now,
                    "confirmation": "satisfied",
                    "score": 4,
                    "root_cause_id": self.env["customer.root.cause"]
                    .search([], limit=1)
                    .id,
                    "closed_at": now,
                }
            case._move_to(step, **values)

    def _let_run_out(self, case):
        """Let the clocks of an open case that is days old run out, all alerts given."""
        running = case._get_running_clocks()
        values = {
            f"{clock}_alerted": case[f"{clock}_due"] + timedelta(days=2)
            for clock in running
        }
        if "solution" in running:
            values["solution_missed"] = True
        case._system_write(values)

    def _copy_cases(self, cases, share, ages, is_closed):
        count = max(round(self.sizes.cases * share) // len(cases), 1)
        number, customer, age = self._rows(cases, count, ages, "id")
        causes = self.env["customer.root.cause"].search([])
        channels = cases._fields["channel"].get_values(self.env)
        first, responsible = RESPONSIBLE
        values = self._shifted("customer.complaint", age)
        if is_closed:
            # up to ten days, so every fifth is in time
            delay = SQL("interval '1 hour' * (%s * 37 %% 240)", number)
            for name, more in (("solution", 0), ("confirmed", 24), ("closed", 48)):
                values[f"{name}_at"] = SQL(
                    "%s + %s + interval '1 hour' * %s",
                    values[f"{name}_at"],
                    delay,
                    more,
                )
            values |= {
                "solution_missed": SQL("t.solution_at + %s > t.solution_due", delay),
                "score": SQL("1 + %s %% 5", number),
                "root_cause_id": self._one_of(causes.ids, number),
                "reopen_count": SQL("(%s %% 40 = 0)::int", number),
            }
        self._copy(
            "customer_complaint",
            cases.ids,
            count,
            **values,
            number=SQL("'B-' || %s", number),
            name=SQL("LEFT(%s, 40)", self._text("description", number)),
            description=self._text("description", number),
            **{
                name: SQL(
                    "CASE WHEN %s IS NOT NULL THEN %s END",
                    SQL.identifier("t", name),
                    self._text(name, number),
                )
                for name in ("cause", "solution")
            },
            partner_id=customer,
            dossier_id=self._of_customer(
                "customer_dossier", "partner_id", "id", customer
            ),
            team_id=self._of_customer(
                "customer_dossier", "partner_id", "team_id", customer
            ),
            user_id=SQL(
                "CASE WHEN t.user_id IS NOT NULL THEN %s + %s %% %s END",
                self.first_user + first,
                number,
                responsible,
            ),
            channel=SQL("(%s)[1 + %s %% %s]", channels, number, len(channels)),
            priority=SQL(
                "CASE WHEN %(n)s %% 50 = 0 THEN '2' WHEN %(n)s %% 12 = 0 THEN '1' "
                "ELSE '0' END",
                n=number,
            ),
            product_id=SQL(
                "CASE WHEN %s %% 5 > 0 THEN %s END",
                number,
                self._one_of(self.product_ids, SQL("(%s / 3)", number)),
            ),
            portal_token=SQL("NULL"),
        )
        _number, _customer, age = self._rows(cases, count, ages, "complaint_id")
        self._copy(
            "customer_complaint_log",
            cases.log_ids.ids,
            count,
            references={"complaint_id": "customer_complaint"},
            **self._shifted("customer.complaint.log", age),
        )
        self._copy_activities(cases, count, ages)
        self.made += len(cases) * count

    # ------------------------------------------------------------ check

    def check(self):
        """Let Odoo compute a sample anew and look for what cannot be.

        :raise GeneratorError: something differs
        """
        self.env.invalidate_all()
        sample = random.Random(19)
        ours = "customer.complaint" in self.env
        model = "customer.complaint" if ours else "crm.lead"
        found = self.env[model].search_count([])
        # templates are copied a whole number of times
        if not 0.95 * self.sizes.cases <= found <= 1.05 * self.sizes.cases + 200:
            raise GeneratorError(f"{found} {model} instead of {self.sizes.cases}")
        partners = self._sample("res.partner", [], sample)
        self._check_recomputed(partners, ("complete_name", "commercial_partner_id"))
        if not ours:
            leads = self._sample("crm.lead", [], sample, 100)
            self._check_recomputed(
                leads,
                (
                    "partner_name",
                    "email_normalized",
                    "email_domain_criterion",
                    "phone_sanitized",
                    "prorated_revenue",
                    "day_open",
                    "day_close",
                ),
            )
            return
        open_cases = Domain("state", "in", OPEN_STATES)
        for domain in (open_cases, ~open_cases):
            self._check_recomputed(
                self._sample("customer.complaint", domain, sample, 100),
                (
                    "dossier_id",
                    "team_id",
                    "next_due",
                    "next_alert",
                    "is_result_sent",
                    "complainant",
                ),
            )
        orders = self._sample("sale.order", [], sample)
        self._check_recomputed(orders, ("amount_total", "invoice_status"))
        self._check_impossible()

    def _check_impossible(self):
        for condition in (
            "next_alert <= now() AT TIME ZONE 'UTC'",
            "received_at > now() AT TIME ZONE 'UTC'",
            "closed_at > now() AT TIME ZONE 'UTC'",
            "closed_at < solution_at OR solution_at < received_at",
            "(state = 'closed') != (closed_at IS NOT NULL)",
            "state = 'closed' AND solution_missed != (solution_at > solution_due)",
            "state NOT IN ('new', 'rejected') AND NOT EXISTS (SELECT FROM "
            "customer_complaint_log WHERE complaint_id = customer_complaint.id)",
            "partner_id NOT IN (SELECT id FROM res_partner)",
            "user_id NOT IN (SELECT id FROM res_users)",
            "dossier_id IS NULL OR description IS NULL",
        ):
            self.cr.execute(
                SQL("SELECT COUNT(*) FROM customer_complaint WHERE %s", SQL(condition))
            )
            (wrong,) = self.cr.fetchone()
            if wrong:
                raise GeneratorError(f"{wrong} cases: {condition}")
