from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyTrigger(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaigns = cls.env["customer.survey.campaign"]
        cls.tag = cls.env["calendar.event.type"].create({"name": "Customer Event"})
        cls.dossier = cls._create_customer("Buyer")

    def _run(self, day):
        with freeze_time(f"{day} 05:00:00"), self.enter_registry_test_mode():
            self.env.ref("customer_survey.ir_cron_ask_after").method_direct_trigger()
        self.env.invalidate_all()

    def _start(self, **values):
        with freeze_time("2031-01-05 09:00:00"):
            return self._start_campaign(
                send=False,
                **{
                    "kind": "event",
                    "trigger": "case",
                    "trigger_days": 2,
                    "date_from": "2031-01-01",
                    "date_to": "2031-12-31",
                    "date_deadline": "2031-12-31",
                    **values,
                },
            )

    def _close_case(self, dossier, day, **values):
        case = self.env["customer.complaint"].create(
            {
                "name": "Late",
                "description": "Too late.",
                "complainant": "Liu",
                "partner_id": dossier.partner_id.id,
                **values,
            }
        )
        case._system_write({"state": "closed", "closed_at": f"{day} 06:00:00"})
        return case

    def _meet(self, dossiers, day, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Fair",
                "start": datetime.fromisoformat(f"{day} 06:00:00"),
                "stop": datetime.fromisoformat(f"{day} 08:00:00"),
                "categ_ids": [Command.set(self.tag.ids)],
                "partner_ids": [
                    Command.set(dossiers.partner_id.child_ids.ids),
                ],
                **values,
            }
        )

    def test_nobody_is_drawn_at_the_start(self):
        campaign = self._start()
        self.assertEqual(campaign.state, "running")
        self.assertFalse(campaign.response_ids)

    def test_customer_is_asked_some_days_after_his_case_was_closed(self):
        campaign = self._start()
        case = self._close_case(self.dossier, "2031-02-01")
        self.assertEqual(case.dossier_id, self.dossier)
        self._run("2031-02-02")
        self.assertFalse(campaign.response_ids)
        self._run("2031-02-03")
        response = self._get_response(campaign, self.dossier)
        self.assertRecordValues(
            response,
            [
                {
                    "state": "invited",
                    "date_ask": date(2031, 2, 3),
                    "issued_date": date(2031, 2, 3),
                    "contact_id": self.dossier.partner_id.child_ids.id,
                }
            ],
        )
        form = response.sudo().form_ids
        self.assertEqual(form.deadline, datetime(2031, 12, 31, 23, 59, 59))
        self._run("2031-02-03")
        self._close_case(self.dossier, "2031-04-01")
        self._run("2031-04-03")
        self.assertEqual(response.sudo().form_ids, form, "asked once in a campaign")
        self.assertEqual(len(campaign.response_ids), 1)

    def test_reopened_refused_and_unfiled_cases_ask_nobody(self):
        campaign = self._start()
        case = self._close_case(self.dossier, "2031-02-01")
        case._reopen("Not done.")
        refused = self._create_customer("Refused")
        self._close_case(refused, "2031-02-01")._system_write(
            {"state": "rejected", "closed_at": False}
        )
        unfiled = self.env["res.partner"].create({"name": "Unfiled"})
        self._close_case(self.dossier, "2031-02-01", partner_id=unfiled.id)
        history = self._create_customer("History")
        self._close_case(history, "2031-02-01")
        history._system_write({"state": "history"})
        self._run("2031-02-03")
        self.assertFalse(campaign.response_ids)

    def test_only_what_happens_while_the_survey_runs(self):
        campaign = self._start()
        self._close_case(self.dossier, "2031-01-04")
        self._run("2031-01-06")
        self.assertFalse(campaign.response_ids)
        self._close_case(self.dossier, "2031-03-01")
        campaign.action_close()
        self._run("2031-03-03")
        self.assertFalse(campaign.response_ids)

    def test_after_the_deadline_nobody_is_asked(self):
        campaign = self._start(date_deadline="2031-02-28")
        self._close_case(self.dossier, "2031-02-27")
        self._run("2031-03-01")
        self.assertFalse(campaign.response_ids)

    def test_downtime_is_made_up_for_within_a_month(self):
        campaign = self._start()
        early = self._create_customer("Early")
        self._close_case(early, "2031-02-01")
        self._close_case(self.dossier, "2031-02-20")
        self._run("2031-03-10")
        self.assertEqual(campaign.response_ids.dossier_id, self.dossier)
        self.assertRecordValues(
            campaign.response_ids, [{"state": "invited", "date_ask": date(2031, 2, 22)}]
        )

    def test_guests_of_a_tagged_meeting_are_asked(self):
        campaign = self._start(
            trigger="meeting", trigger_days=0, event_type_ids=self.tag.ids
        )
        declined, other = (
            self._create_customer("Declined"),
            self._create_customer("Other"),
        )
        meeting = self._meet(self.dossier + declined, "2031-02-01")
        meeting.attendee_ids.filtered(
            lambda attendee: attendee.partner_id in declined.partner_id.child_ids
        ).do_decline()
        self._meet(other, "2031-02-01", categ_ids=False)
        self._meet(other, "2031-02-01", privacy="private")
        self._meet(other, "2031-02-01", active=False)
        self._meet(other, "2031-02-02")
        self._run("2031-02-01")
        self.assertFalse(campaign.response_ids, "the meeting has not ended")
        self._meet(other, "2031-02-03")
        self._run("2031-02-02")
        self.assertEqual(campaign.response_ids.dossier_id, self.dossier)
        self._run("2031-02-03")
        self.assertEqual(campaign.response_ids.dossier_id, self.dossier + other)
        self.assertEqual(set(campaign.response_ids.mapped("state")), {"invited"})

    def test_customer_is_spared_after_another_survey(self):
        campaign = self._start(spare_days=30)
        with freeze_time("2031-01-20 09:00:00"):
            self.dossier.partner_id.sale_order_ids.date_order = "2031-01-02"
            yearly = self._start_campaign(
                date_from="2031-01-01",
                date_to="2031-12-31",
                date_deadline="2031-12-31",
            )
        self.assertEqual(self._get_response(yearly, self.dossier).state, "invited")
        self._close_case(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        response = self._get_response(campaign, self.dossier)
        self.assertEqual(response.state, "to_ask")
        with freeze_time("2031-02-04 09:00:00"):
            campaign.action_send()
        self.assertEqual(response.state, "to_ask")
        self._run("2031-02-18")
        self.assertEqual(response.state, "to_ask")
        self._run("2031-02-19")
        self.assertEqual(response.state, "invited")

    def test_two_surveys_do_not_ask_on_one_day(self):
        first = self._start()
        second = self._start()
        self._close_case(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        states = sorted((first + second).response_ids.mapped("state"))
        self.assertEqual(states, ["invited", "to_ask"])

    def test_who_is_not_due_is_not_sent_by_hand_either(self):
        campaign = self._start()
        response = campaign._ask_after(self.dossier.sudo(), date(2031, 2, 1))
        self.assertEqual(response.date_ask, date(2031, 2, 3))
        with freeze_time("2031-02-02 09:00:00"):
            campaign.action_send()
            self.assertEqual(response.state, "to_ask")
        with freeze_time("2031-02-03 09:00:00"):
            campaign.action_send()
            self.assertEqual(response.state, "invited")

    def test_other_addons_put_customers_on_the_list(self):
        campaign = self._start(team_id=self.team.id)
        other_team = self.env["crm.team"].create({"name": "Other Unit"})
        other = self._create_customer("Other")
        other.team_id = other_team
        history = self._create_customer("History")
        history._system_write({"state": "history"})
        dossiers = (self.dossier + other + history).sudo()
        day = date(2031, 2, 1)
        self.assertEqual(campaign._ask_after(dossiers, day).dossier_id, self.dossier)
        self.assertFalse(campaign._ask_after(dossiers, day))
        self._run("2031-02-03")
        self.assertEqual(self._get_response(campaign, self.dossier).state, "invited")
        draft = self._create_campaign(kind="event", trigger="case")
        self.assertFalse(draft._ask_after(dossiers, day))
        yearly = self._start_campaign(send=False)
        self.assertFalse(yearly._ask_after(history.sudo(), day))

    def test_companies_do_not_mix(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.director.company_ids += company
        foreign = self._start(company_id=company.id)
        foreign_fair = self._start(
            company_id=company.id, trigger="meeting", event_type_ids=self.tag.ids
        )
        own = self._start()
        self._close_case(self.dossier, "2031-02-01")
        self._meet(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        self.assertFalse((foreign + foreign_fair).response_ids)
        self.assertEqual(own.response_ids.dossier_id, self.dossier)
        self.assertEqual(own.response_ids.company_id, self.company)

    def test_without_a_trigger_other_addons_and_people_add_customers(self):
        campaign = self._start(trigger=False)
        self._close_case(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        self.assertFalse(campaign.response_ids)
        campaign._ask_after(self.dossier.sudo(), date(2031, 2, 3))
        self._run("2031-02-05")
        self.assertRecordValues(campaign.response_ids, [{"state": "invited"}])

    def test_opted_out_contact_is_left_to_be_asked_otherwise(self):
        campaign = self._start()
        self.env["mail.blacklist"].create(
            {"email": self.dossier.partner_id.child_ids.email}
        )
        self._close_case(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        self._run("2031-02-04")
        self.assertRecordValues(campaign.response_ids, [{"state": "to_ask"}])

    def test_check_needs_the_tags_of_meetings(self):
        campaign = self._create_campaign(kind="event", trigger="meeting")
        with self.assertRaisesRegex(UserError, "tags of the meetings"):
            campaign.action_check()
        campaign = self._create_campaign(kind="event", trigger="case")
        campaign.action_check()
        with self.assertRaisesRegex(UserError, "has been checked"):
            campaign.trigger = "meeting"

    def test_the_system_alone_says_when_a_customer_is_asked(self):
        campaign = self._start()
        response = campaign._ask_after(self.dossier.sudo(), date(2031, 2, 1))
        for user in (self.director, self.rep, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    response._name,
                    "write",
                    response.ids,
                    {"date_ask": "2031-01-01"},
                )
        for method in ("_ask_after", "_cron_ask_after"):
            with self.assertRaises(AccessError):
                self._rpc(self.director, campaign._name, method, campaign.ids)
        for user in (self.rep, self.bum, self.gmo, self.employee):
            with self.assertRaises(AccessError):
                self._rpc(
                    user, campaign._name, "write", campaign.ids, {"trigger_days": 0}
                )

    def test_idle_campaigns_cost_nothing(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with (
                freeze_time("2031-02-03 05:00:00"),
                patch.object(
                    self.env.registry["ir.cron"], "_commit_progress", return_value=1
                ),
            ):
                self.campaigns.sudo()._cron_ask_after()
            return self.env.cr.sql_log_count - before

        meeting = {"trigger": "meeting", "event_type_ids": self.tag.ids}
        self._start(spare_days=0)
        self._start(spare_days=0, **meeting)
        self._close_case(self.dossier, "2031-02-01")
        self._meet(self.dossier, "2031-02-01")
        self._run("2031-02-03")
        count_queries()
        few = count_queries()
        for _number in range(4):
            for campaign in (self._start(), self._start(**meeting)):
                campaign._ask_after(self.dossier.sudo(), date(2031, 2, 9))
        count_queries()
        self.assertLessEqual(count_queries(), few)
