from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyLevel(SurveyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.survey.level"].search([]).unlink()
        cls.other_team = cls.env["crm.team"].create({"name": "Second Unit"})

    def _require(self, year, level, dimension=False, team=False, **values):
        return self.env["customer.survey.level"].create(
            {
                "year": year,
                "required_level": level,
                "dimension_id": dimension and dimension.id,
                "team_id": team and team.id,
            }
            | values
        )

    def _get_levels(self, year, team=None):
        levels = self.env["customer.survey.level"]
        return levels._get_levels(self.company, year, team or self.team.browse())

    def test_latest_year_until_then_applies(self):
        self._require(2028, 70, self.quality)
        self._require(2030, 85, self.quality)
        self.assertEqual(self._get_levels(2027), {})
        self.assertEqual(self._get_levels(2028), {self.quality.id: 70})
        self.assertEqual(self._get_levels(2029), {self.quality.id: 70})
        self.assertEqual(self._get_levels(2031), {self.quality.id: 85})

    def test_unit_comes_before_company(self):
        self._require(2030, 85, self.quality)
        self._require(2028, 60, self.quality, self.team)
        self._require(2030, 75)
        self.assertEqual(
            self._get_levels(2030, self.team), {self.quality.id: 60, False: 75}
        )
        self.assertEqual(
            self._get_levels(2030, self.other_team), {self.quality.id: 85, False: 75}
        )
        self.assertEqual(self._get_levels(2030), {self.quality.id: 85, False: 75})
        self.assertEqual(
            self.env["customer.survey.level"]._get_unit_levels(self.company, 2030),
            {(self.team.id, self.quality.id): 60},
        )

    def test_other_company_has_its_own(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self._require(2028, 99, company_id=company.id)
        self.assertEqual(self._get_levels(2030), {})

    def test_campaign_falls_back_to_dimension_and_setting(self):
        self.company.survey_required_level = 77
        self.service.required_level = 66
        self._require(2029, 88, self.quality)
        values = {"date_from": "2030-01-01", "date_to": "2030-12-31"}
        campaign = self._create_campaign(**values)
        self.assertEqual(campaign.required_level, 77)
        campaign.action_check()
        levels = {
            result.dimension_id: result.required_level for result in campaign.result_ids
        }
        self.assertEqual(levels[self.quality], 88)
        self.assertEqual(levels[self.service], 66)
        self.assertEqual(levels[self.quality.browse()], 77)
        self._require(2030, 91)
        self._require(2030, 55, team=self.team)
        self.assertEqual(campaign.required_level, 77)
        self.assertEqual(self._create_campaign(**values).required_level, 91)
        unit = self._create_campaign(kind="periodic", team_id=self.team.id, **values)
        self.assertEqual(unit.required_level, 55)
        self.assertEqual(
            self._create_campaign(required_level=12, **values).required_level, 12
        )

    def test_level_is_required_once_and_lies_between_0_and_100(self):
        self._require(2030, 80, self.quality)
        for args in ((2030, 70, self.quality), (2031, 101), (2032, -1)):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._require(*args)

    def test_only_director_and_administrator_require(self):
        level = self._require(2030, 80)
        admin = self._create_user("survey_admin", "customer_archive.group_admin")
        model = "customer.survey.level"
        values = {"year": 2033, "required_level": 1}
        for user in (self.rep, self.bum, self.keeper, self.gmo, self.employee):
            for method, *args in (
                ("create", values),
                ("write", level.ids, {"required_level": 0}),
                ("unlink", level.ids),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, model, method, *args)
        with self.assertRaises(AccessError):
            self._rpc(self.employee, model, "read", level.ids, ["required_level"])
        for user, year in ((self.director, 2034), (admin, 2035)):
            new_id = self._rpc(user, model, "create", values | {"year": year})
            self._rpc(user, model, "write", [new_id], {"required_level": 50})
            self._rpc(user, model, "unlink", [new_id])
