import hashlib
from base64 import b64decode, b64encode
from smtplib import SMTPException
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import CustomerArchiveCommon

SENT = "2026-03-02 09:00:00"


class FeedbackCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.env.ref("customer_archive.customer_service_team_technical")
        cls.handler = cls._user(False, login="archive_handler")
        cls.liable = cls._user("mdo", login="archive_liable")
        cls.department.member_ids = cls.handler
        cls.company.email = "service@ours.example.com"
        cls.case = cls._decided()

    @classmethod
    def _executing(cls, **values):
        """Return a case with a dated measure that is being executed."""
        case = cls._case(
            **{"email": "li@dragon.example.com", "user_id": cls.handler.id, **values}
        )
        case.sudo().write(
            {
                "cause": "A batch of bad rubber",
                "solution": "All seals are replaced",
                "liable_team_id": cls.department.id,
                "liable_user_id": cls.liable.id,
            }
        )
        cls._measure(complaint_id=case.id)
        case._system_write({"state": "executing"})
        return case

    @classmethod
    def _decided(cls, **values):
        """Return a quality complaint whose solution the general manager approved."""
        case = cls._executing(**values)
        case._system_write({"approval_state": "approved"})
        return case

    def _send(self, user=None, case=None, **values):
        """Send the result of ``case`` like a client does; return the dispatch."""
        case, user = case or self.case, user or self.mdo
        action = self._rpc(user, case._name, "action_dispatch", case.ids)
        wizard = action["res_model"], action["res_id"]
        if values:
            self._rpc(user, wizard[0], "write", [wizard[1]], values)
        self._rpc(user, wizard[0], "action_send", [wizard[1]])
        return case.dispatch_ids[0]

    def _confirm(self, user=None, case=None, **values):
        case = case or self.case
        values = {
            "complaint_id": case.id,
            "result": "satisfied",
            "score": "4",
            "comment": "All is well again",
            **values,
        }
        user, model = user or self.keeper, "customer.complaint.confirm"
        wizard_id = self._rpc(user, model, "create", values)
        return self._rpc(user, model, "action_record", [wizard_id])

    def _attempt(self, case=None, user=None, note="No answer"):
        case = case or self.case
        return self._rpc(
            user or self.keeper, case._name, "action_log_attempt", case.ids, note
        )


@tagged("post_install", "-at_install")
class TestComplaintDispatch(FeedbackCommon, MockEmail):
    def test_closed_case_without_office_is_opened(self):
        case = self._executing(kind="problem")
        spec = {"number": {}, "can_dispatch": {}}
        for state, expected in (("executing", True), ("closed", False)):
            case._system_write({"state": state})
            self.env.invalidate_all()
            values = self._rpc(self.keeper, case._name, "web_read", case.ids, spec)
            self.assertEqual(values[0]["can_dispatch"], expected)

    def test_no_dispatch_before_the_decision(self):
        """B25, B26: the office that has not decided is named."""
        case = self._executing()
        with self.assertRefused(
            UserError, f"{case.number} cannot be .*: General Manager has not decided"
        ):
            self._send(case=case)
        self.assertFalse(case.dispatch_ids)

    def test_no_dispatch_before_executing(self):
        self.case._system_write({"state": "decision"})
        with self.assertRefused(UserError, "this step needs"):
            self._send()

    def test_only_the_dispatching_office_sends(self):
        """B27."""
        for user in (self.gmo, self.keeper, self.bum, self.handler):
            with self.assertRefused(AccessError):
                self._send(user)
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.complaint.send",
                    "action_send",
                    self.env["customer.complaint.send"]
                    .with_user(user)
                    .create({"complaint_id": self.case.id})
                    .ids,
                )
        self.assertFalse(self.case.dispatch_ids)
        with self.assertRefused(AccessError, "Only Marketing Director sends"):
            self._send(self.gmo)

    def test_who_was_found_responsible_does_not_send(self):
        with self.assertRefused(AccessError, "found responsible"):
            self._send(self.liable)

    def test_a_letter_names_a_dated_measure(self):
        """B17."""
        self.case.measure_ids.sudo().unlink()
        with self.assertRefused(UserError, "no measure with a date"):
            self._send()

    @freeze_time(SENT)
    def test_letter_is_numbered_and_kept(self):
        """B18, B27: number, date, medium, recipient and the document."""
        dispatch = self._send(
            medium="post", recipient="Li Na", address="88 Zhangjiang Road"
        )
        self.assertRegex(dispatch.number, r"^FW-2026-\d{4}$")
        self.assertEqual(str(dispatch.date), SENT)
        self.assertEqual(dispatch.medium, "post")
        self.assertEqual(dispatch.recipient, "Li Na")
        self.assertEqual(dispatch.user_id, self.mdo)
        self.assertEqual(dispatch.file_name, f"{dispatch.number}.pdf")
        letter = b64decode(dispatch.file)
        self.assertEqual(dispatch.sha256, hashlib.sha256(letter).hexdigest())
        for text in (dispatch.number, "Li Na", "88 Zhangjiang Road", "bad rubber"):
            self.assertIn(text, letter.decode())
        self.assertNotIn(self.liable.name, letter.decode())
        self.assertEqual(self.case.log_ids[0].event, "sent")
        self.assertEqual(str(self.case.response_at), SENT)
        self.assertTrue(self.case.is_result_sent)

    def test_letter_stays_when_the_case_changes(self):
        dispatch = self._send(medium="post")
        before = dispatch.file, dispatch.sha256
        self.case._system_write({"solution": "Nothing is replaced", "reopen_count": 1})
        self.partner.name = "Phoenix Ltd"
        dispatch.invalidate_recordset()
        self.assertEqual((dispatch.file, dispatch.sha256), before)
        self.assertFalse(self.case.is_result_sent, "a reopened case is sent anew")

    def test_numbers_are_never_used_again(self):
        first = self._send(medium="post")
        second = self._send(medium="fax")
        self.assertGreater(second.number, first.number)
        self.assertEqual(len(self.case.dispatch_ids), 2)

    def test_year_of_the_number_is_not_the_clients(self):
        with freeze_time(SENT):
            case = self.case.with_user(self.mdo).with_context(
                ir_sequence_date="1999-01-01"
            )
            dispatch = case._send_result(
                {"medium": "post", "recipient": "Li", "subject": "Result"}
            )
        self.assertIn("2026", dispatch.number)

    def test_mail_reaches_the_complainant_with_the_letter(self):
        """B18: in the company's name, and in the chatter as it went out."""
        self.partner.lang = "zh_CN"
        template = self.env.ref("customer_archive.mail_template_complaint_result")
        template.with_context(lang="zh_CN").subject = "您的投诉 {{ object.number }}"
        with self.mock_mail_gateway():
            dispatch = self._send()
        self.assertEqual(dispatch.medium, "email")
        self.assertEqual(dispatch.subject, f"您的投诉 {self.case.number}")
        customer = ['"Li" <li@dragon.example.com>']
        [mail] = [mail for mail in self._mails if mail["email_to"] == customer]
        self.assertIn("service@ours.example.com", mail["email_from"])
        [(name, content, _mimetype)] = mail["attachments"]
        self.assertEqual(name, f"{dispatch.number}.pdf")
        self.assertEqual(content, b64decode(dispatch.file))
        message = self.case.message_ids.filtered("mail_ids")
        self.assertEqual(message.subject, dispatch.subject)
        self.assertEqual(message.attachment_ids.name, name)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_fails_leaves_nothing(self):
        refuse = patch.object(
            self.registry["ir.mail_server"],
            "send_email",
            side_effect=SMTPException("no such mailbox"),
        )
        with self.mock_mail_gateway(), refuse:
            with self.assertRefused(UserError, "was not sent .*no such mailbox"):
                self._send()
        self.assertFalse(self.case.dispatch_ids)
        self.assertFalse(self.case.response_at)

    def test_recipient_is_checked(self):
        stranger = self._customer("Tiger Ltd")
        for values, pattern in (
            ({"recipient_id": stranger.id}, "no contact of"),
            ({"medium": "email", "email": False}, "one e-mail address"),
            ({"medium": "email", "email": "a@x.example, b@x.example"}, "one e-mail"),
            ({"medium": "phone"}, "by letter"),
        ):
            with self.assertRefused(UserError, pattern):
                self._send(**values)
        self.assertFalse(self.case.dispatch_ids)

    def test_plain_answer_of_who_handles_the_case(self):
        """B18: time and medium, no number, the letter only if wanted."""
        case = self._executing(kind="enquiry")
        with self.assertRefused(AccessError):
            self._send(self.rep2, case)
        answer = self._send(self.handler, case, medium="phone")
        self.assertFalse(answer.number)
        self.assertFalse(answer.file)
        self.assertTrue(case.response_at)
        letter = self._send(self.keeper, case, medium="post", with_letter=True)
        self.assertFalse(letter.number)
        self.assertEqual(letter.file_name, f"{case.number}.pdf")

    def test_draft_is_shown_to_who_may_send_it(self):
        wizard = self.env["customer.complaint.send"]
        shown = wizard.with_user(self.mdo).create({"complaint_id": self.case.id})
        self.assertIn("Draft", b64decode(shown.preview).decode())
        answer = self._executing(kind="enquiry")
        plain = wizard.with_user(self.handler).create({"complaint_id": answer.id})
        self.assertFalse(plain.preview)
        for user in (self.rep2, self.keeper):
            hidden = (
                wizard.with_user(user)
                .sudo()
                .create(
                    {
                        "complaint_id": self.case.id,
                        "recipient": "Li",
                        "subject": "x",
                        "medium": "post",
                        "body": "x",
                        "recipient_id": False,
                    }
                )
            )
            with self.assertRefused(AccessError):
                self._rpc(user, wizard._name, "read", hidden.ids, ["preview"])

    # ------------------------------------------------------------ the reply (B18)

    def _reply(self, user, dispatch):
        model = "customer.complaint.reply"
        wizard_id = self._rpc(
            user,
            model,
            "create",
            {
                "dispatch_id": dispatch.id,
                "reply": "We agree",
                "file": b64encode(b"signed").decode(),
                "file_name": "reply.pdf",
            },
        )
        return self._rpc(user, model, "action_add", [wizard_id])

    def test_reply_is_added_once(self):
        dispatch = self._send(medium="post")
        with self.assertRefused(AccessError):
            self._reply(self.bum, dispatch)
        self._reply(self.keeper, dispatch)
        self.assertEqual(dispatch.reply, "We agree")
        self.assertEqual(b64decode(dispatch.reply_file), b"signed")
        self.assertEqual(self.case.log_ids[0].event, "replied")
        with self.assertRefused(UserError, "stays as it is"):
            self._reply(self.keeper, dispatch)

    # ------------------------------------------------------------ attacks

    def test_nobody_forges_or_changes_a_dispatch(self):
        dispatch = self._send(medium="post")
        model = dispatch._name
        values = {
            "complaint_id": self.case.id,
            "date": SENT,
            "medium": "post",
            "recipient": "Li",
            "subject": "Result",
            "user_id": self.mdo.id,
        }
        fields = [
            name
            for name, field in dispatch._fields.items()
            if field.store and name not in ("id", "create_uid", "write_uid")
        ]
        for user in (self.mdo, self.gmo, self.keeper, self.handler, self.admin_user):
            with self.assertRefused(AccessError):
                self._rpc(user, model, "create", values)
            for name in fields:
                with self.assertRefused(AccessError):
                    self._rpc(user, model, "write", dispatch.ids, {name: False})
            with self.assertRefused(UserError):
                self._rpc(user, model, "unlink", dispatch.ids)
        with self.assertRefused(AccessError, "system writes"):
            dispatch.sudo().write({"file": b64encode(b"other")})
        with self.assertRefused(UserError, "stays on record"):
            dispatch.sudo().unlink()

    def test_nobody_touches_the_kept_file(self):
        dispatch = self._send(medium="post")
        files = self.env["ir.attachment"].sudo()
        file = files.search(
            [
                ("res_model", "=", dispatch._name),
                ("res_id", "=", dispatch.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertEqual(len(file), 1)
        other = b64encode(b"other").decode()
        for user in (self.mdo, self.keeper, self.admin_user):
            for vals in ({"datas": other}, {"res_field": False}, {"name": "x"}):
                with self.assertRefused(AccessError):
                    self._rpc(user, file._name, "write", file.ids, vals)
            with self.assertRefused(AccessError):
                self._rpc(user, file._name, "unlink", file.ids)
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    file._name,
                    "create",
                    {
                        "name": "x",
                        "datas": other,
                        "res_model": dispatch._name,
                        "res_id": dispatch.id,
                        "res_field": "file",
                    },
                )
        for attack in (
            lambda: file.write({"raw": b"other"}),
            lambda: file.unlink(),
            lambda: files.create(
                {"name": "x", "res_model": dispatch._name, "res_id": dispatch.id}
            ),
        ):
            with self.assertRefused(AccessError, "as it was sent"):
                attack()

    def test_strangers_read_nothing_of_it(self):
        dispatch = self._send(medium="post")
        for user in (self.rep2, self.bum2, self.fug, self.asg, self.outsider):
            model = dispatch._name
            self.assertFalse(self._rpc(user, model, "search", []))
            self.assertFalse(self._rpc(user, model, "search_read", [], ["subject"]))
            groups = self._rpc(user, model, "formatted_read_group", [], ["medium"])
            self.assertFalse(groups)
            for method, args in (
                ("read", [["subject"]]),
                ("export_data", [["subject"]]),
                ("action_add_reply", []),
            ):
                with self.assertRefused(UserError):  # AccessError is one
                    self._rpc(user, model, method, dispatch.ids, *args)


@tagged("post_install", "-at_install")
class TestComplaintConfirmation(FeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case.with_user(cls.mdo)._send_result(
            {"medium": "post", "recipient": "Li", "subject": "Result"}
        )

    def _ask(self, user=None, case=None):
        case = case or self.case
        return self._rpc(
            user or self.keeper, case._name, "action_ask_customer", case.ids
        )

    def test_customer_is_asked_after_the_letter(self):
        case = self._decided()
        with self.assertRefused(UserError, "has not been dispatched"):
            self._ask(case=case)
        self._ask()
        self.assertEqual(self.case.state, "confirmation")

    def test_only_the_receiving_department_asks(self):
        for user in (self.bum, self.gmo, self.rep2, self.outsider):
            with self.assertRefused(AccessError):
                self._ask(user)
        self.assertEqual(self.case.state, "executing")

    def test_form_of_a_closed_enquiry_opens(self):
        """Being refused to change a case must not hinder reading it."""
        enquiry = self._executing(kind="enquiry")
        enquiry._system_write({"state": "closed"})
        (values,) = self._rpc(
            self.handler, enquiry._name, "read", enquiry.ids, ["can_dispatch"]
        )
        self.assertFalse(values["can_dispatch"])

    def test_enquirers_are_not_asked(self):
        case = self._executing(kind="enquiry")
        with self.assertRefused(UserError, "is not asked"):
            self._ask(case=case)

    def test_satisfied(self):
        """B21: who, when, score and comment are kept."""
        self._ask()
        with freeze_time(SENT):
            self._confirm(medium="phone")
        self.assertEqual(self.case.confirmation, "satisfied")
        self.assertEqual(str(self.case.confirmed_at), SENT)
        self.assertEqual(self.case.confirmed_by, "Li")
        self.assertEqual(self.case.score, 4)
        self.assertEqual(self.case.score_comment, "All is well again")
        self.assertEqual(self.case.confirmation_medium, "phone")
        self.assertEqual(self.case.state, "confirmation")

    def test_not_satisfied_reopens(self):
        self._ask()
        self._confirm(result="unsatisfied", score="1", comment="They leak again")
        self.assertEqual(self.case.state, "investigating")
        self.assertEqual(self.case.reopen_count, 1)
        self.assertFalse(self.case.is_result_sent)
        self.assertIn(self.handler, self.case.activity_ids.user_id)

    def test_confirmation_is_complete(self):
        self._ask()
        for values, pattern in (
            ({"result": False}, "whether"),
            ({"score": "0"}, "from 1 to 5"),
            ({"comment": " "}, "comment"),
            ({"confirmed_by": " "}, "who of the customer"),
        ):
            with self.assertRefused(ValidationError, pattern):
                self._confirm(**values)
        with self.assertRefused(ValueError):
            self._confirm(score="6")
        for score in (0, 6, 2.5, "5"):
            with self.assertRefused(ValidationError, "from 1 to 5"):
                self.case._record_confirmation("satisfied", "Li", score)
        with self.assertRefused(ValidationError, "not satisfied with"):
            self.case._record_confirmation("unsatisfied", "Li", 1)
        self.assertFalse(self.case.confirmation)

    def test_only_in_its_state_and_by_its_department(self):
        with self.assertRefused(UserError, "this step needs"):
            self._confirm()
        with self.assertRefused(UserError, "this step needs"):
            self._attempt()
        self._ask()
        for user in (self.bum, self.gmo, self.rep2, self.outsider):
            with self.assertRefused(AccessError):
                self._confirm(user, confirmed_by="Li", contact_id=False)
            with self.assertRefused(AccessError):
                self._attempt(user=user)

    def test_fields_are_the_systems(self):
        self._ask()
        for name, value in (
            ("confirmation", "satisfied"),
            ("confirmation_medium", "phone"),
            ("confirmed_at", SENT),
            ("confirmed_by", "Li"),
            ("score", 5),
            ("score_comment", "fine"),
            ("is_result_sent", True),
        ):
            for user in (self.keeper, self.mdo):
                with self.assertRefused(AccessError, "system writes"):
                    self._rpc(
                        user, self.case._name, "write", self.case.ids, {name: value}
                    )

    def test_unreachable_takes_attempts_on_different_days(self):
        """B21: a day counts once, by the clock of the office."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-02 00:30:00"):
            self._ask()
            self._attempt()
        for moment in (
            "2026-03-02 15:00:00",  # the same day in Shanghai
            "2026-03-02 16:30:00",  # the next day there
        ):
            with freeze_time(moment):
                self._attempt()
        self.assertEqual(self.case.attempt_count, 2)
        with freeze_time("2026-03-03 16:30:00"):
            with self.assertRefused(UserError, "on 1 more days"):
                self._confirm(result="unreachable", score="0")
            self._attempt()
            self._confirm(result="unreachable", score="5")
        self.assertEqual(self.case.confirmation, "unreachable")
        self.assertEqual(self.case.score, 0)

    def test_attempts_before_a_reopening_do_not_count(self):
        with freeze_time("2026-03-02 08:00:00"):
            self._ask()
            self._attempt()
        self.case._system_write({"state": "executing"})
        with freeze_time("2026-03-09 08:00:00"):
            self._ask()
        self.case.invalidate_recordset()
        self.assertEqual(self.case.attempt_count, 0)

    def test_the_customer_himself_is_never_unreachable(self):
        self._ask()
        portal = self._user(False, login="archive_portal")
        portal.group_ids = self.env.ref("base.group_portal")
        case = self.case.with_user(portal).sudo()
        case.flow_id.attempts = 1
        with self.assertRefused(AccessError):
            case._record_confirmation("unreachable")
        case._record_confirmation("satisfied", "Li", 5, medium="portal")
        self.assertEqual(self.case.confirmation, "satisfied")

    def test_closing_obstacles(self):
        """B20, B21."""
        case = self._decided()
        obstacles = case._get_closing_obstacles()
        self.assertIn("the customer's confirmation is missing", obstacles)
        self.assertIn("the result has not been dispatched", obstacles)
        self._ask()
        self._confirm()
        ours = {"the result has not been dispatched"}
        self.assertFalse(ours & set(self.case._get_closing_obstacles()))
        enquiry = self._executing(kind="enquiry")
        self.assertIn(
            "the customer has not been answered", enquiry._get_closing_obstacles()
        )
        self._send(self.handler, enquiry, medium="phone")
        self.assertNotIn(
            "the customer has not been answered", enquiry._get_closing_obstacles()
        )


@tagged("post_install", "-at_install")
class TestComplaintClosed(FeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        cls.dispatch = cls.case.with_user(cls.mdo)._send_result(
            {"medium": "post", "recipient": "Li", "subject": "Result"}
        )
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "photo.png",
                "raw": b"photo",
                "res_model": cls.case._name,
                "res_id": cls.case.id,
            }
        )
        cls.measure = cls.case.measure_ids
        cls.case._system_write({"state": "closed"})
        cls.users = (cls.keeper, cls.mdo, cls.gmo, cls.handler, cls.admin_user)

    def test_nobody_writes_a_closed_case(self):
        """B22."""
        for user in self.users:
            for name, value in (("cause", "x"), ("priority", "2"), ("user_id", False)):
                with self.assertRefused(UserError):
                    self._rpc(
                        user, self.case._name, "write", self.case.ids, {name: value}
                    )
        with self.assertRefused(UserError, "stays as it is"):
            self.case.sudo().write({"cause": "x"})

    def test_nothing_comes_or_goes(self):
        other = self._measure()
        for user in self.users:
            for method, args in (
                ("write", [self.file.ids, {"raw": "other"}]),
                ("write", [self.file.ids, {"res_id": self._case().id}]),
                ("unlink", [self.file.ids]),
                (
                    "create",
                    [
                        {
                            "name": "x",
                            "res_model": self.case._name,
                            "res_id": self.case.id,
                        }
                    ],
                ),
            ):
                with self.assertRefused(UserError):
                    self._rpc(user, "ir.attachment", method, *args)
        for attack in (
            lambda: self.measure.write({"complaint_id": False}),
            lambda: self.measure.unlink(),
            lambda: other.write({"complaint_id": self.case.id}),
            lambda: self._measure(complaint_id=self.case.id),
            lambda: self.dispatch.copy(),
        ):
            with self.assertRefused(UserError):
                attack()

    def test_no_step_is_taken(self):
        for method in ("action_dispatch", "action_ask_customer", "action_log_attempt"):
            for user in (self.keeper, self.mdo):
                with self.assertRefused(UserError):
                    self._rpc(user, self.case._name, method, self.case.ids)
        with self.assertRefused(UserError):
            self._rpc(
                self.keeper, self.dispatch._name, "action_add_reply", self.dispatch.ids
            )

    def test_a_note_stays_possible(self):
        self._rpc(
            self.keeper, self.case._name, "message_post", self.case.ids, body="A slip"
        )
        self.assertIn("A slip", self.case.message_ids[0].body)

    def test_filed_in_the_dossier(self):
        """B22: counted and listed as the reader may read."""
        self._case()
        for record in (self.dossier, self.partner):
            as_keeper = record.with_user(self.keeper)
            self.assertEqual(as_keeper.complaint_count, 2)
            self.assertEqual(as_keeper.open_complaint_count, 1)
            action = self._rpc(
                self.keeper, record._name, "action_view_complaints", record.ids
            )
            found = self._rpc(self.keeper, self.case._name, "search", action["domain"])
            self.assertIn(self.case.id, found)
        self.assertEqual(self.partner.with_user(self.rep2).complaint_count, 0)
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2,
                self.dossier._name,
                "action_view_complaints",
                self.dossier.ids,
            )

    def test_counts_cost_the_same_for_many(self):
        partners = self.env["res.partner"]
        for _index in range(10):
            partners |= self._customer()
        self.keeper.has_group("base.group_user")
        for count in (1, 10):
            self.env.invalidate_all()
            some = partners[:count].with_user(self.keeper)
            some.mapped("complaint_count")
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some.mapped("complaint_count")
            cost = self.env.cr.sql_log_count - start
            self.assertLessEqual(cost, 20)
            if count == 1:
                single = cost
        self.assertEqual(cost, single)


@tagged("post_install", "-at_install")
class TestComplaintOpinion(FeedbackCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.opinion = "customer_archive.report_customer_complaint_opinion"
        cls.letter = "customer_archive.report_customer_complaint_letter"
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        cls.dispatch = cls.case.with_user(cls.mdo)._send_result(
            {"medium": "post", "recipient": "Li", "subject": "Result"}
        )

    def _print(self, user, report=None):
        reports = self.env["ir.actions.report"].with_user(user)
        content, _type = reports._render_qweb_html(
            report or self.opinion, self.case.ids
        )
        return content.decode()

    def test_opinion_is_complete_and_registered(self):
        """B28, D22."""
        content = self._print(self.mdo)
        for text in (
            "投诉处理意见书",
            self.case.number,
            self.dispatch.number,
            "Every third seal leaks",
            "A batch of bad rubber",
            self.department.name,
            self.liable.name,
            "All seals are replaced",
            "Change the carrier",
        ):
            self.assertIn(text, content)
        row = self.env["customer.access.log"].search(
            [("user_id", "=", self.mdo.id), ("operation", "=", "print")], limit=1
        )
        self.assertEqual(row.dossier_id, self.dossier)
        self.assertEqual((row.res_model, row.res_id), (self.case._name, self.case.id))

    def test_printing_takes_the_right_to_copy(self):
        """Who handles a case reads it, but takes no copy of what the dossier holds."""
        self.assertTrue(self.case.with_user(self.handler).has_access("read"))
        with self.assertRefused(AccessError):
            self._print(self.handler)

    def test_a_letter_is_not_printed_again(self):
        with self.assertRefused(AccessError, "kept with the case"):
            self._print(self.mdo, self.letter)

    @mute_logger("odoo.http", "odoo.addons.web.controllers.report")
    def test_strangers_print_nothing_over_http(self):
        for user in (self.rep2, self.outsider, self.fug):
            self.authenticate(user.login, user.login)
            for report in (self.opinion, self.letter):
                for converter in ("pdf", "html"):
                    response = self.url_open(
                        f"/report/{converter}/{report}/{self.case.id}"
                    )
                    self.assertNotEqual(response.status_code, 200)
                    self.assertNotIn("bad rubber", response.text)
            response = self.url_open(
                f"/web/content/{self.dispatch._name}/{self.dispatch.id}/file"
            )
            self.assertEqual(response.status_code, 404)
