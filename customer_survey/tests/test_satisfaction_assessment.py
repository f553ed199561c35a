from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .test_dossier_satisfaction import SatisfactionCommon

ASSESSMENT = "customer.satisfaction.assessment"
FIGURE = "customer.satisfaction.figure"


@tagged("post_install", "-at_install")
@freeze_time("2030-07-10 10:00:00")
class TestSatisfactionAssessment(SatisfactionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_bum = cls._create_user("survey_bum2", "customer_archive.group_bum")
        cls.other_team = cls.env["crm.team"].create(
            {"name": "Other Unit", "user_id": cls.other_bum.id}
        )
        cls.second = cls._create_dossier("Second")
        cls.foreign = cls._create_dossier("Foreign")
        cls.foreign.team_id = cls.other_team

    def _values(self, **values):
        return {
            "name": "First half-year",
            "date_from": "2030-01-01",
            "date_to": "2030-06-30",
            **values,
        }

    def _assess(self, user=None, **values):
        values.setdefault("team_id", self.team.id)
        assessment_id = self._rpc(
            user or self.bum, ASSESSMENT, "create", self._values(**values)
        )
        return self.env[ASSESSMENT].browse(assessment_id)

    def _confirm(self, assessment, user=None):
        user = user or assessment.user_id
        self._rpc(
            user,
            ASSESSMENT,
            "write",
            assessment.ids,
            {"assessment": "Good on the whole"},
        )
        self._rpc(user, ASSESSMENT, "action_confirm", assessment.ids)
        return assessment

    def _answer_all(self):
        self._file_result(self.dossier, 90)
        self._file_result(self.second, 50, is_negative=True)
        self._say(self.dossier, "1")
        self._say(self.dossier, "5", "2030-06-30")
        self._confirm_case(self.second, 2, "2030-06-30 20:00:00")
        self._confirm_case(self.second, 4)
        # out of the period, of another unit, of nobody
        self._say(self.dossier, "1", "2029-12-31")
        self._say(self.dossier, "1", "2030-07-01")
        self._file_result(self.foreign, 10)
        self._say(self.foreign, "1")
        self._confirm_case(self.foreign, 1)
        self._file_result(self.env["customer.dossier"], 10)

    # ------------------------------------------------------------ figures

    def test_figures_by_source(self):
        """G18: against a calculation by hand."""
        self._answer_all()
        assessment = self._assess()
        self.assertRecordValues(
            assessment.figure_ids.sorted("source"),
            [
                {
                    "source": "case",
                    "customer_count": 1,
                    "answer_count": 2,
                    "score": 50,
                    "satisfied_rate": 0,
                    "negative_count": 1,
                },
                {
                    "source": "feedback",
                    "customer_count": 1,
                    "answer_count": 2,
                    "score": 50,
                    "satisfied_rate": 50,
                    "negative_count": 1,
                },
                {
                    "source": "survey",
                    "customer_count": 2,
                    "answer_count": 2,
                    "score": 70,
                    "satisfied_rate": 50,
                    "negative_count": 1,
                },
            ],
        )
        self.assertRecordValues(
            assessment,
            [{"customer_count": 2, "answer_count": 6, "negative_count": 3}],
        )
        self.assertAlmostEqual(assessment.score, (90 + 50 + 0 + 100 + 25 + 75) / 6, 1)
        self.assertAlmostEqual(assessment.satisfied_rate, 100 * 2 / 6, 1)

    def test_all_units_are_counted_for_the_director(self):
        self._answer_all()
        self.assertEqual(self._assess(self.director, team_id=False).answer_count, 9)
        self.assertEqual(
            self._assess(self.director, team_id=self.other_team.id).answer_count, 3
        )

    def test_group_of_customers(self):
        industry = self.env["res.partner.industry"].create({"name": "Mining"})
        tag = self.env["res.partner.category"].create({"name": "Fair"})
        region = self.env["customer.classification"].create(
            {"name": "Yunnan", "kind": "region"}
        )
        self.dossier.partner_id.write(
            {
                "industry_id": industry.id,
                "category_id": [Command.link(tag.id)],
                "sales_region_id": region.id,
            }
        )
        self._answer_all()
        for name, value in (
            ("industry_id", industry),
            ("category_id", tag),
            ("region_id", region),
        ):
            with self.subTest(name):
                assessment = self._assess(**{name: value.id})
                self.assertRecordValues(
                    assessment, [{"customer_count": 1, "answer_count": 3}]
                )

    def test_nothing_said_is_no_zero(self):
        assessment = self._assess()
        self.assertRecordValues(
            assessment, [{"answer_count": 0, "score": 0, "has_previous": False}]
        )
        self.assertFalse(assessment.figure_ids)

    def test_figures_follow_the_group_until_confirmed(self):
        self._answer_all()
        assessment = self._assess()
        self._rpc(
            self.bum, ASSESSMENT, "write", assessment.ids, {"date_to": "2030-06-29"}
        )
        self.assertEqual(assessment.answer_count, 4)
        self._say(self.dossier, "5")
        self._rpc(self.bum, ASSESSMENT, "action_update_figures", assessment.ids)
        self.assertEqual(assessment.answer_count, 5)
        self._confirm(assessment)
        self._say(self.dossier, "5")
        with self.assertRaises(UserError):
            self._rpc(self.bum, ASSESSMENT, "action_update_figures", assessment.ids)
        self.assertEqual(assessment.answer_count, 5)

    def test_previous_of_the_same_group(self):
        self._file_result(self.dossier, 60, "2029-05-05")
        self._file_result(self.dossier, 90)
        period = {"date_from": "2029-01-01", "date_to": "2029-12-31"}
        draft = self._assess(**period)
        self.assertFalse(self._assess().previous_id)
        self._confirm(draft)
        self._confirm(self._assess(self.director, team_id=False, **period))
        assessment = self._assess()
        self.assertRecordValues(
            assessment,
            [{"previous_id": draft.id, "previous_score": 60, "score": 90}],
        )

    def test_number_of_queries_does_not_grow(self):
        dossiers = [self._create_dossier(f"C{i}") for i in range(10)]

        def count_queries():
            assessment = self._assess()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._rpc(self.bum, ASSESSMENT, "action_update_figures", assessment.ids)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self._answer_all()
        count_queries()
        few = count_queries()
        for dossier in dossiers:
            self._file_result(dossier, 50)
            self._say(dossier, "4")
            self._confirm_case(dossier, 4)
        self.assertEqual(count_queries(), few)

    # ------------------------------------------------------------ who

    def test_manager_assesses_his_own_unit(self):
        self.assertEqual(self._assess().user_id, self.bum)
        for team in (self.other_team.id, False):
            with self.assertRaises(AccessError):
                self._assess(team_id=team)
        assessment = self._assess()
        with self.assertRaises(AccessError):
            self._rpc(
                self.bum,
                ASSESSMENT,
                "write",
                assessment.ids,
                {"team_id": self.other_team.id},
            )
        self.team.user_id = self.other_bum
        with self.assertRaises(AccessError):
            self._rpc(self.bum, ASSESSMENT, "action_update_figures", assessment.ids)

    def test_who_writes_assessments(self):
        for user in (self.keeper, self.director):
            self.assertEqual(self._assess(user, team_id=False).state, "draft")
        for user in (self.gmo, self.rep, self.employee, self.survey_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._assess(user)

    def test_only_the_author_changes_and_confirms(self):
        assessment = self._assess(assessment="Good")
        for user in (self.director, self.keeper, self.gmo, self.other_bum, self.rep):
            for method, args in (
                ("write", [{"assessment": "Bad"}]),
                ("action_confirm", []),
                ("action_update_figures", []),
                ("unlink", []),
            ):
                with self.subTest(user=user.login, call=method):
                    with self.assertRaises(AccessError):
                        self._rpc(user, ASSESSMENT, method, assessment.ids, *args)
        self.assertRecordValues(assessment, [{"state": "draft", "assessment": "Good"}])

    def test_confirmed_stays(self):
        assessment = self._assess()
        with self.assertRaisesRegex(UserError, "says nothing yet"):
            self._rpc(self.bum, ASSESSMENT, "action_confirm", assessment.ids)
        self._confirm(assessment)
        self.assertRecordValues(
            assessment,
            [
                {
                    "state": "confirmed",
                    "confirmed_on": fields.Date.to_date("2030-07-10"),
                }
            ],
        )
        for method, args in (
            ("write", [{"assessment": "Bad"}]),
            ("write", [{"date_to": "2030-12-31"}]),
            ("action_confirm", []),
            ("unlink", []),
        ):
            with self.subTest(call=method), self.assertRaises(UserError):
                self._rpc(self.bum, ASSESSMENT, method, assessment.ids, *args)
        draft = self._assess()
        self._rpc(self.bum, ASSESSMENT, "unlink", draft.ids)
        self.assertFalse(draft.exists())

    def test_system_writes_state_and_figures(self):
        assessment = self._assess()
        for forged in (
            {"state": "confirmed"},
            {"score": 100},
            {"user_id": self.keeper.id},
            {"previous_id": assessment.id},
            {"figure_ids": [(0, 0, {"source": "case", "score": 100})]},
        ):
            with self.subTest(forged=forged):
                with self.assertRaises(AccessError):
                    self._rpc(self.bum, ASSESSMENT, "write", assessment.ids, forged)
                with self.assertRaises(AccessError):
                    self._assess(**forged)

    def test_who_reads_assessments(self):
        self._answer_all()
        assessment = self._confirm(self._assess())
        for user in (self.bum, self.keeper, self.director, self.gmo):
            [values] = self._rpc(user, ASSESSMENT, "read", assessment.ids, ["score"])
            self.assertTrue(values["score"])
            [values] = self._rpc(
                user,
                FIGURE,
                "search_read",
                [("assessment_id", "=", assessment.id), ("source", "=", "survey")],
                ["score"],
            )
            self.assertEqual(values["score"], 70)
        for user in (
            self.other_bum,
            self.rep,
            self.other_rep,
            self.employee,
            self.survey_manager,
        ):
            user.group_ids += self.env.ref("base.group_allow_export")
            for model, records in (
                (ASSESSMENT, assessment),
                (FIGURE, assessment.figure_ids),
            ):
                domain = [("id", "in", records.ids)]
                with self.subTest(user=user.login, model=model):
                    for method in ("read", "export_data"):
                        with self.assertRaises(AccessError):
                            self._rpc(user, model, method, records.ids, ["score"])
                    self.assertFalse(self._rpc(user, model, "search_read", domain))
                    [group] = self._rpc(
                        user, model, "formatted_read_group", domain, [], ["__count"]
                    )
                    self.assertFalse(group["__count"])
        for user in (self.bum, self.director):
            for method, args in (
                ("write", [assessment.figure_ids.ids, {"score": 100}]),
                ("create", [{"assessment_id": assessment.id, "source": "case"}]),
                ("unlink", [assessment.figure_ids.ids]),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, FIGURE, method, *args)

    def test_other_companies_do_not_read_it(self):
        assessment = self._assess(self.director, team_id=False)
        other = self.env["res.company"].create({"name": "Other Company"})
        self.director.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            self._rpc(self.director, ASSESSMENT, "read", assessment.ids, ["name"])

    def test_form(self):
        self._answer_all()
        form = Form(self.env[ASSESSMENT].with_user(self.bum))
        form.name = "Half-year"
        form.date_from = "2030-01-01"
        form.date_to = "2030-06-30"
        form.team_id = self.team
        form.assessment = "Good"
        assessment = form.save()
        self.assertEqual(assessment.answer_count, 6)
        assessment.action_confirm()
        with self.assertRaises(AssertionError), Form(assessment) as form:
            form.assessment = "Bad"
