from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
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
        dimension = self.env["customer.survey.dimension"].create(
            {"name": "Safety", "code": "safety", "mandatory": True}
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, dimension.name):
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

    # ------------------------------------------------------------ whom it asks (G2)

    def test_yearly_survey_is_comprehensive(self):
        with self.assertRaisesRegex(ValidationError, "comprehensive"):
            self._create_campaign(scope="chosen")
        with self.assertRaisesRegex(ValidationError, "comprehensive"):
            self._create_campaign(team_id=self.team.id)
        campaign = self._create_campaign(scope="chosen", kind="periodic")
        with self.assertRaisesRegex(ValidationError, "comprehensive"):
            campaign.kind = "yearly"
        self.assertTrue(self._create_campaign(scope="formal"))

    def test_formal_scope_asks_every_formal_dossier(self):
        formal = self._create_customer("Formal", with_order=False)
        formal._system_write({"state": "formal"})
        buyer = self._create_customer("Buyer")
        elsewhere = self._create_customer("Elsewhere", with_order=False)
        elsewhere._system_write({"state": "formal"})
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere._system_write({"company_id": company.id})
        campaign = self._start_campaign(scope="formal", send=False)
        drawn = campaign.response_ids.dossier_id
        self.assertIn(formal, drawn)
        self.assertFalse((buyer + elsewhere) & drawn)

    def test_formal_scope_without_formal_dossier_is_refused(self):
        self.env["customer.dossier"].search([("state", "=", "formal")])._system_write(
            {"state": "history"}
        )
        campaign = self._create_campaign(scope="formal")
        campaign.action_check()
        with self.assertRaisesRegex(UserError, "formal dossier"):
            campaign.action_start()

    def test_unit_restricts_who_is_asked(self):
        buyer = self._create_customer("Buyer")
        other = self._create_customer("Other Unit")
        other.team_id = self.env["crm.team"].create({"name": "Other Unit"})
        campaign = self._start_campaign(
            kind="periodic", team_id=self.team.id, send=False
        )
        self.assertEqual(campaign.response_ids.dossier_id, buyer)

    def test_period_is_that_of_the_office(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        inside = self._create_customer("Inside")
        inside.partner_id.sale_order_ids.date_order = "2029-12-31 16:00:00"
        before = self._create_customer("Before")
        before.partner_id.sale_order_ids.date_order = "2029-12-31 15:59:59"
        after = self._create_customer("After")
        after.partner_id.sale_order_ids.date_order = "2030-12-31 16:00:00"
        campaign = self._start_campaign(
            date_from="2030-01-01", date_to="2030-12-31", send=False
        )
        self.assertEqual(campaign.response_ids.dossier_id, inside)

    def test_update_adds_who_became_due_and_touches_nobody_else(self):
        buyer = self._create_customer("Buyer")
        campaign = self._start_campaign()
        response = self._get_response(campaign, buyer)
        self.assertEqual(response.state, "invited")
        late = self._create_customer("Late")
        action = campaign.action_draw()
        self.assertEqual(action["params"]["message"], "Customers added: 1")
        self.assertEqual(self._get_response(campaign, late).state, "to_ask")
        self.assertEqual(self._get_response(campaign, buyer), response)
        self.assertEqual(response.state, "invited")
        action = campaign.action_draw()
        self.assertEqual(action["params"]["message"], "Customers added: 0")
        campaign.action_close()
        with self.assertRaises(UserError):
            campaign.action_draw()

    def test_event_survey_starts_with_nobody(self):
        buyer = self._create_customer("Buyer")
        campaign = self._start_campaign(kind="event", trigger="case", send=False)
        self.assertEqual(campaign.state, "running")
        self.assertFalse(campaign.response_ids)
        with self.assertRaisesRegex(UserError, "by a rule"):
            campaign.action_draw()
        self._add(campaign, buyer)
        self.assertEqual(campaign.response_ids.dossier_id, buyer)

    def _add(self, campaign, dossiers):
        dialog = self.env["customer.survey.add"].with_user(self.director)
        return dialog.create(
            {"campaign_id": campaign.id, "dossier_ids": dossiers.ids}
        ).action_add()

    def test_chosen_customers_are_asked(self):
        first = self._create_customer("First", with_order=False)
        second = self._create_customer("Second", with_order=False)
        campaign = self._create_campaign(kind="periodic", scope="chosen")
        with self.assertRaises(UserError):
            self._add(campaign, first)
        campaign.action_check()
        self._add(campaign, first)
        campaign.action_draft()
        self.assertFalse(campaign.sudo().response_ids)
        campaign.action_check()
        self._add(campaign, first)
        campaign.action_start()
        self.assertEqual(campaign.response_ids.dossier_id, first)
        self._add(campaign, first + second)
        self.assertEqual(campaign.response_ids.dossier_id, first + second)
        campaign.action_close()
        with self.assertRaises(UserError):
            self._add(campaign, self._create_customer("Third"))

    def test_only_readable_open_dossiers_of_the_company_are_chosen(self):
        campaign = self._create_campaign(
            kind="periodic", scope="chosen", team_id=self.team.id
        )
        campaign.action_check()
        elsewhere = self._create_customer("Elsewhere")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere._system_write({"company_id": company.id})
        other_unit = self._create_customer("Other Unit")
        other_unit.team_id = self.env["crm.team"].create({"name": "Other Unit"})
        history = self._create_customer("History")
        history._system_write({"state": "history"})
        with self.assertRaises(AccessError):
            self._add(campaign, elsewhere)
        for dossier in other_unit + history:
            with self.assertRaisesRegex(UserError, "cannot be asked"):
                self._add(campaign, dossier)
        by_rule = self._start_campaign(send=False)
        with self.assertRaisesRegex(UserError, "by a rule"):
            self._add(by_rule, self._create_customer("New", with_order=False))

    def test_sales_are_those_of_the_customer_and_his_contacts_in_the_period(self):
        dossier = self._create_customer("Buyer")
        self._create_order(dossier.partner_id.child_ids)
        early = self._create_order(dossier.partner_id)
        early.date_order = "2001-05-05"
        self._create_order(dossier.partner_id)._action_cancel()
        self._create_order(dossier.partner_id)
        currency = self.env["res.currency"].create(
            {
                "name": "TWX",
                "symbol": "X",
                "rate_ids": [fields.Command.create({"name": "2000-01-01", "rate": 4})],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "X", "currency_id": currency.id}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": dossier.partner_id.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    fields.Command.create(
                        {"product_id": self.product.id, "price_unit": 20}
                    )
                ],
            }
        )
        order.action_confirm()
        silent = self._create_customer("Silent", with_order=False)
        silent._system_write({"state": "formal"})
        dossier._system_write({"state": "formal"})
        campaign = self._start_campaign(scope="formal", send=False)
        response = self._get_response(campaign, dossier)
        # 10 + 10 + 10 and 20 at a rate of 4
        self.assertEqual(response.sales_amount, 35)
        self.assertEqual(self._get_response(campaign, silent).sales_amount, 0)
        self._create_order(dossier.partner_id)
        campaign.action_close()
        self.assertEqual(response.sales_amount, 45)

    # ------------------------------------------------------------ exclusion (G2)

    def test_excluded_customers_lower_the_coverage_and_count_nowhere(self):
        dossiers = [self._create_customer(f"Buyer {number}") for number in range(4)]
        campaign = self._start_campaign(send=False)
        first = self._get_response(campaign, dossiers[0])
        dialog = self.env["customer.survey.exclude"].with_user(self.director)
        dialog.with_context(active_ids=first.ids).create(
            {"reason": " Being wound up "}
        ).action_exclude()
        campaign.action_send()
        self.assertRecordValues(
            first, [{"state": "excluded", "exclusion_reason": "Being wound up"}]
        )
        self.assertRecordValues(
            campaign,
            [
                {
                    "customer_count": 3,
                    "excluded_count": 1,
                    "coverage": 75,
                    "issued_count": 3,
                    "answered_count": 0,
                    "response_rate": 0,
                }
            ],
        )
        first.action_include()
        self.assertRecordValues(first, [{"state": "to_ask", "exclusion_reason": False}])
        self.assertRecordValues(
            campaign, [{"customer_count": 4, "coverage": 100, "issued_count": 3}]
        )

    def test_exclusion_takes_a_reason_and_nobody_who_was_asked(self):
        asked = self._create_customer("Asked")
        open_ = self._create_customer("Open", with_contact=False)
        campaign = self._start_campaign()
        for reason in ("", "  ", False):
            with self.assertRaisesRegex(UserError, "Say why"):
                self._get_response(campaign, open_).action_exclude(reason)
        with self.assertRaises(UserError):
            self._get_response(campaign, asked).action_exclude("Late")
        with self.assertRaises(UserError):
            self._get_response(campaign, asked).action_include()
        campaign.action_close()
        with self.assertRaises(UserError):
            self._get_response(campaign, open_).action_exclude("Late")

    def test_answer_without_a_form_sent_counts_as_issued(self):
        self._create_customer("Sent")
        called = self._create_customer("Called", with_contact=False)
        refused = self._create_customer("Refused", with_contact=False)
        campaign = self._start_campaign()
        response = self._get_response(campaign, called)
        form = response.sudo()._create_form(
            fields.Datetime.now() + timedelta(days=1), customer_channel="phone"
        )
        self._fill(form, {self.quality: (1, 1)})
        self._get_response(campaign, refused).action_decline()
        self.assertRecordValues(
            campaign,
            [
                {
                    "customer_count": 3,
                    "issued_count": 2,
                    "answered_count": 1,
                    "declined_count": 1,
                    "negative_count": 1,
                    "response_rate": 50,
                }
            ],
        )

    # ------------------------------------------------------------ who may (G7)

    def test_only_the_director_decides_who_is_asked(self):
        dossier = self._create_customer("Buyer")
        campaign = self._start_campaign(send=False)
        chosen = self._create_campaign(kind="periodic", scope="chosen")
        chosen.action_check()
        response = self._get_response(campaign, dossier)
        dialog = self.env["customer.survey.add"].with_user(self.director)
        dialog = dialog.create({"campaign_id": chosen.id, "dossier_ids": dossier.ids})
        exclusion = self.env["customer.survey.exclude"].with_user(self.director)
        exclusion = exclusion.create({"response_ids": response.ids, "reason": "No"})
        for user in (self.rep, self.bum, self.keeper, self.gmo, self.employee):
            for model, method, *args in (
                ("customer.survey.campaign", "action_check", chosen.ids),
                ("customer.survey.campaign", "action_draft", chosen.ids),
                ("customer.survey.campaign", "action_start", chosen.ids),
                ("customer.survey.campaign", "action_draw", campaign.ids),
                ("customer.survey.campaign", "action_send", campaign.ids),
                ("customer.survey.campaign", "action_close", campaign.ids),
                ("customer.survey.campaign", "action_file", campaign.ids),
                (
                    "customer.survey.campaign",
                    "write",
                    campaign.ids,
                    {"date_deadline": "2099-12-31"},
                ),
                (
                    "customer.survey.campaign",
                    "create",
                    {"name": "Forged", "date_deadline": "2030-01-01"},
                ),
                ("customer.survey.campaign", "unlink", chosen.ids),
                (
                    "customer.survey.response",
                    "action_exclude",
                    response.ids,
                    "He complains",
                ),
                ("customer.survey.response", "action_include", response.ids),
                ("customer.survey.add", "create", {"campaign_id": chosen.id}),
                ("customer.survey.add", "action_add", dialog.ids),
                ("customer.survey.add", "read", dialog.ids, ["dossier_ids"]),
                ("customer.survey.exclude", "create", {"reason": "No"}),
                ("customer.survey.exclude", "action_exclude", exclusion.ids),
            ):
                with (
                    self.subTest(user=user.login, model=model, method=method),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, model, method, *args)
        for method, *args in (
            ("_add_chosen", dossier.ids),
            ("_add_customers", dossier.ids),
            ("_store_results",),
            ("_store_sales", response.ids),
        ):
            with self.assertRaisesRegex(AccessError, "Private"):
                self._rpc(
                    self.director,
                    "customer.survey.campaign",
                    method,
                    campaign.ids,
                    *args,
                )
        self.assertRecordValues(
            campaign + chosen, [{"state": "running"}, {"state": "checked"}]
        )
        self.assertEqual(response.state, "to_ask")
        self.assertFalse(chosen.response_ids)

    def test_interviewer_excludes_nobody(self):
        dossier = self._create_customer("Buyer")
        response = self._get_response(self._start_campaign(send=False), dossier)
        response.interviewer_id = self.other_rep
        with self.assertRaisesRegex(AccessError, "Only Marketing Director"):
            self._rpc(
                self.other_rep,
                "customer.survey.response",
                "action_exclude",
                response.ids,
                "Too far away",
            )

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
