from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyParticipation(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.industry = cls.env["res.partner.industry"].create({"name": "Mining"})
        cls.answered, cls.silent, cls.excluded, cls.to_ask = (
            cls._create_customer(
                name,
                with_contact=name != "To Ask",
                industry_id=cls.industry.id,
            )
            for name in ("Answered", "Silent", "Excluded", "To Ask")
        )
        cls.campaign = cls._start_campaign(send=False)
        cls._get_response(cls.campaign, cls.excluded).action_exclude("Wound up")
        cls.campaign.action_send()
        cls._answer(
            cls._get_response(cls.campaign, cls.answered), {cls.quality: (8, 8)}
        )
        cls.model = "customer.survey.participation"

    def _get_rows(self, user):
        return (
            self.env[self.model]
            .with_user(user)
            .search([("campaign_id", "=", self.campaign.id)], order="id")
        )

    def test_rate_is_that_of_the_issued_forms(self):
        rows = self._get_rows(self.director).sorted(lambda row: row.dossier_id.id)
        self.assertRecordValues(
            rows,
            [
                {
                    "partner_id": dossier.partner_id.id,
                    "team_id": self.team.id,
                    "industry_id": self.industry.id,
                    "kind": "yearly",
                    "state": state,
                    "asked": asked,
                    "issued": issued,
                    "returned": returned,
                    "excluded": 1 - asked,
                }
                for dossier, state, asked, issued, returned in (
                    (self.answered, "answered", 1, 1, 1),
                    (self.silent, "invited", 1, 1, 0),
                    (self.excluded, "excluded", 0, 0, 0),
                    (self.to_ask, "to_ask", 1, 0, 0),
                )
            ],
        )
        groups = self.env[self.model]._read_group(
            [("campaign_id", "=", self.campaign.id)],
            ["team_id"],
            ["asked:sum", "issued:sum", "returned:sum", "excluded:sum", "rate:avg"],
        )
        self.assertEqual(groups, [(self.team, 3, 2, 1, 1, 50)])
        self.assertEqual(self.campaign.response_rate, 50)
        action = rows[0].action_open_response()
        self.assertEqual(action["res_id"], rows[0].response_id.id)

    def test_not_answered_lists_who_was_issued_a_form(self):
        rows = self.env[self.model].search(
            [
                ("campaign_id", "=", self.campaign.id),
                ("issued", "=", 1),
                ("returned", "=", 0),
            ]
        )
        self.assertEqual(rows.dossier_id, self.silent)

    def test_nobody_knows_who_answered_anonymously(self):
        self.company.survey_minimum_answers = 3
        campaign = self._start_campaign(is_anonymous=True)
        self.env["customer.survey.response"]._system_create(
            [{"campaign_id": campaign.id, "state": "answered"}]
        )
        rows = self.env[self.model].search([("campaign_id", "=", campaign.id)])
        self.assertEqual(len(rows), 4)
        groups = self.env[self.model]._read_group(
            [("campaign_id", "=", campaign.id)], [], ["returned:sum", "rate:avg"]
        )
        self.assertEqual(groups, [(False, False)])

    def test_secrecy_is_that_of_the_response(self):
        rows = self._get_rows(self.director)
        domain = [("campaign_id", "=", self.campaign.id)]
        self.assertEqual(self._get_rows(self.rep), rows)
        self.assertEqual(self._get_rows(self.bum), rows)
        for user in (self.other_rep, self.employee, self.survey_manager):
            user.group_ids += self.env.ref("base.group_allow_export")
            self.assertFalse(self._get_rows(user))
            for method, *args in (
                ("read", rows.ids, ["state"]),
                ("export_data", rows.ids, ["state"]),
                ("action_open_response", rows[0].ids),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, self.model, method, *args)
            groups = self._rpc(
                user, self.model, "formatted_read_group", domain, [], ["__count"]
            )
            self.assertEqual(groups[0]["__count"], 0)
        for user in (self.director, self.rep, self.employee):
            for method, *args in (
                ("create", {"state": "answered"}),
                ("write", rows.ids, {"state": "answered"}),
                ("unlink", rows.ids),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, self.model, method, *args)

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.director.company_ids += company
        rows = self._get_rows(self.director)
        elsewhere = rows.with_context(allowed_company_ids=company.ids)
        self.assertFalse(elsewhere.search([]))
