from unittest.mock import patch

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import SurveyCommon

FEEDBACK = "customer.satisfaction.feedback"
CORRECT = "customer.satisfaction.feedback.correct"
FORM = "customer_survey.report_customer_satisfaction_feedback"


@tagged("post_install", "-at_install")
@freeze_time("2030-03-08 10:00:00")
class TestSatisfactionFeedback(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Asked", with_order=False)
        cls.partner = cls.dossier.partner_id
        cls.contact = cls.partner.child_ids
        cls.dossier.first_contact_date = "2030-01-01"
        cls.colleague = cls._create_user(
            "survey_colleague", "customer_archive.group_rep"
        )
        cls.engineer = cls._create_user("survey_asg", "customer_archive.group_asg")
        cls.dossier.service_user_ids = cls.colleague | cls.engineer

    def setUp(self):
        super().setUp()
        # create_date is that of the transaction
        self.startPatcher(patch.object(self.env.cr, "now", fields.Datetime.now))

    def _values(self, **values):
        return {
            "dossier_id": self.dossier.id,
            "contact_id": self.contact.id,
            "satisfaction": "4",
            **values,
        }

    def _record(self, user=None, **values):
        feedback_id = self._rpc(
            user or self.rep, FEEDBACK, "create", self._values(**values)
        )
        return self.env[FEEDBACK].browse(feedback_id)

    def _write(self, user, feedback, **values):
        return self._rpc(user, FEEDBACK, "write", feedback.ids, values)

    def _create_event(self, partners, user=None, **values):
        return (
            self.env["calendar.event"]
            .with_user(user or self.rep)
            .create(
                {
                    "name": "Visit",
                    "start": "2030-03-07 08:00:00",
                    "stop": "2030-03-07 09:00:00",
                    "partner_ids": [
                        Command.set((partners | (user or self.rep).partner_id).ids)
                    ],
                    **values,
                }
            )
        )

    def _create_log(self, **values):
        log = (
            self.env["customer.service.log"]
            .with_user(self.engineer)
            .create(
                {
                    "partner_id": self.partner.id,
                    "contact_id": self.contact.id,
                    "mode": "phone",
                    "problem": "No signal",
                    "date_start": "2030-03-06 08:00:00",
                    **values,
                }
            )
        )
        log._system_write({"state": "done"})
        return log

    # ------------------------------------------------------------ what is recorded

    def test_who_serves_the_customer_records_his_word(self):
        """C19."""
        for user in (self.rep, self.colleague, self.bum, self.keeper):
            feedback = self._record(user)
            self.assertRegex(feedback.number, r"^MYD-2030-\d{4}$")
            self.assertRecordValues(
                feedback,
                [
                    {
                        "user_id": user.id,
                        "partner_id": self.partner.id,
                        "team_id": self.team.id,
                        "date": fields.Date.to_date("2030-03-08"),
                        "occasion": "visit",
                        "score": 75,
                        "is_negative": False,
                    }
                ],
            )

    def test_scores_go_from_0_to_100(self):
        scores = [
            self._record(satisfaction=value, remark="Said so").score
            for value in ("1", "2", "3", "4", "5")
        ]
        self.assertEqual(scores, [0, 25, 50, 75, 100])

    def test_others_record_nothing(self):
        # the director reads every dossier, but looks after none
        for user in (
            self.other_rep,
            self.employee,
            self.survey_manager,
            self.director,
            self.gmo,
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._record(user)
        self.assertFalse(self.dossier.satisfaction_feedback_ids)
        with self.assertRaisesRegex(AccessError, "service team"):
            self._record(self.director)

    def test_system_writes_number_author_and_score(self):
        for forged in (
            {"number": "MYD-1"},
            {"user_id": self.bum.id},
            {"score": 100},
            {"is_negative": False, "number": "MYD-2"},
        ):
            with self.subTest(forged=forged), self.assertRaises(AccessError):
                self._record(**forged)
        feedback = self._record()
        for forged in ({"number": "MYD-1"}, {"user_id": self.bum.id}, {"score": 1}):
            with self.subTest(forged=forged), self.assertRaises(AccessError):
                self._write(self.rep, feedback, **forged)

    def test_dissatisfied_customer_says_why(self):
        for remark in (False, "  "):
            with self.assertRaisesRegex(ValidationError, "write down why"):
                self._record(satisfaction="2", remark=remark)
        feedback = self._record(satisfaction="2", remark="Late again")
        self.assertTrue(feedback.is_negative)
        with self.assertRaises(ValidationError):
            self._write(self.rep, feedback, remark=False)
        self.company.survey_negative_score = 3
        with self.assertRaises(ValidationError):
            self._record(satisfaction="3")
        # the limit of the day counts
        self.company.survey_negative_score = 1
        self.assertTrue(feedback.is_negative)

    def test_score_is_one_of_five(self):
        for value in ("0", "6", 3):
            with self.subTest(value=value), self.assertRaises(ValueError):
                self._record(satisfaction=value)

    def test_contact_is_one_of_the_customer(self):
        other = self._create_customer("Other").partner_id.child_ids
        with self.assertRaises(ValidationError):
            self._record(contact_id=other.id)

    def test_date_lies_between_first_contact_and_today(self):
        self.assertTrue(self._record(date="2030-01-01"))
        with self.assertRaisesRegex(ValidationError, "today or a day before"):
            self._record(date="2030-03-09")
        with self.assertRaisesRegex(ValidationError, "this day or a later"):
            self._record(date="2029-12-31")

    def test_ended_dossier_takes_nothing(self):
        self.dossier._system_write({"state": "history"})
        with self.assertRaises(UserError):
            self._record(self.keeper)

    # ------------------------------------------------------------ occasion

    def test_form_of_a_meeting(self):
        event = self._create_event(self.contact)
        action = self._rpc(
            self.rep, "calendar.event", "action_record_feedback", event.ids
        )
        form = Form(
            self.env[FEEDBACK].with_user(self.rep).with_context(**action["context"])
        )
        form.satisfaction = "5"
        self.assertRecordValues(
            form.save(),
            [
                {
                    "dossier_id": self.dossier.id,
                    "contact_id": self.contact.id,
                    "event_id": event.id,
                    "occasion": "visit",
                }
            ],
        )

    def test_form_of_a_service_log(self):
        log = self._create_log()
        action = self._rpc(
            self.engineer, "customer.service.log", "action_record_feedback", log.ids
        )
        self.assertEqual(action["context"]["default_service_log_id"], log.id)
        form = Form(
            self.env[FEEDBACK]
            .with_user(self.engineer)
            .with_context(**action["context"])
        )
        form.satisfaction = "5"
        self.assertRecordValues(
            form.save(),
            [
                {
                    "contact_id": self.contact.id,
                    "service_log_id": log.id,
                    "occasion": "service",
                }
            ],
        )

    def test_form_of_the_dossier(self):
        action = self._rpc(
            self.rep,
            "customer.dossier",
            "action_view_satisfaction_feedback",
            self.dossier.ids,
        )
        self.assertEqual(action["context"], {"default_dossier_id": self.dossier.id})
        with self.assertRaises(AccessError):
            self._rpc(
                self.other_rep,
                "customer.dossier",
                "action_view_satisfaction_feedback",
                self.dossier.ids,
            )

    def test_form_needs_a_dossier_that_one_reads(self):
        stranger = self._create_event(self.contact, self.other_rep)
        for event, message in (
            (stranger, "Ask for access"),
            (self._create_event(self.env["res.partner"]), "No customer takes part"),
        ):
            with self.assertRaisesRegex(UserError, message):
                event.action_record_feedback()
        log = self._create_log()
        self.dossier.service_user_ids -= self.engineer
        with self.assertRaisesRegex(UserError, "Ask for access"):
            log.action_record_feedback()

    def test_contact_it_belongs_to_was_with_the_customer(self):
        other = self._create_customer("Other")
        event = self._create_event(other.partner_id.child_ids)
        log = self._create_log(partner_id=other.partner_id.id, contact_id=False)
        for user, link in (
            (self.rep, {"event_id": event.id}),
            (self.engineer, {"service_log_id": log.id}),
        ):
            with self.assertRaisesRegex(ValidationError, "did not take part"):
                self._record(user, **link)

    def test_hidden_meeting_is_not_named(self):
        theirs = self._create_customer("Theirs", user_id=self.other_rep.id)
        event = self._create_event(
            theirs.partner_id,
            res_model_id=self.env["ir.model"]._get_id("customer.dossier"),
            res_id=self.dossier.id,
        )
        values = {"dossier_id": theirs.id, "contact_id": False}
        with self.assertRaises(AccessError):
            self._record(self.other_rep, **values, event_id=event.id)
        self.assertTrue(self._record(self.other_rep, **values))

    def test_contact_it_belongs_to_comes_before(self):
        event = self._create_event(self.contact)
        with self.assertRaisesRegex(ValidationError, "03/07/2030|2030-03-07"):
            self._record(event_id=event.id, date="2030-03-06")
        feedback = self._record(event_id=event.id, date="2030-03-07")
        for user in (self.rep, self.keeper):
            with self.assertRaisesRegex(AccessError, "stays as it is"):
                self._write(user, feedback, event_id=False)

    # ------------------------------------------------------------ locked (D7)

    def test_author_changes_it_on_the_same_day(self):
        feedback = self._record()
        self._write(self.rep, feedback, satisfaction="5", date="2030-03-05")
        self.assertEqual(feedback.score, 100)
        for user in (self.colleague, self.bum, self.director):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._write(user, feedback, satisfaction="1")
        with self.assertRaisesRegex(UserError, "Ask the keeper"):
            self._write(self.keeper, feedback, satisfaction="1")
        self.assertEqual(feedback.satisfaction, "5")

    def test_it_is_locked_on_the_next_day(self):
        feedback = self._record()
        with freeze_time("2030-03-08 23:59:00"):
            self._write(self.rep, feedback, remark="Friendly")
        with freeze_time("2030-03-09 00:01:00"):
            self.assertFalse(feedback.with_user(self.rep).can_edit)
            for values in (
                {"satisfaction": "5"},
                {"remark": "x"},
                {"date": "2030-03-01"},
            ):
                with self.assertRaisesRegex(UserError, "is filed"):
                    self._write(self.rep, feedback, **values)
            # a client's clock does not help
            with self.assertRaisesRegex(UserError, "is filed"):
                feedback.with_user(self.rep).with_context(tz="Pacific/Honolulu").write(
                    {"satisfaction": "5"}
                )
        self.assertRecordValues(feedback, [{"satisfaction": "4", "remark": "Friendly"}])

    def test_keeper_corrects_with_a_reason(self):
        feedback = self._record()
        wizard = (
            self.env[CORRECT]
            .with_user(self.keeper)
            .create({"feedback_id": feedback.id, "reason": "Read from the paper"})
        )
        self.assertEqual(wizard.satisfaction, "4")
        wizard.satisfaction = "5"
        wizard.action_confirm()
        self.assertRecordValues(
            feedback, [{"satisfaction": "5", "score": 100, "user_id": self.rep.id}]
        )
        self.assertIn("Read from the paper", feedback.message_ids[:1].body)
        for args in (("5", "", "  "), ("1", "", "Misread")):
            with self.assertRaises(UserError):
                self._rpc(self.keeper, FEEDBACK, "action_correct", feedback.ids, *args)

    def test_only_the_keeper_corrects(self):
        feedback = self._record()
        for user in (self.rep, self.colleague, self.bum, self.director, self.other_rep):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(
                    user, FEEDBACK, "action_correct", feedback.ids, "5", "", "Because"
                )
            with self.assertRaises(AccessError):
                self._rpc(user, CORRECT, "create", {"feedback_id": feedback.id})
        self.assertEqual(feedback.satisfaction, "4")

    def test_nobody_deletes_it(self):
        feedback = self._record()
        for user in (self.rep, self.keeper, self.director, self.bum):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, FEEDBACK, "unlink", feedback.ids)
        with self.assertRaises(UserError):
            feedback.unlink()

    def test_it_stays_in_the_dossier(self):
        """A43."""
        other = self._create_customer("Other")
        feedback = self._record()
        for user in (self.rep, self.bum):
            with self.assertRaises(AccessError):
                self._write(user, feedback, dossier_id=other.id, contact_id=False)
        self._write(self.keeper, feedback, dossier_id=other.id, contact_id=False)
        self.assertEqual(feedback.dossier_id, other)

    # ------------------------------------------------------------ reading

    def test_strangers_read_nothing(self):
        feedback = self._record(satisfaction="1", remark="Between us")
        domain = [("id", "=", feedback.id)]
        for user in (self.other_rep, self.employee, self.survey_manager):
            user.group_ids += self.env.ref("base.group_allow_export")
            with self.subTest(user=user.login):
                for method, args in (
                    ("read", [["remark"]]),
                    ("export_data", [["remark"]]),
                    ("web_read", [{"remark": {}}]),
                ):
                    with self.assertRaises(AccessError):
                        self._rpc(user, FEEDBACK, method, feedback.ids, *args)
                self.assertFalse(self._rpc(user, FEEDBACK, "search_read", domain))
                groups = self._rpc(
                    user, FEEDBACK, "formatted_read_group", domain, [], ["score:avg"]
                )
                self.assertFalse(groups[0]["score:avg"])

    # ------------------------------------------------------------ print

    def _render(self, report, records, user=None, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user or self.rep)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            report, records.ids
        )
        return html.fromstring(content)

    def _get_ticks(self, tree):
        return [
            cell.text_content().strip()
            for cell in tree.xpath("//table[@name='scores']//tr[3]/td")
        ]

    def test_filled_form(self):
        feedback = self._record(remark="Quick and friendly")
        tree = self._render(FORM, feedback)
        self.assertEqual(self._get_ticks(tree), ["", "", "", "✓", ""])
        text = tree.text_content()
        for part in (feedback.number, "Asked", "Quick and friendly", self.contact.name):
            self.assertIn(part, text)
        printed = self.env["customer.access.log"].search(
            [("dossier_id", "=", self.dossier.id), ("operation", "=", "print")]
        )
        self.assertEqual(printed.user_id, self.rep)

    def test_blank_forms(self):
        feedback = self._record(remark="Quick")
        before = self.env["customer.access.log"].search_count([])
        blank = self._render(f"{FORM}_blank", feedback)
        self.assertNotIn("Asked", blank.text_content())
        self.assertEqual(self._get_ticks(blank), [""] * 5)
        self.assertEqual(self.env["customer.access.log"].search_count([]), before)
        named = self._render(f"{FORM}_dossier", self.dossier)
        self.assertIn("Asked", named.text_content())
        self.assertNotIn("Quick", named.text_content())
        self.assertEqual(self._get_ticks(named), [""] * 5)
        self.assertEqual(self.env["customer.access.log"].search_count([]), before + 1)

    def test_form_is_in_the_language_of_the_reader(self):
        feedback = self._record()
        for lang, titles in (
            ("zh_CN", ["客户满意度反馈表", "Satisfaction Feedback Form"]),
            ("en_US", ["Satisfaction Feedback Form", "客户满意度反馈表"]),
        ):
            tree = self._render(FORM, feedback, lang=lang)
            found = [node.text_content() for node in tree.xpath("//h1|//h2")]
            self.assertEqual(found, titles)

    def test_forms_of_hidden_dossiers_are_not_printed(self):
        feedback = self._record()
        for report, record in (
            (FORM, feedback),
            (f"{FORM}_dossier", self.dossier),
        ):
            for user in (self.other_rep, self.employee):
                with self.assertRaises(AccessError):
                    self._render(report, record, user)
