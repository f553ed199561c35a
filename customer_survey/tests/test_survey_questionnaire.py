from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyQuestionnaire(SurveyCommon):
    def test_shipped_questionnaire_covers_every_dimension_twice(self):
        for dimension in self.quality + self.service + self.price + self.credit:
            questions = self.survey.question_ids.filtered(
                lambda question, dimension=dimension: question.dimension_id == dimension
            )
            self.assertGreaterEqual(len(questions), 2)
            self.assertTrue(all(q._is_dimension_scored() for q in questions))
        self.assertEqual(self.survey.access_mode, "token")
        self.assertIn("voluntary", self.survey.with_context(lang="en_US").description)

    def test_choice_without_different_scores_is_not_scored(self):
        question = self.survey.copy().question_ids[0]
        question.write(
            {
                "question_type": "simple_choice",
                "suggested_answer_ids": [
                    Command.create({"value": "Yes"}),
                    Command.create({"value": "No"}),
                ],
            }
        )
        self.assertFalse(question._is_dimension_scored())
        question.suggested_answer_ids[0].answer_score = 1
        self.assertTrue(question._is_dimension_scored())

    def test_issued_questionnaire_is_frozen(self):
        self._create_customer("Buyer")
        survey = self.survey.copy()
        question = survey.question_ids[0]
        choice = survey.question_ids[1]
        choice.write(
            {
                "question_type": "simple_choice",
                "suggested_answer_ids": [
                    Command.create({"value": "Good", "answer_score": 1}),
                    Command.create({"value": "Bad"}),
                ],
            }
        )
        answer = choice.suggested_answer_ids[0]
        survey.sudo()._create_answer(user=self.env.user, test_entry=True)
        question.scale_max = 9
        self._start_campaign(survey_id=survey.id)
        for change in (
            lambda: question.write({"scale_max": 5}),
            lambda: question.write({"dimension_id": self.price.id}),
            lambda: question.unlink(),
            lambda: survey.write({"question_and_page_ids": [Command.clear()]}),
            lambda: survey.write({"survey_type": "survey"}),
            lambda: answer.write({"answer_score": 9}),
            lambda: answer.unlink(),
            lambda: answer.copy(),
            lambda: question.copy(),
        ):
            with self.assertRaisesRegex(UserError, "have been issued"):
                change()
        question.title = "Better wording"

    def test_other_surveys_are_not_frozen(self):
        survey = self.env["survey.survey"].create(
            {
                "title": "Canteen",
                "survey_type": "survey",
                "question_and_page_ids": [
                    Command.create({"title": "Soup?", "question_type": "scale"})
                ],
            }
        )
        survey._create_answer(email="x@example.com")
        survey.question_ids.scale_max = 5
        survey.question_ids.unlink()
        survey.survey_type = "custom"
