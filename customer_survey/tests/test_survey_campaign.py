from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyCampaign(SurveyCommon):
    def test_check_names_missing_dimensions(self):
        survey = self.survey.copy()
        survey.question_ids.filtered(
            lambda question: question.dimension_id in self.price + self.credit
        ).dimension_id = False
        campaign = self._create_campaign(survey_id=survey.id)
        self.assertEqual(campaign.missing_dimension_ids, self.price + self.credit)
        with self.assertRaisesRegex(UserError, f"{self.price.name}.*Credit"):
            campaign.action_check()
        self.assertEqual(campaign.state, "draft")

    def test_start_refused_when_a_dimension_was_lost_after_the_check(self):
        self._create_customer("Buyer")
        survey = self.survey.copy()
        campaign = self._create_campaign(survey_id=survey.id)
        campaign.action_check()
        survey.question_ids.filtered(
            lambda question: question.dimension_id == self.service
        ).unlink()
        with self.assertRaisesRegex(UserError, self.service.name):
            campaign.action_start()

    def test_start_draws_customers_with_an_order_in_the_period(self):
        buyer = self._create_customer("Buyer")
        branch = self._create_customer("Branch", with_order=False)
        self._create_order(branch.partner_id.child_ids)
        early = self._create_customer("Early")
        early.partner_id.sale_order_ids.date_order = "2001-05-05"
        self._create_customer("Never", with_order=False)
        quoted = self._create_customer("Quoted", with_order=False)
        self._create_order(quoted.partner_id)._action_cancel()
        history = self._create_customer("History")
        history._system_write({"state": "history"})
        campaign = self._start_campaign(send=False)
        drawn = campaign.response_ids.dossier_id
        self.assertLessEqual(buyer + branch, drawn)
        self.assertFalse((early + quoted + history) & drawn)
        self.assertRecordValues(
            self._get_response(campaign, buyer),
            [
                {
                    "partner_id": buyer.partner_id.id,
                    "contact_id": buyer.partner_id.child_ids.id,
                    "company_id": self.company.id,
                    "state": "to_ask",
                }
            ],
        )

    def test_start_without_customers_is_refused(self):
        campaign = self._create_campaign(date_from="2001-01-01", date_to="2001-12-31")
        campaign.action_check()
        with self.assertRaisesRegex(UserError, "confirmed order"):
            campaign.action_start()

    def test_other_company_has_its_own_customers(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.director.company_ids += company
        buyer = self._create_customer("Buyer")
        campaign = (
            self.env["customer.survey.campaign"]
            .with_user(self.director)
            .with_context(allowed_company_ids=company.ids)
            .create({"name": "Other", "date_deadline": fields.Date.today()})
        )
        self.assertEqual(campaign.company_id, company)
        campaign.action_check()
        with self.assertRaises(UserError):
            campaign.action_start()
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, buyer)
        with self.assertRaises(AccessError):
            response.with_context(allowed_company_ids=company.ids).read(["state"])

    def test_send_leaves_unreachable_customers_to_ask_and_does_not_repeat(self):
        buyer = self._create_customer("Buyer")
        silent = self._create_customer("Silent", with_contact=False)
        opted_out = self._create_customer("Opted out")
        self.env["mail.blacklist"].create(
            {"email": opted_out.partner_id.child_ids.email}
        )
        direct = self._create_customer(
            "Direct", with_contact=False, email="direct@example.com"
        )
        campaign = self._start_campaign()
        states = {
            response.dossier_id: response.state for response in campaign.response_ids
        }
        self.assertEqual(states[buyer], "invited")
        self.assertEqual(states[direct], "invited")
        self.assertEqual(states[silent], "to_ask")
        self.assertEqual(states[opted_out], "to_ask")
        form = self._get_response(campaign, buyer).sudo().form_ids
        self.assertRecordValues(
            form,
            [
                {
                    "partner_id": buyer.partner_id.child_ids.id,
                    "survey_id": self.survey.id,
                    "test_entry": False,
                    "deadline": datetime.combine(
                        campaign.date_deadline, time(23, 59, 59)
                    ),
                }
            ],
        )
        forms = self.env["survey.user_input"].search_count([])
        campaign.action_send()
        self.assertEqual(self.env["survey.user_input"].search_count([]), forms)

    def test_mail_is_in_the_language_of_the_contact_and_unreadable_to_staff(self):
        template = self.env.ref("customer_survey.mail_template_form")
        template.with_context(lang="zh_CN").subject = "客户满意度调查表"
        dossier = self._create_customer("Chinese", lang="zh_CN")
        mails = self.env["mail.mail"].search([])
        campaign = self._start_campaign()
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", dossier.partner_id.child_ids.ids)]
        )
        form = self._get_response(campaign, dossier).sudo().form_ids
        self.assertEqual(len(mail - mails), 1)
        self.assertEqual(mail.subject, "客户满意度调查表")
        self.assertIn(form.access_token, mail.body_html)
        self.assertEqual(form.lang_id.code, "zh_CN")
        message = mail.mail_message_id.with_user(self.director)
        self.assertFalse(message.search([("id", "=", message.id)]))
        with self.assertRaises(AccessError):
            message.read(["body"])

    def test_later_deadline_reaches_the_forms_and_closing_ends_them(self):
        dossier = self._create_customer("Buyer")
        campaign = self._start_campaign()
        form = self._get_response(campaign, dossier).sudo().form_ids
        campaign.date_deadline = "2099-06-30"
        self.assertEqual(str(form.deadline), "2099-06-30 23:59:59")
        campaign.action_close()
        self.assertLessEqual(form.deadline, fields.Datetime.now())
        self._answer(self._get_response(campaign, dossier), {self.quality: (1, 1)})
        self.assertEqual(self._get_response(campaign, dossier).state, "invited")

    def test_send_after_the_deadline_is_refused(self):
        self._create_customer("Buyer")
        campaign = self._start_campaign(send=False)
        campaign.date_deadline = fields.Date.today() - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "later date"):
            campaign.action_send()

    def test_moves_follow_the_table(self):
        self._create_customer("Buyer")
        campaign = self._create_campaign()
        for action in ("action_start", "action_close", "action_file", "action_draft"):
            with self.assertRaises(UserError):
                getattr(campaign, action)()
        campaign.action_check()
        campaign.action_draft()
        campaign.action_check()
        campaign.action_start()
        self.assertEqual(campaign.date_started, fields.Date.today())
        with self.assertRaises(UserError):
            campaign.action_draft()
        campaign.action_close()
        campaign.action_create_report()
        campaign.report_ids._system_write({"state": "acknowledged"})
        campaign.action_file()
        for action in ("action_check", "action_start", "action_send", "action_close"):
            with self.assertRaises(UserError):
                getattr(campaign, action)()

    def test_what_was_checked_cannot_be_changed(self):
        campaign = self._create_campaign()
        campaign.action_check()
        for values in (
            {"kind": "event"},
            {"survey_id": self.survey.copy().id},
            {"date_from": "2001-01-01"},
            {"required_level": 10},
        ):
            with self.assertRaisesRegex(UserError, "has been checked"):
                campaign.write(values)

    def test_started_campaign_cannot_be_deleted(self):
        self._create_customer("Buyer")
        self._create_campaign().unlink()
        with self.assertRaisesRegex(UserError, "stays on record"):
            self._start_campaign(send=False).unlink()

    def test_interviewer_registers_who_declined_or_was_unreachable(self):
        dossier = self._create_customer("Buyer")
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, dossier)
        response.interviewer_id = self.other_rep
        own = response.with_user(self.other_rep)
        own.action_unreachable()
        own.action_decline()
        self.assertEqual(response.state, "declined")
        with self.assertRaises(UserError):
            own.action_unreachable()
        with self.assertRaises(AccessError):
            response.with_user(self.rep).action_decline()
        campaign.action_send()
        self.assertEqual(response.state, "declined")

    def test_cost_of_start_does_not_grow_with_customers(self):
        def count_queries():
            campaign = self._create_campaign()
            campaign.action_check()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign.action_start()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before, len(campaign.response_ids)

        for number in range(5):
            self._create_customer(f"Few {number}")
        count_queries()
        few, few_customers = count_queries()
        for number in range(45):
            self._create_customer(f"Many {number}")
        count_queries()
        many, many_customers = count_queries()
        self.assertEqual(many_customers - few_customers, 45)
        self.assertLessEqual(many, few)
