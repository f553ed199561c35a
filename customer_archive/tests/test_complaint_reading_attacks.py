from functools import partial

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

WORD = "Zanzibar"
CASE = "customer.complaint"
FORM = "customer.feedback.form"


@tagged("post_install", "-at_install")
class TestComplaintReadingAttacks(CustomerArchiveCommon):
    """Nobody learns anything of a case that he may not read, whatever his client
    sends (B1-B41, D8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls._customer(f"{WORD} Ltd")
        cls.person = cls._customer(
            f"{WORD} Li",
            is_company=False,
            parent_id=cls.secret.id,
            email="li@zanzibar.example",
        )
        cls.dossier = cls._dossier(partner_id=cls.secret.id)
        cls.case = cls._secret_case()
        # found responsible, which gives no right to read
        cls.case.liable_user_id = cls.pl
        cls.leaver = cls._user("gmo", login="archive_leaver", archive_access="none")
        cls.strangers = (
            cls.outsider,
            cls.rep2,
            cls.bum2,
            cls.fin,
            cls.pl,
            cls.asg,
            cls.fug,
            cls.admin_user,
            cls.leaver,
        )
        export = cls.env.ref("base.group_allow_export")
        for user in (cls.mdo, cls.keeper, *cls.strangers):
            user.group_ids = [Command.link(export.id)]

    @classmethod
    def _secret_case(cls):
        case = cls._case(
            name=WORD,
            complainant=f"{WORD} Li",
            partner_id=cls.secret.id,
            contact_id=cls.person.id,
            description=WORD,
        )
        case.write({"cause": WORD, "evidence": WORD, "solution": WORD})
        return case

    def _close(self, case):
        case._system_write({"state": "closed"})
        return case

    def _task(self, user, case=None):
        """Return a task of ``case`` that ``user``, of no department, helps with."""
        return self.env["customer.complaint.task"].create(
            {
                "complaint_id": (case or self.case).id,
                "name": "Look up the batch",
                "department_id": self.env["customer.service.team"]
                .create({"name": "Laboratory"})
                .id,
                "user_id": user.id,
                "date_due": "2030-01-31",
            }
        )

    def _own_case(self, user):
        """Return a case of another customer that ``user`` works on."""
        case = self._case()
        case.user_id = user
        case._system_write({"state": "contacted"})
        return case

    def _spec(self, model):
        return {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name, field in self.env[model]._fields.items()
            if not field.groups
            and not field.type.startswith("properties")
            and field.type not in ("one2many", "many2many", "reference")
        }

    def _onchange(self, user, model, values, record_ids=(), spec=None):
        return self._rpc(
            user,
            model,
            "onchange",
            list(record_ids),
            values,
            list(values),
            spec or self._spec(model),
        ).get("value")

    def assertNothingTold(self, told, *secrets):
        for secret in (WORD, WORD.lower(), self.case.number, *secrets):
            self.assertNotIn(secret, str(told))

    def _create_dialog(self, user, model, values):
        dialog_id = self._rpc(user, model, "create", values)
        return self._rpc(user, model, "web_read", [dialog_id], self._spec(model))

    def _tell(self, user, attack):
        """Return what ``attack(user)`` says, refused or not."""
        try:
            with self.env.cr.savepoint():
                return attack(user)
        except (UserError, ValueError) as error:  # AccessError is one
            return str(error)
        except IntegrityError:
            return ""  # nothing filled in what is required

    # ------------------------------------------------------------ dialogs

    def _dialogs(self, case):
        dispatch = self._answered(case)
        dispatch._system_write({"subject": WORD, "body": WORD, "recipient": WORD})
        log = self.env["customer.service.log"].create(
            {
                "complaint_id": case.id,
                "user_id": self.mdo.id,
                "mode": "phone",
                "problem": WORD,
            }
        )
        form = self.env[FORM].create({"complaint_id": case.id, "problem": WORD})
        return {
            "customer.complaint.send": {"complaint_id": case.id},
            "customer.complaint.confirm": {"complaint_id": case.id},
            "customer.complaint.reply": {"dispatch_id": dispatch.id, "reply": "x"},
            "customer.complaint.step": {"complaint_id": case.id, "note": "x"},
            "customer.service.sign": {"log_id": log.id, "signature": "iVBORw0KGgo="},
            "customer.service.reason": {"log_id": log.id, "reason": "x"},
            "customer.feedback.answer": {
                "form_id": form.id,
                "cause": "x",
                "answer": "x",
            },
        }

    @mute_logger("odoo.sql_db")
    def test_dialogs_of_a_hidden_case(self):
        for model, values in self._dialogs(self.case).items():
            for user in self.strangers:
                for attack in (self._onchange, self._create_dialog):
                    with self.subTest(
                        model=model, user=user.login, attack=attack.__name__
                    ):
                        call = partial(attack, model=model, values=values)
                        self.assertNothingTold(self._tell(user, call))
        told = self._onchange(
            self.mdo, "customer.complaint.send", {"complaint_id": self.case.id}
        )
        self.assertIn(WORD, str(told))

    def test_dialogs_of_others(self):
        """A dialog holds what was typed and rendered: it is its author's alone."""
        for name, model in self.env.registry.items():
            if not model._transient or model._original_module != "customer_archive":
                continue
            with self.subTest(model=name):
                domains = (
                    self.env["ir.rule"]
                    .search([("model_id.model", "=", name), ("global", "=", True)])
                    .mapped("domain_force")
                )
                self.assertIn("[('create_uid', '=', user.id)]", domains)
        dialog = (
            self.env["customer.complaint.send"]
            .with_user(self.mdo)
            .create({"complaint_id": self.case.id})
        )
        self.assertIn(WORD, dialog.recipient)
        for user in (*self.strangers, self.gmo):
            with self.subTest(user=user.login):
                self.assertFalse(self._rpc(user, dialog._name, "search_read", []))

    # ------------------------------------------------------------ forms

    def test_content_in_a_form(self):
        """Neither a form of something of a case nor one with such lines fills in what
        the case says."""
        self._close(self._secret_case())
        for model in self.env.registry.descendants(
            ["customer.complaint.content.mixin"], "_inherit"
        ):
            if self.env[model]._abstract:
                continue
            values = {"complaint_id": self.case.id}
            for user in self.strangers:
                with self.subTest(model=model, user=user.login):
                    told = self._tell(
                        user,
                        lambda user, model=model, values=values: self._onchange(
                            user, model, values
                        ),
                    )
                    self.assertNothingTold(told)

    def test_lines_in_a_form_of_a_case(self):
        case = self._own_case(self.rep2)
        for name, field in self.env[CASE]._fields.items():
            if field.type != "one2many" or "complaint_id" not in (
                self.env[field.comodel_name]._fields
            ):
                continue
            line = {"complaint_id": self.case.id}
            values = {name: [Command.create(line)], "name": "x"}
            spec = {name: {"fields": self._spec(field.comodel_name)}, "name": {}}
            for record_ids in ([], case.ids):
                with self.subTest(field=name, record=record_ids):
                    told = self._tell(
                        self.rep2,
                        lambda user, values=values, ids=record_ids, spec=spec: (
                            self._onchange(user, CASE, values, ids, spec)
                        ),
                    )
                    self.assertNothingTold(told)

    def test_parts_in_a_form(self):
        values = {"log_id": self._dialogs(self.case)["customer.service.sign"]["log_id"]}
        told = self._onchange(self.outsider, "customer.service.part", values)
        self.assertNothingTold(told)

    def test_measure_in_a_form(self):
        told = self._onchange(
            self.rep2, "customer.measure", {"complaint_id": self.case.id}
        )
        self.assertNothingTold(told)
        self.assertFalse(told.get("partner_id"))
        self.case._system_write({"state": "investigating"})
        told = self._onchange(
            self.rep2, "customer.measure", {"complaint_id": self.case.id}
        )
        self.assertFalse(told.get("is_part_of_solution"))

    def test_figures_of_another_department(self):
        teams = self.env["customer.service.team"].create(
            [{"name": "Own", "user_id": self.rep2.id}, {"name": "Other"}]
        )
        evaluations = self.env["customer.service.evaluation"]._system_create(
            [
                {
                    "department_id": team.id,
                    "company_id": self.company.id,
                    "date_start": "2030-01-01",
                    "date_end": "2030-03-31",
                    "received_count": 7654321,
                }
                for team in teams
            ]
        )
        own, other = evaluations
        told = self._onchange(self.rep2, own._name, {"previous_id": other.id}, own.ids)
        self.assertNothingTold(told, "7654321")

    def test_order_in_a_form_of_a_delivery(self):
        order, own = self.env["sale.order"].create(
            [{"partner_id": self.secret.id}, {"partner_id": self.partner.id}]
        )
        followups = self.env["customer.delivery.followup"]
        hidden, followup = followups._plan(order), followups._plan(own)
        hidden.user_id = self.gmo
        followup.user_id = self.rep2
        line = [Command.create({"followup_id": hidden.id})]
        spec = {
            **self._spec(followups._name),
            "tracking_ids": {"fields": self._spec("customer.delivery.tracking")},
        }
        for values in ({"order_id": order.id}, {"tracking_ids": line}):
            with self.subTest(values=values):
                told = self._onchange(
                    self.rep2, followups._name, values, followup.ids, spec
                )
                self.assertNothingTold(told, order.name)

    def test_contact_of_another_company(self):
        """Who may not read a contact learns neither name nor address by naming it."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self._customer(
            WORD,
            company_id=other.id,
            phone="+86 21 5555 0199",
            email="zanzibar@example.com",
            street=WORD,
        )
        product = self.env["product.product"].create(
            {"name": WORD, "company_id": other.id}
        )
        case = self._own_case(self.rep2)
        attacks = (
            (CASE, {"contact_id": hidden.id}),
            ("customer.service.log", {"contact_id": hidden.id, "mode": "on_site"}),
            ("customer.service.log", {"partner_id": hidden.id, "mode": "on_site"}),
            ("customer.service.part", {"product_id": product.id}),
            (FORM, {"product_id": product.id}),
            (
                "customer.complaint.send",
                {"complaint_id": case.id, "recipient_id": hidden.id},
            ),
            (
                "customer.complaint.confirm",
                {"complaint_id": case.id, "contact_id": hidden.id},
            ),
        )
        for model, values in attacks:
            spec = {
                name: {}
                for name, field in self.env[model]._fields.items()
                if field.type in ("char", "text")
            }
            with self.subTest(model=model, values=values):
                told = self._tell(
                    self.rep2,
                    lambda user, model=model, values=values, spec=spec: self._onchange(
                        user, model, values, spec=spec
                    ),
                )
                self.assertNothingTold(told, "5555")

    def test_contact_of_a_tracking(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        followup = self.env["customer.delivery.followup"]._plan(order)
        followup.user_id = self.rep2
        tracking = self.env["customer.delivery.tracking"]._system_create(
            [{"followup_id": followup.id, "date_due": "2020-01-31"}]
        )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self._customer(WORD, company_id=other.id)
        for contact_id in (hidden.id, hidden.id + 10**6):
            told = self._tell(
                self.rep2,
                lambda user, contact_id=contact_id: self._rpc(
                    user,
                    tracking._name,
                    "action_record",
                    tracking.ids,
                    "2020-01-31",
                    "x",
                    5,
                    "x",
                    contact_id,
                ),
            )
            self.assertNothingTold(told)

    # ------------------------------------------------------------ refusals

    def test_refusals_name_nothing_of_the_case(self):
        """Moving something of one's own case to a hidden one is refused without
        saying of whom that is, closed or not."""
        own = self._own_case(self.asg)
        task = self._task(self.asg, own)
        log = (
            self.env["customer.service.log"]
            .with_user(self.asg)
            .create({"complaint_id": own.id, "mode": "phone", "problem": "x"})
        )
        closed = self._close(self._secret_case())
        for case in (self.case, closed):
            for record, values in (
                (task, {"complaint_id": case.id}),
                (log, {"complaint_id": case.id}),
                (log, {"complaint_id": case.id, "partner_id": self.partner.id}),
            ):
                with self.subTest(model=record._name, values=values):
                    with self.assertRaises(AccessError) as refused:
                        self._rpc(self.asg, record._name, "write", record.ids, values)
                    self.assertNothingTold(refused.exception, closed.number)
            values = {
                "complaint_id": case.id,
                "name": "x",
                "action": "x",
                "date_due": "2030-01-31",
                "verifier_id": self.keeper.id,
            }
            with self.subTest(model="customer.measure", case=case.state):
                with self.assertRaises(AccessError) as refused:
                    self._rpc(self.rep2, "customer.measure", "create", values)
                self.assertNothingTold(refused.exception, closed.number)

    def test_measure_is_not_moved_to_a_closed_case(self):
        measure = self._measure(user_id=self.rep2.id)
        closed = self._close(self._secret_case())
        with self.assertRaises(UserError) as refused:
            self._rpc(
                self.rep2,
                measure._name,
                "write",
                measure.ids,
                {"complaint_id": closed.id},
            )
        self.assertNothingTold(refused.exception, closed.number)

    # ------------------------------------------------------------ who helps or helped

    def test_helper_guesses_nothing_of_the_case(self):
        """Whoever helped with a case reads his task alone once that is closed."""
        task = self._task(self.outsider)
        model = task._name
        measure = self._measure(name=WORD)
        measure._system_write({"complaint_id": self.case.id})
        self._answered(self.case)._system_write({"body": WORD})
        self.assertTrue(self.case._filter_readable(self.outsider))
        self._close(self.case)
        (read,) = self._rpc(self.outsider, model, "read", task.ids)
        self.assertFalse(read["complaint_id"][1])
        own = [("id", "=", task.id)]
        for domain in (
            [("complaint_id.cause", "=", WORD)],
            [("complaint_id", "any", [("cause", "=", WORD)])],
            [("complaint_id", "any!", [("cause", "=", WORD)])],
            [("complaint_id", "ilike", self.case.number)],
            [("complaint_id.text_search", "ilike", WORD)],
            [("complaint_id.measure_ids.name", "=", WORD)],
            [("complaint_id.dispatch_ids.body", "ilike", WORD)],
            [("complaint_id.liable_user_id", "=", self.pl.id)],
            [("complaint_id.state", "=", "closed")],
            [("complaint_id.log_ids.event", "=", "state")],
        ):
            with self.subTest(domain=domain):
                try:
                    found = self._rpc(self.outsider, model, "search", own + domain)
                except (AccessError, UserError, ValueError):
                    continue
                self.assertFalse(found)
        for groupby in ("complaint_id", "complaint_id.cause", "complaint_id.number"):
            with self.subTest(groupby=groupby):
                told = self._tell(
                    self.outsider,
                    lambda user, groupby=groupby: self._rpc(
                        user, model, "formatted_read_group", own, [groupby], ["__count"]
                    ),
                )
                self.assertNothingTold(told)
        for names in (["complaint_id"], ["complaint_id/cause", "complaint_id/number"]):
            with self.subTest(export=names):
                told = self._tell(
                    self.outsider,
                    lambda user, names=names: self._rpc(
                        user, model, "export_data", task.ids, names
                    ),
                )
                self.assertNothingTold(told)
        told = self._tell(
            self.outsider,
            lambda user: self._rpc(
                user,
                model,
                "web_read",
                task.ids,
                {"complaint_id": {"fields": {"display_name": {}, "cause": {}}}},
            ),
        )
        self.assertNothingTold(told)
        self.assertFalse(
            self._rpc(self.outsider, CASE, "search", [("id", "=", self.case.id)])
        )

    def test_once_involved(self):
        """Whoever was taken off a case, and the person found responsible, reads
        nothing of it any more."""
        self.case.user_id = self.rep2
        self.assertTrue(self.case._filter_readable(self.rep2))
        self.case.user_id = self.bum2
        for user in (self.rep2, self.pl):
            self.assertFalse(self.case._filter_readable(user))
            for model in (CASE, "customer.complaint.log", "customer.complaint.report"):
                name = "id" if model == CASE else "complaint_id"
                domain = [(name, "=", self.case.id)]
                self.assertFalse(self._rpc(user, model, "search", domain))

    def test_department_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self._user(
            "keeper",
            login="archive_elsewhere",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        unfiled = self._case(name=WORD)
        for case in (self.case, unfiled):
            self.assertFalse(case._filter_readable(elsewhere))
            context = {"allowed_company_ids": (other | self.company).ids}
            with self.assertRefused(AccessError):
                self._rpc(elsewhere, CASE, "read", case.ids, ["name"], context=context)

    # ------------------------------------------------------------ mail

    def test_stranger_answers_a_mail_of_a_case(self):
        """A mail with forged references lands with the case; its sender follows
        nothing and is sent nothing."""
        people = self.person | self._customer("Mallory", email="mallory@example.com")
        message = self.case.message_post(body=WORD, message_type="comment")
        for person in people:
            mail = (
                f"From: {person.email}\nTo: service@example.com\n"
                f"Cc: mallory@example.com\nSubject: Re\n"
                f"Message-ID: <forged-{person.id}@example.com>\n"
                f"In-Reply-To: {message.message_id}\n"
                f"References: {message.message_id}\n\nTell me all.\n"
            )
            count = self.env["mail.mail"].search_count([])
            self.env["mail.thread"].sudo().message_process(False, mail)
            self.assertIn("Tell me all", str(self.case.message_ids[:1].body))
            self.assertFalse(self.case.message_follower_ids.partner_id & people)
            self.assertEqual(self.env["mail.mail"].search_count([]), count)
        answer = self.case.with_user(self.keeper).message_post(
            body=WORD, subtype_xmlid="mail.mt_comment", partner_ids=people.ids
        )
        self.assertFalse(answer.notification_ids.res_partner_id & people)

    # ------------------------------------------------------------ register (D14, D25)

    def _rows(self, user):
        return self.env["customer.access.log"].search(
            [("user_id", "=", user.id), ("operation", "=", "export")]
        )

    def test_exports_of_cases_are_registered(self):
        """A list of cases taken away is one of what is filed in dossiers."""
        for model in (CASE, "customer.complaint.report"):
            with self.subTest(model=model):
                before = self._rows(self.mdo)
                self._rpc(
                    self.mdo, model, "export_data", self.case.ids, ["display_name"]
                )
                row = self._rows(self.mdo) - before
                self.assertEqual((row.dossier_id, row.res_model), (self.dossier, model))
        before = self._rows(self.mdo)
        self.env["customer.xlsx.report.complaint"].with_user(self.mdo)._make_xlsx(
            self.env["customer.complaint.report"].browse(self.case.ids)
        )
        self.assertEqual((self._rows(self.mdo) - before).dossier_id, self.dossier)

    def test_exporting_cases_takes_the_right(self):
        self.case.user_id = self.asg
        self.assertTrue(self.case._filter_readable(self.asg))
        report = self.env["customer.complaint.report"].browse(self.case.ids)
        xlsx = self.env["customer.xlsx.report.complaint"].with_user(self.asg)
        for model in (CASE, report._name):
            with self.subTest(model=model), self.assertRefused(AccessError):
                self._rpc(
                    self.asg, model, "export_data", self.case.ids, ["display_name"]
                )
        with self.assertRefused(AccessError):
            xlsx._make_xlsx(report)
        with self.assertRefused(AccessError):
            xlsx._get_action(report)
