from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyGradeScope(SurveyCommon):
    """Surveys that ask or leave out customers by their grade (E12)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        scheme = cls.env.ref("customer_archive.customer_grade_scheme_class")
        cls.important, cls.stable, cls.general, cls.potential = scheme.grade_ids
        cls.key_line, cls.general_line = (
            cls.env.ref(f"customer_archive.customer_grade_consequence_{name}")
            for name in ("key", "general")
        )
        cls.general_line.is_surveyed = False
        cls.key_customer = cls._graded("Key", cls.important)
        cls.small_customer = cls._graded("Small", cls.general)
        cls.new_customer = cls._create_customer("Ungraded")

    @classmethod
    def _graded(cls, name, grade):
        dossier = cls._create_customer(name)
        dossier.sudo()._system_write({"grade_id": grade.id})
        return dossier

    def _states(self, campaign):
        return {
            dossier: self._get_response(campaign, dossier).state
            for dossier in self.key_customer | self.small_customer | self.new_customer
        }

    def test_all_grades_are_surveyed_unless_somebody_says_no(self):
        self.assertTrue(self.key_line.is_surveyed)
        consequence = self.env["customer.grade.consequence"].create(
            {"grade_id": self.potential.id}
        )
        self.assertTrue(consequence.is_surveyed)

    def test_yearly_survey_leaves_out_with_the_reason(self):
        campaign = self._start_campaign(send=False)
        self.assertEqual(
            self._states(campaign),
            {
                self.key_customer: "to_ask",
                self.small_customer: "excluded",
                self.new_customer: "to_ask",
            },
        )
        self.assertEqual(
            self._get_response(campaign, self.small_customer).exclusion_reason,
            "Customers of the grade General Customer are not surveyed.",
        )
        drawn = len(campaign.sudo().response_ids)
        self.assertEqual(campaign.excluded_count, 1)
        self.assertAlmostEqual(campaign.coverage, (drawn - 1) / drawn * 100)

    def test_director_includes_one_after_all(self):
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, self.small_customer)
        self._rpc(self.director, response._name, "action_include", response.ids)
        self.assertRecordValues(
            response,
            [
                {
                    "state": "to_ask",
                    "exclusion_reason": False,
                    "excluded_grade_id": False,
                }
            ],
        )

    def test_formal_scope_and_a_line_of_one_grade(self):
        self.env["customer.grade.consequence"].create(
            {"grade_id": self.important.id, "is_surveyed": False}
        )
        dossiers = self.key_customer | self.small_customer | self.new_customer
        dossiers.sudo()._system_write({"state": "formal"})
        campaign = self._start_campaign(scope="formal", send=False)
        self.assertEqual(
            self._states(campaign),
            {
                self.key_customer: "excluded",
                self.small_customer: "excluded",
                self.new_customer: "to_ask",
            },
        )

    def test_chosen_customers_stay(self):
        campaign = self._create_campaign(kind="periodic", scope="chosen")
        campaign.action_check()
        campaign._add_chosen(self.small_customer.with_user(self.director))
        self.assertEqual(
            self._get_response(campaign, self.small_customer).state, "to_ask"
        )

    def test_another_company_may_ask_them(self):
        self.general_line.copy({"company_id": self.company.id, "is_surveyed": True})
        campaign = self._start_campaign(send=False)
        self.assertEqual(
            self._get_response(campaign, self.small_customer).state, "to_ask"
        )

    def test_only_grades(self):
        campaign = self._start_campaign(
            kind="periodic",
            grade_ids=[Command.set((self.important + self.general).ids)],
            send=False,
        )
        self.assertEqual(
            self._states(campaign),
            {
                self.key_customer: "to_ask",
                self.small_customer: "excluded",
                self.new_customer: False,
            },
        )
        with self.assertRaisesRegex(UserError, "Only Grades"):
            campaign.grade_ids = False

    def test_yearly_survey_is_not_limited(self):
        with self.assertRaisesRegex(ValidationError, "comprehensive"):
            self._create_campaign(grade_ids=[Command.set(self.important.ids)])

    def test_update_takes_new_grades_into_account(self):
        campaign = self._start_campaign(send=False)
        (self.key_customer | self.new_customer).sudo()._system_write(
            {"grade_id": self.general.id}
        )
        self.small_customer.sudo()._system_write({"grade_id": self.stable.id})
        mine = self._graded("Left Out by Hand", self.stable)
        campaign.action_draw()
        by_hand = self._get_response(campaign, mine)
        self._rpc(
            self.director, by_hand._name, "action_exclude", by_hand.ids, "Bankrupt"
        )
        action = campaign.action_draw()
        # who was drawn stays
        self.assertEqual(set(self._states(campaign).values()), {"to_ask"})
        self.assertEqual(by_hand.state, "excluded")
        self.assertIn("0", action["params"]["message"])

    def test_update_counts_who_is_asked_after_all(self):
        campaign = self._start_campaign(send=False)
        self.small_customer.sudo()._system_write({"grade_id": self.stable.id})
        self.assertIn("1", campaign.action_draw()["params"]["message"])

    def test_update_leaves_out_who_has_ended(self):
        campaign = self._start_campaign(send=False)
        self.small_customer.sudo()._system_write(
            {"grade_id": self.stable.id, "state": "history"}
        )
        campaign.action_draw()
        self.assertEqual(
            self._get_response(campaign, self.small_customer).state, "excluded"
        )

    def test_nobody_writes_why_one_is_left_out(self):
        campaign = self._start_campaign(send=False)
        response = self._get_response(campaign, self.small_customer)
        with self.assertRaises(AccessError):
            self._rpc(
                self.director,
                response._name,
                "write",
                response.ids,
                {"excluded_grade_id": False},
            )

    def test_queries_do_not_grow(self):
        campaign = self._create_campaign(kind="periodic", scope="deal")

        def count(number):
            dossiers = self.env["customer.dossier"]
            for index in range(number):
                dossiers |= self._graded(f"Customer {number} {index}", self.general)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            vals_list = campaign._prepare_responses(dossiers.sudo())
            self.assertEqual({vals["state"] for vals in vals_list}, {"excluded"})
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(20), count(1))
