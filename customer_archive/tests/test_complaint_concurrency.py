from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .concurrency import ConcurrencyCase, Fixture
from .test_complaint_technical import TechnicalCommon

CASE = "customer.complaint"
FORM = "customer.feedback.form"
TASK = "customer.complaint.task"
SEND = "customer.complaint.send"
FILED = {"kind": "quality", "name": "Leak", "description": "Every third seal leaks."}


@tagged("post_install", "-at_install")
class TestComplaintConcurrency(ConcurrencyCase):
    users = {
        "rep": "rep",
        "bum": "bum",
        "keeper": "keeper",
        "keeper2": "keeper",
        "mdo": "mdo",
        "mdo2": "mdo",
        "gmo": "gmo",
        "gmo2": "gmo",
        "fug": "fug",
        "fug2": "fug",
        "asg": "asg",
        "asg2": "asg",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.registry.cursor() as cr:
            cls._bind(cls._env(cr))
            Fixture.unit.user_id = cls.bum
            Fixture.partner = Fixture._customer(user_id=cls.rep)
            Fixture._dossier(partner_id=Fixture.partner.id)
            portal = Fixture.env["res.users"].create(
                {
                    "name": "Li",
                    "login": "concurrent_li",
                    "partner_id": Fixture.env["res.partner"]
                    .create({"name": "Li", "parent_id": Fixture.partner.id})
                    .id,
                    "group_ids": [
                        Command.set(Fixture.env.ref("base.group_portal").ids)
                    ],
                }
            )
            cls.portal, cls.partner = portal.id, Fixture.partner.id

    @classmethod
    def _bind(cls, env):
        result = super()._bind(env)
        if hasattr(cls, "partner"):
            Fixture.partner = env["res.partner"].browse(cls.partner)
        return result

    # ------------------------------------------------------------ real data

    def _make_case(self, state="new", with_measure=False, **values):
        """Return the id of a case that has come to ``state``."""

        def make(env):
            technical = values.get("kind") == "technical"
            case = Fixture._case(
                Fixture.fug if technical else Fixture.keeper,
                **{"type_id": False} if technical else {},
                **values,
            )
            if with_measure:
                case._move_to("contacted")
                Fixture._measure(complaint_id=case.id, user_id=self.bum)
            if state != "new":
                case._move_to(state)
            return case.id

        return self._commit(make)

    def _make(self, model, user, values):
        """Return a function of ``env`` that creates a record like a client does."""
        return lambda env: env(user=user)[model].create(values).id

    def _count_log(self, case_id, **values):
        domain = [("complaint_id", "=", case_id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self._commit(
            lambda env: env["customer.complaint.log"].search_count(domain)
        )

    # ------------------------------------------------------------ steps

    def test_first_contact_is_logged_once(self):
        case_id = self._make_case()
        first, second = (
            self._call(user, CASE, "action_log_contact", [case_id], "Called")
            for user in (self.keeper, self.keeper2)
        )
        with self.assertRaisesRegex(UserError, "is Contacted"):
            self._race(first, second)
        self.assertEqual(self._count_log(case_id, state_to="contacted"), 1)
        case = self._read(CASE, case_id, "state", "contact_at")
        self.assertEqual(case["state"], "contacted")
        self.assertTrue(case["contact_at"])

    def _make_decision(self):
        case_id = self._make_case("proposed", with_measure=True)
        self._commit(
            lambda env: (
                env(user=self.bum)[CASE].browse(case_id).sudo()._request_approval()
            )
        )
        self._commit(lambda env: env[CASE].browse(case_id)._move_to("decision"))
        return case_id

    def test_approved_and_rejected_at_once(self):
        """The first decision counts, whichever it is."""
        for first, second, state in (
            ("action_approve", "action_reject", "executing"),
            ("action_reject", "action_approve", "investigating"),
        ):
            with self.subTest(first=first):
                case_id = self._make_decision()
                with self.assertRaisesRegex(UserError, "decided"):
                    self._race(
                        self._call(self.gmo, CASE, first, [case_id], "First"),
                        self._call(self.gmo2, CASE, second, [case_id], "Second"),
                    )
                case = self._read(CASE, case_id, "state", "measure_ids")
                self.assertEqual(case["state"], state)
                (measure_id,) = case["measure_ids"]
                measure = self._read("customer.measure", measure_id, "state")
                self.assertEqual(
                    measure["state"],
                    "approved" if state == "executing" else "proposed",
                )

    def test_no_measure_while_it_is_being_decided_on(self):
        case_id = self._make_case("proposed", with_measure=True)
        values = {
            "complaint_id": case_id,
            "name": "Late",
            "action": "Late",
            "user_id": self.rep,
            "verifier_id": self.keeper,
            "date_due": "2030-06-30",
        }
        with self.assertRaisesRegex(UserError, "this step needs"):
            self._race(
                lambda env: env[CASE].browse(case_id)._move_to("decision"),
                self._make("customer.measure", self.bum, values),
            )
        case = self._read(CASE, case_id, "measure_ids")
        self.assertEqual(len(case["measure_ids"]), 1)

    # ------------------------------------------------------------ letters

    def test_letter_is_sent_once_or_again_on_purpose(self):
        case_id = self._make_case("executing", with_measure=True)
        self._commit(
            lambda env: (
                env[CASE].browse(case_id)._system_write({"approval_state": "approved"})
            )
        )
        values = {"complaint_id": case_id, "medium": "post"}

        def send(user):
            wizard_id = self._commit(self._make(SEND, user, values))
            return self._call(user, SEND, "action_send", [wizard_id])

        def get_letters():
            return self._commit(
                lambda env: (
                    env[CASE]
                    .browse(case_id)
                    .dispatch_ids.mapped(
                        lambda letter: (letter.user_id.id, letter.number)
                    )
                )
            )

        cases = self.registry[CASE]
        with patch.object(cases, "_render_letter", lambda self, letter: b"%PDF-1.4"):
            with self.assertRaisesRegex(UserError, "in the meantime"):
                self._race(send(self.mdo), send(self.mdo2))
            ((user_id, number),) = get_letters()
            self.assertEqual(user_id, self.mdo)
            self._commit(send(self.mdo2))
        letters = dict(get_letters())
        self.assertEqual(letters.keys(), {self.mdo, self.mdo2})
        self.assertEqual(letters[self.mdo], number)
        self.assertNotEqual(letters[self.mdo2], number)

    # ------------------------------------------------------------ closing

    def _make_answered(self):
        """Return the id of an enquiry that nothing is left to do in, and the values
        of a task."""
        case_id = self._make_case("executing", kind="enquiry")
        self._commit(lambda env: Fixture._answered(env[CASE].browse(case_id)) and None)
        team = "customer_archive.customer_service_team_technical"
        task = {
            "complaint_id": case_id,
            "name": "Look at it",
            "department_id": self._commit(lambda env: env.ref(team).id),
            "date_due": "2030-06-30",
        }
        return case_id, task

    def test_case_with_a_new_task_is_not_closed(self):
        case_id, task = self._make_answered()
        with self.assertRaisesRegex(UserError, "1 department tasks are open"):
            self._race(
                self._make(TASK, self.keeper, task),
                self._call(self.keeper2, CASE, "action_close", [case_id]),
            )
        case = self._read(CASE, case_id, "state", "task_ids")
        self.assertEqual(case["state"], "executing")
        self.assertEqual(len(case["task_ids"]), 1)

    def test_closed_case_gets_no_task(self):
        case_id, task = self._make_answered()
        with self.assertRaisesRegex(UserError, "is closed"):
            self._race(
                self._call(self.keeper2, CASE, "action_close", [case_id]),
                self._make(TASK, self.keeper, task),
            )
        case = self._read(CASE, case_id, "state", "task_ids")
        self.assertEqual(case, {"id": case_id, "state": "closed", "task_ids": []})

    def test_case_is_not_closed_against_the_customer(self):
        """He is not satisfied in the moment in which it is closed."""
        case_id, _task = self._make_answered()
        self._commit(lambda env: env[CASE].browse(case_id)._move_to("confirmation"))
        answer = {"result": "unsatisfied", "score": "1", "comment": "It leaks"}
        with self.assertRaisesRegex(UserError, "this step needs"):
            self._race(
                lambda env: (
                    env(user=self.portal)[CASE]
                    ._get_portal_cases(Domain("id", "=", case_id))
                    ._confirm_from_portal(answer)
                ),
                self._call(self.keeper, CASE, "action_close", [case_id]),
            )
        case = self._read(CASE, case_id, "state", "closed_at", "reopen_count")
        self.assertNotEqual(case["state"], "closed")
        self.assertFalse(case["closed_at"])
        self.assertEqual(case["reopen_count"], 1)

    # ------------------------------------------------------------ jobs

    def test_alert_is_given_once(self):
        case_id = self._make_case()
        hour_ago = fields.Datetime.now() - timedelta(hours=1)

        def miss(env):
            case = env[CASE].browse(case_id)
            case._system_write({"contact_due": hour_ago, "contact_alerted": False})
            return [alert.id for _time, alert in case._get_alerts("contact", False)]

        self._commit(miss)

        def alert(env):
            env[CASE].browse(case_id)._alert()

        self._race(alert, alert)
        given = self._commit(
            lambda env: (
                env["customer.complaint.log"]
                .search([("complaint_id", "=", case_id), ("clock", "=", "contact")])
                .mapped("event")
            )
        )
        self.assertEqual(sorted(given), sorted(set(given)))
        self.assertIn("breached", given)
        todos = self._commit(
            lambda env: (
                env[CASE]
                .browse(case_id)
                .activity_search(["customer_archive.mail_activity_type_contact_due"])
                .mapped("user_id.id")
            )
        )
        self.assertTrue(todos)
        self.assertEqual(len(todos), len(set(todos)))

    def test_delivery_is_planned_once(self):
        def make(env):
            product = env["product.product"].create({"name": "Seal"})
            order = env["sale.order"].create(
                {
                    "partner_id": self.partner,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
            order.action_confirm()
            return order.id

        order_id = self._commit(make)

        def plan(env):
            env["customer.delivery.followup"]._plan(env["sale.order"].browse(order_id))

        with self.assertRaisesRegex(ValidationError, "followed up already"):
            self._race(plan, plan, repeated=False)
        count = self._commit(
            lambda env: env["customer.delivery.followup"].search_count(
                [("order_id", "=", order_id)]
            )
        )
        self.assertEqual(count, 1)

    # ------------------------------------------------------------ customers

    def test_form_of_the_portal_files_one_case(self):
        def file(env):
            env(user=self.portal)[CASE]._create_from_portal(FILED, token="twice")

        with self.assertRaises(ValidationError):
            self._race(file, file, repeated=False)
        count = self._commit(
            lambda env: env[CASE].search_count(
                [("portal_token", "=", f"{self.portal}-twice")]
            )
        )
        self.assertEqual(count, 1)

    def _make_form(self):
        case_id = self._make_case("contacted", kind="technical")
        form_id = self._commit(self._make(FORM, self.fug, {"complaint_id": case_id}))
        return case_id, form_id

    def test_form_is_signed_once(self):
        _case_id, form_id = self._make_form()
        drawing = TechnicalCommon._signature()
        first, second = (
            self._call(user, FORM, "action_sign", [form_id], drawing, name)
            for user, name in ((self.fug, "Li"), (self.fug2, "Wu"))
        )
        with self.assertRaisesRegex(UserError, "has been signed"):
            self._race(first, second)
        self.assertEqual(self._read(FORM, form_id, "signed_by")["signed_by"], "Li")

    def test_case_is_accepted_and_answered_once(self):
        case_id, form_id = self._make_form()
        self._commit(self._call(self.fug, CASE, "action_transfer", [case_id]))
        first, second = (
            self._call(user, CASE, "action_accept", [case_id])
            for user in (self.asg, self.asg2)
        )
        with self.assertRaises(UserError):
            self._race(first, second)
        case = self._read(CASE, case_id, "accepted_by_id", "user_id")
        self.assertEqual(case["accepted_by_id"], self.asg)
        self.assertEqual(case["user_id"], self.asg)
        first, second = (
            self._call(user, FORM, "action_answer", [form_id], cause, "Turn it")
            for user, cause in ((self.asg, "First"), (self.asg2, "Second"))
        )
        with self.assertRaisesRegex(UserError, "is Answered"):
            self._race(first, second)
        form = self._read(FORM, form_id, "cause", "answered_by_id")
        self.assertEqual(form["cause"], "First")
        self.assertEqual(form["answered_by_id"], self.asg)
