from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveySend(SurveyCommon):
    @classmethod
    def _add_contact(cls, dossier, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": dossier.partner_id.id,
                "email": f"{name.lower()}@example.com",
                "lang": "en_US",
            }
            | values
        )

    def _get_mails(self, contacts):
        return self.env["mail.mail"].search([("recipient_ids", "in", contacts.ids)])

    def test_several_contacts_get_a_form_each(self):
        dossier = self._create_customer("Several")
        first = dossier.partner_id.child_ids
        second = self._add_contact(dossier, "Second")
        silent = self._add_contact(dossier, "Silent", email=False)
        unwilling = self._add_contact(dossier, "Unwilling", survey_opt_out=True)
        campaign = self._start_campaign(send=False, contact_mode="several")
        response = self._get_response(campaign, dossier)
        self.assertEqual(
            response.contact_id | response.other_contact_ids, first | second
        )
        # whoever opts out after the draw gets no form either
        third = self._add_contact(dossier, "Third", survey_opt_out=True)
        response.other_contact_ids |= third
        campaign.action_send()
        forms = response.sudo().form_ids
        self.assertEqual(forms.partner_id, first | second)
        self.assertEqual(len(set(forms.mapped("access_token"))), 2)
        for form in forms:
            mail = self._get_mails(form.partner_id)
            self.assertIn(form.access_token, mail.body_html)
            self.assertEqual(len(mail), 1)
        self.assertFalse(self._get_mails(silent | unwilling | third))
        self._fill(forms[0], {self.quality: (10, 10)})
        self._fill(forms[1], {self.quality: (0, 10)})
        self.assertEqual(response.index, 75)

    def test_one_contact_is_asked_otherwise(self):
        dossier = self._create_customer("Single")
        second = self._add_contact(dossier, "Second")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        self.assertFalse(response.other_contact_ids)
        self.assertEqual(len(response.sudo().form_ids), 1)
        self.assertFalse(self._get_mails(second))

    def test_chosen_contact_gets_the_form(self):
        dossier = self._create_customer("Chosen")
        second = self._add_contact(dossier, "Second")
        campaign = self._start_campaign(send=False)
        self._get_response(campaign, dossier).contact_id = second
        campaign.action_send()
        self.assertEqual(len(self._get_mails(second)), 1)
        self.assertFalse(self._get_mails(dossier.partner_id.child_ids - second))

    def test_issued_on_the_day_of_the_responsible(self):
        dossier = self._create_customer("Dated")
        with freeze_time("2030-03-01 02:00:00"):
            self._create_order(dossier.partner_id)
            self.director.tz = "America/New_York"
            campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        self.assertEqual(str(response.issued_date), "2030-02-28")

    def test_mail_states_purpose_deadline_and_how_to_decline(self):
        dossier = self._create_customer("Told")
        self.director.tz = "Asia/Shanghai"
        campaign = self._start_campaign(date_deadline="2098-07-09")
        mail = self._get_mails(dossier.partner_id.child_ids)
        form = self._get_response(campaign, dossier).sudo().form_ids
        for text in (
            "improve our products",
            "voluntary",
            "read only by the people who look after your company",
            "07/09/2098",
            f"/customer_survey/decline/{form.access_token}",
        ):
            self.assertIn(text, mail.body_html)
        self.assertTrue(mail.auto_delete)

    def test_customer_of_opted_out_contacts_is_excluded_with_a_reason(self):
        dossier = self._create_customer("Unwilling")
        dossier.partner_id.child_ids.survey_opt_out = True
        half = self._create_customer("Half")
        half.partner_id.child_ids.survey_opt_out = True
        willing = self._add_contact(half, "Willing")
        silent = self._create_customer("Silent", with_contact=False)
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, dossier)
        self.assertEqual(response.state, "excluded")
        self.assertIn("no surveys", response.exclusion_reason)
        response = self._get_response(campaign, half)
        self.assertEqual(response.state, "to_ask")
        self.assertEqual(response.contact_id, willing)
        self.assertEqual(self._get_response(campaign, silent).state, "to_ask")

    def test_second_campaign_makes_new_links(self):
        dossier = self._create_customer("Yearly")
        campaign = self._start_campaign()
        response = self._get_response(campaign, dossier)
        self._answer(response, {self.quality: (10, 10)})
        campaign.action_close()
        again = self._start_campaign()
        second = self._get_response(again, dossier)
        old, new = response.sudo().form_ids, second.sudo().form_ids
        self.assertNotEqual(old.access_token, new.access_token)
        mails = self._get_mails(dossier.partner_id.child_ids)
        self.assertIn(new.access_token, mails[0].body_html)
        self.assertNotIn(old.access_token, mails[0].body_html)
        self._fill(old, {self.quality: (0, 0)})
        self.assertEqual(second.state, "invited")
        self.assertEqual(response.index, 100)
        self._fill(new, {self.quality: (5, 5)})
        self.assertEqual(second.index, 50)
        self.assertEqual(response.index, 100)

    def test_only_the_director_sends(self):
        self._create_customer("Guarded")
        campaign = self._start_campaign(send=False)
        for user in (self.rep, self.bum, self.keeper, self.gmo, self.survey_manager):
            with self.assertRaises(AccessError):
                self._rpc(user, campaign._name, "action_send", campaign.ids)
        self.assertFalse(campaign.sudo().response_ids.form_ids)
        campaign.action_close()
        with self.assertRaises(UserError):
            self._rpc(self.director, campaign._name, "action_send", campaign.ids)

    def test_cost_of_sending_does_not_grow_with_customers(self):
        self.env["ir.config_parameter"].set_param("mail.batch_size", "100")

        def count_queries():
            campaign = self._start_campaign(send=False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            campaign.action_send()
            self.env.flush_all()
            sent = len(campaign.sudo().response_ids.form_ids)
            return self.env.cr.sql_log_count - before, sent

        for number in range(5):
            self._create_customer(f"Few {number}")
        count_queries()
        few, few_customers = count_queries()
        for number in range(40):
            self._create_customer(f"Many {number}")
        count_queries()
        many, many_customers = count_queries()
        self.assertEqual(many_customers - few_customers, 40)
        self.assertLessEqual(many, few)


@tagged("post_install", "-at_install")
class TestSurveyOldLink(SurveyCommon, HttpCase):
    def test_old_link_answers_to_nothing_in_a_second_campaign(self):
        dossier = self._create_customer("Yearly")
        campaign = self._start_campaign()
        form = self._get_response(campaign, dossier).sudo().form_ids
        campaign.action_close()
        again = self._start_campaign()
        self.env.flush_all()
        path = f"/survey/begin/{self.survey.access_token}/{form.access_token}"
        result = self.make_jsonrpc_request(path, {})
        self.assertEqual(result[1], {"error": "answer_deadline"})
        page = self.url_open(f"/survey/retry/{path.split('/', 3)[3]}")
        self.assertNotIn(self.survey.question_ids[0].title, page.text)
        second = self._get_response(again, dossier)
        self.assertEqual(second.state, "invited")
        self.assertEqual(len(second.sudo().form_ids), 1)
        self.assertEqual(second.issued_date, fields.Date.today())
