from base64 import b64encode
from io import BytesIO

from PIL import Image

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import CustomerArchiveCommon

CASE = "customer.complaint"
FORM = "customer.feedback.form"
LOG = "customer.service.log"


class TechnicalCommon(CustomerArchiveCommon):
    """A technical case that the follow-up group has contacted the customer about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fug2 = cls._user("fug", login="archive_fug2")
        cls.asg2 = cls._user("asg", login="archive_asg2")
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.case = cls._case(
            cls.fug, kind="technical", type_id=False, name="Antenna is deaf"
        )
        cls.case._move_to("contacted")

    @classmethod
    def _signature(cls, kind="PNG"):
        stream = BytesIO()
        Image.new("RGB", (30, 10)).save(stream, kind)
        return b64encode(stream.getvalue()).decode()

    def _call(self, user, method, *args, record=None):
        record = self.case if record is None else record
        return self._rpc(user, record._name, method, record.ids, *args)

    def _form(self, user=None, case=None, **values):
        """Return a feedback form that ``user``, of the follow-up group, wrote."""
        case = case or self.case
        form_id = self._rpc(
            user or self.fug, FORM, "create", {"complaint_id": case.id, **values}
        )
        return self.env[FORM].browse(form_id)

    def _log(self, user=None, **values):
        """Return the draft of a finished telephone service of ``user``."""
        user = user or self.asg
        log_id = self._rpc(
            user,
            LOG,
            "create",
            {
                "complaint_id": self.case.id,
                "mode": "phone",
                "date_start": "2026-03-02 08:00:00",
                "date_end": "2026-03-02 09:30:00",
                "problem": "No signal",
                "work": "Turned it round",
                "result": "solved",
                **values,
            },
        )
        return self.env[LOG].browse(log_id)

    def _accepted(self):
        form = self._form()
        self._call(self.fug, "action_transfer")
        self._call(self.asg, "action_accept")
        return form

    def _finished_log(self, **values):
        log = self._log(**values)
        self._call(self.asg, "action_finish", record=log)
        return log

    def _answered(self):
        form = self._accepted()
        self._finished_log()
        self._call(self.asg, "action_answer", "Turned", "Turn it round", record=form)
        self._call(self.asg, "action_answer")
        return form


@tagged("post_install", "-at_install")
class TestComplaintTechnical(TechnicalCommon):
    def test_walk_in_its_roles(self):
        """B34, B36: handed over, accepted, served, answered, given back."""
        self.assertEqual(
            self.case.receiver_team_id,
            self.env.ref("customer_archive.customer_service_team_follow_up"),
        )
        self.assertEqual(
            self.case.sudo()._get_closing_obstacles()[-3:],
            [
                "there is no finished service log",
                "the feedback form has not been answered",
                "the technical department has not answered",
            ],
        )
        form = self._form(serial="A-1")
        self.assertEqual(form.problem, self.case.description)
        self.assertRegex(form.number, r"^WT-\d{4}-\d{4,}$")
        with freeze_time("2026-03-02 07:00:00"):
            self._call(self.fug, "action_transfer")
        self.assertEqual(self.case.service_state, "transferred")
        self.assertEqual(str(self.case.transferred_at), "2026-03-02 07:00:00")
        self.assertEqual(self.case.transferred_by_id, self.fug)
        self.assertEqual((form.state, str(form.sent_at)[:10]), ("sent", "2026-03-02"))
        todos = self.case.activity_ids.filtered(
            lambda todo: todo.summary == "Accept the transfer"
        )
        self.assertLessEqual(self.asg | self.asg2, todos.user_id)
        with freeze_time("2026-03-02 08:00:00"):
            self._call(self.asg, "action_accept")
        self.assertEqual(self.case.state, "investigating")
        self.assertEqual(self.case.user_id, self.asg)
        self.assertEqual(str(self.case.accepted_at), "2026-03-02 08:00:00")
        self.assertEqual(self.case.accepted_by_id, self.asg)
        self.assertTrue(self.case.response_at)
        self.assertFalse(todos.exists())
        with self.assertRefused(
            UserError, "no finished service log.*not been answered"
        ):
            self._call(self.asg, "action_answer")
        log = self._log()
        with self.assertRefused(UserError, "1 service logs are not finished"):
            self._call(self.asg, "action_answer")
        self._call(self.asg, "action_finish", record=log)
        with self.assertRefused(UserError, "form has not been answered"):
            self._call(self.asg, "action_answer")
        dialog = self._rpc(
            self.asg,
            "customer.feedback.answer",
            "create",
            {"form_id": form.id, "cause": "Turned", "answer": "Turn it round"},
        )
        self._rpc(self.asg, "customer.feedback.answer", "action_confirm", [dialog])
        self.assertEqual(form.state, "answered")
        self.assertEqual((form.cause, form.answered_by_id), ("Turned", self.asg))
        self.assertEqual(
            (self.case.state, self.case.service_state), ("executing", "answered")
        )
        self.assertTrue(self.case.solution_at)
        self.assertFalse(self.case._get_service_obstacles())
        self.assertEqual(
            (self.case.cause, self.case.solution), ("Turned", "Turn it round")
        )
        # whoever received it goes on
        self.assertEqual(self.case.activity_ids.user_id, self.case.receiver_id)
        self._call(self.fug, "action_ask_customer")
        self.assertEqual(self.case.state, "confirmation")

    def test_only_the_department_of_a_step_acts(self):
        """B34: who transfers does not accept, whatever else he may do."""
        outside = (
            self.rep,
            self.rep2,
            self.bum,
            self.keeper,
            self.mdo,
            self.gmo,
            self.fin,
            self.pl,
            self.outsider,
            self.admin_user,
        )
        form = self._form()
        for user in (self.asg, *outside):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._call(user, "action_transfer")
        self._call(self.fug, "action_transfer")
        for user in (self.fug, *outside):
            for method, args in (
                ("action_accept", ()),
                ("action_return_transfer", ("x",)),
            ):
                with self.subTest(user=user.login), self.assertRefused(AccessError):
                    self._call(user, method, *args)
        self._call(self.asg, "action_accept")
        self._finished_log()
        for user in (self.fug, *outside):
            with self.subTest(user=user.login):
                with self.assertRefused(AccessError):
                    self._call(user, "action_answer", "x", "x", record=form)
                with self.assertRefused(AccessError):
                    self._call(user, "action_answer")
                with self.assertRefused(AccessError):
                    self._call(user, "action_open_answer")
        self.assertEqual(self.case.service_state, "accepted")

    def test_naming_oneself_gives_no_step(self):
        """Who works on the case may be named; the departments decide all the same."""
        self._form()
        self._call(self.fug, "action_transfer")
        with self.assertRefused(ValidationError):
            self._call(self.asg, "write", {"receiver_id": self.asg.id})
        self._call(self.asg, "write", {"user_id": self.asg.id})
        with self.assertRefused(AccessError, "Order Follow-up Group"):
            self._rpc(self.asg, FORM, "create", {"complaint_id": self.case.id})
        self._call(self.fug, "write", {"user_id": self.fug.id})
        with self.assertRefused(AccessError, "After-Sales Group"):
            self._call(self.fug, "action_accept")

    def test_steps_come_in_their_order(self):
        with self.assertRefused(UserError, "feedback form first"):
            self._call(self.fug, "action_transfer")
        self._form()
        new = self._case(self.fug, kind="technical", type_id=False)
        with self.assertRefused(UserError, "needs"):
            self._call(self.fug, "action_transfer", record=new)
        with self.assertRefused(UserError, "Not Transferred"):
            self.case.with_user(self.asg)._check_value("service_state", "transferred")
        self._call(self.fug, "action_transfer")
        with self.assertRefused(UserError, "is Transferred"):
            self._call(self.fug, "action_transfer")
        with self.assertRefused(UserError, "needs"):
            self._call(self.asg, "action_answer")
        self._call(self.asg, "action_accept")
        with self.assertRefused(UserError, "is Accepted"):
            self._call(self.asg2, "action_accept")
        with self.assertRefused(UserError, "is Accepted"):
            self._call(self.asg, "action_return_transfer", "x")

    def test_nobody_goes_round_the_department(self):
        for method in ("action_start_investigation", "action_propose"):
            for user in (self.fug, self.mdo):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(UserError, "After-Sales Group accepts"),
                ):
                    self._call(user, method)
            with self.assertRefused(AccessError):
                self._call(self.outsider, method)

    def test_flow_with_a_decision_is_decided(self):
        """The answer of the department is what the deciders get."""
        route = self.env.ref(
            "customer_archive.customer_approval_route_complaint_service"
        )
        self.case.flow_id.route_id = route
        self._answered()
        self.assertEqual(self.case.state, "proposed")

    def test_system_writes_the_track(self):
        self._accepted()
        for values in (
            {"service_state": "answered"},
            {"transferred_at": "2020-01-01 00:00:00"},
            {"transferred_by_id": self.asg.id},
            {"accepted_at": "2020-01-01 00:00:00"},
            {"accepted_by_id": self.asg2.id},
            {"answered_at": "2020-01-01 00:00:00"},
        ):
            for user in (self.fug, self.asg, self.mdo):
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRefused(AccessError, "writes this itself"),
                ):
                    self._call(user, "write", values)

    def test_transfer_is_returned_with_a_reason(self):
        form = self._form()
        self._call(self.fug, "action_transfer")
        with self.assertRefused(UserError, "Say why"):
            self._call(self.asg, "action_return_transfer", " ")
        dialog = self._rpc(
            self.asg,
            "customer.service.reason",
            "create",
            {"complaint_id": self.case.id, "reason": "No serial number"},
        )
        self._rpc(self.asg, "customer.service.reason", "action_confirm", [dialog])
        self.assertEqual(self.case.service_state, "none")
        self.assertEqual(form.state, "draft")
        self.assertIn("No serial number", self.case.log_ids.mapped("note"))
        todo = self.case.activity_ids
        self.assertEqual(todo.user_id, self.fug)
        self.assertEqual(todo.summary, "Correct the returned transfer")
        self._call(self.fug, "write", {"serial": "A-1"}, record=form)
        self._call(self.fug, "action_transfer")
        self.assertEqual(self.case.service_state, "transferred")

    def test_reopened_case_is_served_again(self):
        """What was served before does not answer a case that was reopened."""
        with freeze_time("2026-03-03 08:00:00"):
            self._answered()
        self.case._move_to("investigating")
        self.assertEqual(self.case.service_state, "accepted")
        with freeze_time("2026-03-04 08:00:00"):
            with self.assertRefused(UserError, "no finished service log"):
                self._call(self.asg, "action_answer")
            form = self._form()
            with self.assertRefused(UserError, "not been answered"):
                self._finished_log()
                self._call(self.asg, "action_answer")
            self._call(self.fug, "action_send", record=form)
            self._finished_log()
            self._call(self.asg, "action_answer", "Rust", "Renewed", record=form)
            self._call(self.asg, "action_open_answer")
        self.assertEqual(self.case.service_state, "answered")
        self.assertFalse(self.case._get_service_obstacles())

    def test_other_kinds_know_no_transfer(self):
        case = self._case()
        case._move_to("contacted")
        with self.assertRefused(UserError, "no technical request"):
            self._call(self.keeper, "action_transfer", record=case)
        with self.assertRefused(UserError, "no technical request"):
            self._form(self.keeper, case)
        self.assertNotIn("service log", str(case._get_closing_obstacles()))

    # ------------------------------------------------------------ feedback form

    def test_form_is_of_its_author_and_stays(self):
        """B33: the follow-up group writes, the customer signs, nobody changes it."""
        form = self._form()
        for user in (self.rep2, self.fin, self.outsider, self.admin_user):
            with self.subTest(user=user.login):
                for method, args in (
                    ("read", [["problem"]]),
                    ("write", [{"problem": "x"}]),
                    ("unlink", []),
                    ("action_sign", [self._signature(), "Li"]),
                    ("action_send", []),
                    ("action_answer", ["x", "x"]),
                ):
                    with self.assertRefused(AccessError):
                        self._call(user, method, *args, record=form)
                with self.assertRefused(AccessError):
                    self._form(user)
        for values in (
            {"state": "answered"},
            {"cause": "x"},
            {"answer": "x"},
            {"signature": self._signature()},
            {"signed_by": "x"},
            {"signed_on": "2020-01-01 00:00:00"},
            {"answered_by_id": self.fug.id},
            {"number": "WT-1"},
        ):
            with self.subTest(values=values), self.assertRefused(AccessError):
                self._call(self.fug, "write", values, record=form)
        self._call(self.fug2, "write", {"problem": "It is deaf"}, record=form)
        self._call(self.fug, "action_sign", self._signature(), "Li", record=form)
        self.assertEqual(form.signed_by, "Li")
        with self.assertRefused(UserError, "stays as it is"):
            self._call(self.fug, "write", {"problem": "x"}, record=form)
        with self.assertRefused(AccessError):
            self._call(self.fug, "unlink", record=form)
        with self.assertRefused(UserError, "has been signed"):
            self._call(self.fug, "action_sign", self._signature(), "Wu", record=form)
        self._call(self.fug, "action_transfer")
        with self.assertRefused(UserError, "needs"):
            self._call(self.asg, "action_answer", "x", "x", record=form)
        self._call(self.asg, "action_accept")
        with self.assertRefused(UserError, "cause and the answer"):
            self._call(self.asg, "action_answer", "x", " ", record=form)
        self._call(self.asg, "action_answer", "Turned", "Turn it", record=form)
        with self.assertRefused(UserError, "is Answered"):
            self._call(self.asg, "action_answer", "Other", "x", record=form)
        self.assertEqual(form.cause, "Turned")

    def test_form_does_not_change_its_case(self):
        other = self._case()
        form = self._form()
        with self.assertRefused(UserError):
            self._call(self.fug, "write", {"complaint_id": other.id}, record=form)

    def test_buttons_of_the_case_form(self):
        with Form(self.case.with_user(self.fug)) as view:
            self.assertTrue(view.is_receiver)
            self.assertFalse(view.is_technician)
        action = self._call(self.fug, "action_view_feedback_forms")
        self.assertEqual(action["context"]["default_complaint_id"], self.case.id)
        self._accepted()
        action = self._call(self.asg, "action_open_answer")
        self.assertEqual(
            action["context"]["default_form_id"], self.case.feedback_form_ids.id
        )
        self.assertEqual(self.case.with_user(self.fug).feedback_form_count, 1)
        self.assertEqual(self.case.with_user(self.fug).service_log_count, 0)
