import re
from datetime import datetime

from odoo import SUPERUSER_ID, fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.customer_archive.tests.concurrency import ConcurrencyCase

from .common import SurveyCommon

LINK = re.compile(r"/customer_survey/anonymous/([\w-]{20,})")
MODELS = (
    "survey.user_input",
    "survey.user_input.line",
    "customer.survey.response",
    "customer.survey.score",
    "customer.survey.answer",
    "customer.survey.ticket",
)


class AnonymousCommon(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.survey_minimum_answers = 3
        cls.dossiers = [cls._create_customer(f"Nameless {n}") for n in range(3)]
        cls.dossier = cls.dossiers[0]
        cls.contacts = cls.env["res.partner"].union(
            *(dossier.partner_id.child_ids for dossier in cls.dossiers)
        )
        cls.campaign = cls._start_campaign(is_anonymous=True)
        cls.mails = cls.env["mail.mail"].search(
            [("recipient_ids", "in", cls.contacts.ids)]
        )
        cls.env.flush_all()

    def _get_secret(self, mail):
        """Return what the mail carries when it leaves."""
        (email,) = mail._prepare_outgoing_list()
        (secret,) = set(LINK.findall(email["body"]))
        self.assertIn(secret, email["body_alternative"])
        self.env.flush_all()
        return secret

    def _get_answers(self, campaign=None):
        return (
            (campaign or self.campaign)
            .sudo()
            .response_ids.filtered(lambda response: not response.dossier_id)
        )

    def _take_part(self, mail, answers, text=""):
        """Answer as the recipient of ``mail`` would."""
        tickets = self.env["customer.survey.ticket"].with_user(SUPERUSER_ID)
        form = tickets._find(self._get_secret(mail))._use()
        self._fill(
            form.with_user(self.env.ref("base.public_user")).sudo(), answers, text
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        return form


@tagged("post_install", "-at_install")
class TestSurveyAnonymous(AnonymousCommon):
    def test_issuing_makes_no_forms_and_stores_no_secret(self):
        own = self.campaign.response_ids.filtered("dossier_id")
        for response in own:
            self.assertEqual(response.state, "invited")
            self.assertEqual(response.issued_date, fields.Date.today())
        self.assertFalse(own.sudo().form_ids)
        self.assertFalse(self.env["customer.survey.ticket"].search([]))
        self.assertEqual(len(self.mails), 3)
        secrets = [self._get_secret(mail) for mail in self.mails]
        self.assertEqual(len(set(secrets)), 3)
        for mail in self.mails:
            stored = mail.read()[0]
            for secret in secrets:
                self.assertNotIn(secret, str(stored))
        tickets = self.env["customer.survey.ticket"].search([])
        self.assertEqual(len(tickets), 3)
        self.assertFalse(set(secrets) & set(tickets.mapped("digest")))
        self.assertEqual(
            set(tickets._fields) - {"id", "display_name"}, {"campaign_id", "digest"}
        )

    def test_answer_has_no_customer_and_no_time(self):
        self.campaign._system_write({"date_started": "2030-02-01"})
        self.campaign.date_deadline = "2030-12-31"
        with freeze_time("2030-02-20 10:11:12"):
            form = self._take_part(self.mails[1], {self.quality: (8, 6)}, "Too late")
            response = self._get_answers()
            # the survey app does so when the form is done
            form.last_displayed_page_id = self.survey.page_ids[-1]
            self.env.flush_all()
        self.assertRecordValues(
            response,
            [
                {
                    "state": "answered",
                    "partner_id": False,
                    "contact_id": False,
                    "team_id": False,
                    "index": 70,
                    "answered_date": fields.Date.to_date("2030-02-01"),
                    "reminder_count": 0,
                    "issued_date": False,
                }
            ],
        )
        self.assertRecordValues(
            form,
            [
                {
                    "partner_id": False,
                    "email": False,
                    "nickname": False,
                    "lang_id": False,
                    "customer_response_id": response.id,
                }
            ],
        )
        own = self.campaign.response_ids.filtered("dossier_id")
        self.assertEqual(set(own.mapped("state")), {"invited"})

    def test_rows_tell_neither_time_nor_session(self):
        self.campaign._system_write({"date_started": "2030-02-01"})
        form = self._take_part(self.mails[1], {self.quality: (8, 6)}, "Too late")
        response = self._get_answers()
        day = datetime(2030, 2, 1)
        rows = (
            form,
            form.user_input_line_ids,
            response,
            response.score_ids,
            response.answer_ids,
        )
        for records in rows:
            self.assertTrue(records)
            for row in records.read(
                ["create_date", "write_date", "create_uid", "write_uid"], load=None
            ):
                row.pop("id")
                self.assertEqual(
                    row,
                    {
                        "create_date": day,
                        "write_date": day,
                        "create_uid": SUPERUSER_ID,
                        "write_uid": SUPERUSER_ID,
                    },
                )
        self.assertEqual((form.start_datetime, form.end_datetime), (day, day))
        for record in (form, response):
            self.assertFalse(record.message_ids)
            self.assertFalse(record.message_follower_ids)
            self.assertFalse(record.activity_ids)

    def test_subscribers_of_the_questionnaire_hear_nothing(self):
        subtype = self.env.ref("survey.mt_survey_survey_user_input_completed")
        self.survey.message_subscribe(
            self.survey_manager.partner_id.ids, subtype_ids=subtype.ids
        )
        messages = self.env["mail.message"].search([])
        self._take_part(self.mails[0], {self.quality: (8, 6)})
        self.assertEqual(self.env["mail.message"].search([]), messages)

    def test_attacker_with_every_right_joins_nothing(self):
        self._take_part(self.mails[0], {self.quality: (1, 2)}, "Between us")
        attacker = self._create_user(
            "survey_attacker",
            "customer_archive.group_mdo,customer_archive.group_admin,"
            "base.group_system,base.group_erp_manager,survey.group_survey_manager,"
            "base.group_allow_export,base.group_no_one",
        )
        answer = self._get_answers()
        secret = {
            "survey.user_input": answer.form_ids,
            "survey.user_input.line": answer.form_ids.user_input_line_ids,
            "customer.survey.response": answer,
            "customer.survey.score": answer.score_ids,
            "customer.survey.answer": answer.answer_ids,
            "customer.survey.ticket": self.env["customer.survey.ticket"].create(
                {"campaign_id": self.campaign.id, "digest": "x"}
            ),
        }
        self.assertEqual(set(secret), set(MODELS))
        self.env.flush_all()
        self.env.invalidate_all()
        for model, records in secret.items():
            self.assertTrue(records, model)
            domain = [("id", "in", records.ids)]
            for method, args, kwargs in (
                ("read", [records.ids, ["display_name"]], {}),
                ("web_read", [records.ids, {"display_name": {}}], {}),
                ("export_data", [records.ids, ["display_name"]], {}),
                ("get_metadata", [records.ids], {}),
                ("copy", [records.ids], {}),
                ("write", [records.ids, {}], {}),
                ("unlink", [records.ids], {}),
                ("search", [domain], {"order": "id"}),
                ("search", [domain], {"order": "write_date desc"}),
                ("search_count", [domain], {}),
                ("search_read", [domain, ["id"]], {}),
                ("name_search", [""], {"domain": domain}),
                ("formatted_read_group", [domain, [], ["__count"]], {}),
                ("formatted_read_group", [domain, ["id"], ["__count"]], {}),
            ):
                if method == "get_metadata" and not records._log_access:
                    continue  # there is none
                with self.subTest(model=model, method=method):
                    self.assertUntold(attacker, model, method, args, kwargs)
        for value in ("Between us", "0.15"):
            found = self._rpc(
                attacker,
                "customer.survey.campaign",
                "search_count",
                [
                    ("id", "=", self.campaign.id),
                    ("response_ids.score_ids.score", "=", 15),
                ],
            )
            self.assertFalse(found, value)
        campaign = self.campaign.with_user(attacker)
        self.assertFalse(campaign.response_ids & answer)
        self.assertEqual(campaign.index, 0)

    def assertUntold(self, user, model, method, args, kwargs):
        """Refused, or nothing said."""
        try:
            with self.env.cr.savepoint():
                result = self._rpc(user, model, method, *args, **kwargs)
        except (AccessError, UserError):
            return
        if method == "formatted_read_group":
            result = sum(group["__count"] for group in result)
        self.assertFalse(result)

    def test_mails_and_messages_tell_an_administrator_nothing(self):
        attacker = self._create_user(
            "survey_attacker", "customer_archive.group_mdo,base.group_system"
        )
        secret = self._get_secret(self.mails[0])
        mails = self.mails.with_user(attacker)
        self.assertNotIn(secret, str(mails.read()))
        with self.assertRaises(AccessError):
            mails.read(["customer_survey_campaign_id"])
        with self.assertRaises(AccessError):
            mails.write({"customer_survey_campaign_id": self.campaign.id})
        with self.assertRaises(AccessError):
            self._rpc(
                attacker,
                "mail.mail",
                "create",
                {
                    "email_to": "attacker@example.com",
                    "body_html": "one-time-ticket",
                    "customer_survey_campaign_id": self.campaign.id,
                },
            )
        for model, column in (
            ("mail.message", "body"),
            ("mail.mail", "body_html"),
            ("ir.attachment", "name"),
        ):
            self.assertFalse(self.env[model].search([(column, "like", secret)]), model)
        # a mail that an administrator writes gets no ticket
        mail = (
            self.env["mail.mail"]
            .with_user(attacker)
            .create(
                {"email_to": "attacker@example.com", "body_html": "one-time-ticket"}
            )
        )
        (email,) = mail.sudo()._prepare_outgoing_list()
        self.assertIn("one-time-ticket", email["body"])

    def test_reminder_goes_to_all_and_carries_no_link(self):
        self._take_part(self.mails[0], {self.quality: (8, 6)})
        self.env["customer.survey.response"].flush_model()
        with freeze_time(fields.Date.add(fields.Date.today(), days=1)):
            self.campaign.date_deadline = fields.Date.add(fields.Date.today(), days=9)
            self.campaign.action_remind()
        mails = self.env["mail.mail"].search(
            [
                ("recipient_ids", "in", self.contacts.ids),
                ("id", "not in", self.mails.ids),
            ]
        )
        self.assertEqual(mails.recipient_ids, self.contacts)
        for mail in mails:
            (email,) = mail._prepare_outgoing_list()
            self.assertNotIn("/customer_survey/", email["body"])
            self.assertNotIn("answer_token", email["body"])
            self.assertIn("ignore this message", email["body"])
        own = self.campaign.response_ids.filtered("dossier_id")
        self.assertEqual(own.mapped("reminder_count"), [1, 1, 1])

    def test_too_few_customers_are_refused(self):
        self.company.survey_minimum_answers = 50
        campaign = self._create_campaign(is_anonymous=True)
        campaign.action_check()
        with self.assertRaisesRegex(UserError, "anonymous and would ask"):
            campaign.action_start()
        self.company.survey_minimum_answers = 3
        campaign = self._start_campaign(is_anonymous=True, send=False)
        self.contacts[1:].email = False
        self.env["res.partner"].search(
            [("email", "!=", False), ("id", "!=", self.contacts[0].id)]
        ).email = False
        with self.assertRaisesRegex(UserError, "needs 3"):
            campaign.action_send()

    def test_dossier_destroyed_answers_stay(self):
        for mail in self.mails:
            self._take_part(mail, {self.quality: (8, 6)})
        answers = self._get_answers()
        own = self._get_response(self.campaign, self.dossier)
        domain = answers._customer_data_domain(self.dossier)
        self.assertEqual(answers.sudo().search(domain).ids, own.ids)
        own.sudo()._destroy()
        self.assertEqual(len(answers.exists()), 3)
        self.assertEqual(answers.mapped("index"), [70, 70, 70])

    def test_closing_leaves_no_tickets_and_unfinished_forms(self):
        form = self._take_part(self.mails[0], {self.quality: (8, 6)})
        unfinished = self.campaign._create_anonymous_form()
        secret = self._get_secret(self.mails[1])
        self.campaign.action_close()
        self.assertTrue(form.exists())
        self.assertFalse(unfinished.exists())
        tickets = self.env["customer.survey.ticket"]
        self.assertFalse(tickets.search([("campaign_id", "=", self.campaign.id)]))
        self.assertFalse(tickets._find(secret))

    def test_each_person_of_several_gets_a_ticket(self):
        self.env["res.partner"].create(
            {
                "name": "Second",
                "parent_id": self.dossier.partner_id.id,
                "email": "second@example.com",
            }
        )
        campaign = self._start_campaign(is_anonymous=True, contact_mode="several")
        mails = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.dossier.partner_id.child_ids.ids)]
        )
        mails = mails.filtered(
            lambda mail: mail.customer_survey_campaign_id == campaign
        )
        self.assertEqual(len(mails), 2)
        self.assertEqual(len({self._get_secret(mail) for mail in mails}), 2)


@tagged("post_install", "-at_install")
class TestSurveyTicketLink(AnonymousCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.secret = self._get_secret(self.mails[0])

    def _post(self, step="start", secret=None, **data):
        data.setdefault("csrf_token", http.Request.csrf_token(self))
        return self.url_open(
            f"/customer_survey/anonymous/{secret or self.secret}/{step}",
            data=data,
            allow_redirects=False,
        )

    def _get(self, secret=None):
        return self.url_open(f"/customer_survey/anonymous/{secret or self.secret}")

    def _get_forms(self):
        self.env.invalidate_all()
        return self.env["survey.user_input"].search(
            [("customer_campaign_id", "=", self.campaign.id)]
        )

    def test_link_is_used_once_and_the_form_is_nobodys(self):
        for _count in range(2):
            page = self._get()
            self.assertEqual(page.status_code, 200)
            self.assertIn("anonymous", page.text)
        self.assertFalse(self._get_forms())
        page = self._post()
        self.assertEqual(page.status_code, 303)
        form = self._get_forms()
        self.assertIn(form.access_token, page.headers["Location"])
        self.assertFalse(form.partner_id or form.email or form.nickname)
        self.assertEqual(form.create_uid.id, SUPERUSER_ID)
        self.assertFalse(form.message_ids)
        self.assertEqual(self._post().status_code, 404)
        self.assertEqual(self._get().status_code, 404)
        self.assertEqual(len(self._get_forms()), 1)

    def test_answers_through_the_survey_app(self):
        self.campaign._system_write({"date_started": "2030-02-01"})
        self._post()
        form = self._get_forms()
        path = f"{self.survey.access_token}/{form.access_token}"
        page = self.url_open(form.get_start_url())
        self.assertEqual(page.status_code, 200)
        self.make_jsonrpc_request(f"/survey/begin/{path}", {})
        for page in self.survey.page_ids:
            values = {
                str(question.id): (
                    "6" if question.question_type == "scale" else "Deliver faster"
                )
                for question in page.question_ids
            }
            result = self.make_jsonrpc_request(
                f"/survey/submit/{path}", {"page_id": page.id, **values}
            )
            self.assertNotIn("error", result[1])
        self.env.invalidate_all()
        self.assertEqual(form.state, "done")
        response = self._get_answers()
        self.assertEqual(response.index, 60)
        # also after what the survey app writes once the form is done
        times = {form.start_datetime, form.end_datetime}
        for record in (form, *form.user_input_line_ids, response, *response.score_ids):
            times |= {record.create_date, record.write_date}
            self.assertEqual(record.create_uid.id, SUPERUSER_ID)
            self.assertEqual(record.write_uid.id, SUPERUSER_ID)
        self.assertEqual(times, {datetime(2030, 2, 1)})

    def test_results_page_of_the_survey_app_says_nothing(self):
        self._take_part(self.mails[1], {self.quality: (1, 2)}, "Between us")
        self.env.flush_all()
        for login in ("survey_manager", "survey_mdo"):
            self.authenticate(login, login)
            page = self.url_open(f"/survey/results/{self.survey.id}")
            self.assertNotIn("Between us", page.text)

    def test_whoever_is_signed_in_is_sent_away(self):
        self.authenticate("survey_employee", "survey_employee")
        self.assertIn("private window", self._get().text)
        self.assertEqual(self._post().status_code, 303)
        self.assertFalse(self._get_forms())
        self.authenticate(None, None)
        self.assertEqual(self._post().status_code, 303)
        self.assertEqual(len(self._get_forms()), 1)

    def test_decline_uses_the_ticket_up(self):
        self.assertEqual(self._post("decline").status_code, 200)
        self.assertEqual(self._get().status_code, 404)
        self.assertFalse(self._get_forms())
        own = self.campaign.response_ids.filtered("dossier_id")
        self.assertEqual(set(own.mapped("state")), {"invited"})

    def test_wrong_secrets_and_missing_csrf(self):
        ticket = self.env["customer.survey.ticket"].search([], limit=1)
        for secret in ("guessed", str(ticket.id), ticket.digest, "%"):
            self.assertEqual(self._get(secret).status_code, 404)
            for step in ("start", "decline"):
                self.assertEqual(self._post(step, secret).status_code, 404)
        for step in ("start", "decline"):
            self.assertEqual(self._post(step, csrf_token="").status_code, 400)
        self.assertFalse(self._get_forms())
        self.assertEqual(self._get().status_code, 200)
        self.campaign.action_close()
        self.env.flush_all()
        self.assertEqual(self._get().status_code, 404)
        self.assertEqual(self._post().status_code, 404)
        self.assertFalse(self._get_forms())


@tagged("post_install", "-at_install")
class TestSurveyTicketAtOnce(ConcurrencyCase):
    users = {"keeper": "keeper"}

    def test_one_of_two_who_use_a_ticket_at_once_gets_a_form(self):
        def prepare(env):
            campaign = env["customer.survey.campaign"].create(
                {
                    "name": "At Once",
                    "is_anonymous": True,
                    "date_deadline": "2099-12-31",
                }
            )
            campaign._system_write({"state": "running", "date_started": "2030-01-01"})
            return campaign.id, env["customer.survey.ticket"]._issue(campaign)

        campaign_id, secret = self._commit(prepare)

        def use(env):
            ticket = env["customer.survey.ticket"]._find(secret)
            form = ticket and ticket._use()
            used.append(bool(form))
            return form

        used = []
        self._race(use, use)
        self.assertEqual(used, [True, False])
        count = self._commit(
            lambda env: env["survey.user_input"].search_count(
                [("customer_campaign_id", "=", campaign_id)]
            )
        )
        self.assertEqual(count, 1)
