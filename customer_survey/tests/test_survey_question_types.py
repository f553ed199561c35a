from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import SurveyCommon


@tagged("post_install", "-at_install")
class TestSurveyQuestionTypes(SurveyCommon):
    """M28 for every type of question that can carry a score, against scores worked
    out by hand: lowest, highest, in the middle, skipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._create_customer("Typed")
        cls.questionnaire = cls.survey.copy()
        cls.question = cls.questionnaire.question_ids.filtered(
            lambda question: question.dimension_id == cls.quality
        )[0]

    def _set_type(self, question_type, **values):
        """Turn the question into one of ``question_type``."""
        self.question.write({"question_type": question_type} | values)
        self.assertTrue(self.question._is_dimension_scored())

    def _set_choices(self, question_type, scores, **values):
        """Return the ids of the choices with these ``scores``."""
        choices = [
            Command.create({"value": f"Choice {number}", "answer_score": score})
            for number, score in enumerate(scores)
        ]
        self._set_type(question_type, suggested_answer_ids=choices, **values)
        return self.question.suggested_answer_ids.ids

    def _create_form(self):
        # a test entry freezes nothing
        return self.questionnaire.sudo()._create_answer(
            user=self.env.user, test_entry=True
        )

    def _score(self, answer, comment=None):
        """Return (value, score) of ``answer``, None when it has none."""
        form = self._create_form()
        self.assertFalse(self.question.validate_question(answer, comment))
        form._save_lines(self.question, answer, comment)
        return form._get_question_scores().get(self.question)

    def assertScores(self, expected):
        """Each of ``expected``, (answer, value and score), is scored so."""
        for answer, scored in expected:
            with self.subTest(answer=answer):
                self.assertEqual(self._score(answer), scored)

    # ------------------------------------------------------------ types

    def test_scale(self):
        self._set_type("scale", scale_min=1, scale_max=5)
        self.assertScores(
            [("1", (1, 0)), ("5", (5, 100)), ("3", (3, 50)), ("2", (2, 25)), ("", None)]
        )

    def test_scale_from_zero(self):
        self.assertScores([("0", (0, 0)), ("10", (10, 100)), ("7", (7, 70))])

    def test_simple_choice(self):
        bad, good, fair = self._set_choices("simple_choice", (-2, 4, 1))
        self.assertScores(
            [
                (str(bad), (-2, 0)),
                (str(good), (4, 100)),
                (str(fair), (1, 50)),
                ("", None),
            ]
        )

    def test_multiple_choice(self):
        fast, kind, slow, rude, plain = map(
            str, self._set_choices("multiple_choice", (3, 2, -1, -4, 0))
        )
        # from −5 to 5
        self.assertScores(
            [
                ([slow, rude], (-5, 0)),
                ([fast, kind], (5, 100)),
                ([plain], (0, 50)),
                ([fast, kind, slow, rude], (0, 50)),
                ([fast, slow], (2, 70)),
                ([], None),
            ]
        )

    def test_multiple_choice_of_good_things_alone(self):
        fast, kind = map(str, self._set_choices("multiple_choice", (3, 1)))
        self.assertScores([([fast, kind], (4, 100)), ([kind], (1, 25)), ([], None)])

    def _set_matrix(self, subtype):
        columns = self._set_choices(
            "matrix",
            (0, 5, 10),
            matrix_subtype=subtype,
            matrix_row_ids=[
                Command.create({"value": value}) for value in ("Speed", "Manner")
            ],
        )
        return *map(str, columns), *map(str, self.question.matrix_row_ids.ids)

    def test_matrix(self):
        never, often, always, speed, manner = self._set_matrix("simple")
        self.assertScores(
            [
                ({speed: [never], manner: [never]}, (0, 0)),
                ({speed: [always], manner: [always]}, (10, 100)),
                ({speed: [often], manner: [always]}, (7.5, 75)),
                # the row that was left out is no answer
                ({speed: [often]}, (5, 50)),
                ({}, None),
            ]
        )

    def test_matrix_with_several_columns(self):
        never, often, always, speed, manner = self._set_matrix("multiple")
        # rows weigh the same, however many columns they name
        self.assertScores(
            [
                ({speed: [never, always], manner: [always]}, (7.5, 75)),
                ({speed: [never, often, always], manner: [never]}, (2.5, 25)),
            ]
        )

    def test_number_within_limits(self):
        self._set_type(
            "numerical_box",
            validation_required=True,
            validation_min_float_value=10,
            validation_max_float_value=50,
        )
        self.assertScores(
            [("10", (10, 0)), ("50", (50, 100)), ("20", (20, 25)), ("", None)]
        )
        for value in ("9.9", "50.1", "nan", "inf", "many"):
            self.assertTrue(self.question.validate_question(value))

    def test_number_from_zero(self):
        self._set_type(
            "numerical_box",
            validation_required=True,
            validation_min_float_value=-8,
            validation_max_float_value=2,
        )
        self.assertScores([("0", (0, 80)), ("-8", (-8, 0)), ("2", (2, 100))])

    def test_number_without_limits_is_not_scored(self):
        self.question.question_type = "numerical_box"
        self.assertFalse(self.question._is_dimension_scored())
        self.assertIsNone(self._score("5"))

    def test_right_answers(self):
        self.questionnaire.scoring_type = "scoring_without_answers"
        for question_type, right, wrong in (
            ("numerical_box", "0", "7"),
            ("numerical_box", "7.5", "0"),
            ("date", "2031-01-31", "2031-02-01"),
            ("datetime", "2031-01-31 08:00:00", "2031-01-31 08:00:01"),
        ):
            with self.subTest(question_type=question_type, right=right):
                self.question.question_type = question_type
                self._set_type(
                    question_type,
                    answer_score=4,
                    is_scored_question=True,
                    **{f"answer_{question_type}": right},
                )
                self.assertScores([(right, (4, 100)), (wrong, (0, 0)), ("", None)])

    def test_right_answer_without_score_is_not_scored(self):
        self.questionnaire.scoring_type = "scoring_without_answers"
        self.question.write({"question_type": "date", "answer_date": "2031-01-31"})
        self.assertTrue(self.question.is_scored_question)
        self.assertFalse(self.question._is_dimension_scored())

    def test_texts_are_not_scored(self):
        for question_type in ("char_box", "text_box"):
            self.question.question_type = question_type
            self.assertFalse(self.question._is_dimension_scored())
            self.assertIsNone(self._score("10"))

    def test_comment_is_no_answer(self):
        _bad, good = self._set_choices("simple_choice", (0, 1), comments_allowed=True)
        self.assertEqual(self._score(str(good), "But slowly"), (1, 100))
        for counts in (False, True):
            self.question.comment_count_as_answer = counts
            self.assertIsNone(self._score([], "None of these"))

    # ------------------------------------------------------------ conditions

    def test_question_that_was_not_shown_is_no_answer(self):
        yes, no = self._set_choices("simple_choice", (1, 0))
        second, third = self.questionnaire.question_ids[1:3]
        second.write(
            {
                "question_type": "simple_choice",
                "triggering_answer_ids": [Command.set([yes])],
                "suggested_answer_ids": [
                    Command.create({"value": "A", "answer_score": 1}),
                    Command.create({"value": "B"}),
                ],
            }
        )
        hidden = second.suggested_answer_ids[0]
        third.triggering_answer_ids = hidden
        for answer, counted in ((yes, self.question + second + third), (no, None)):
            form = self._create_form()
            form._save_lines(self.question, str(answer))
            form._save_lines(second, str(hidden.id))
            form._save_lines(third, "10")
            scored = self.env["survey.question"].union(*form._get_question_scores())
            # the third hangs on an answer to the second, which was not shown either
            self.assertEqual(scored, counted or self.question)

    # ------------------------------------------------------------ what is posted

    def assertRefusedAnswers(self, *answers):
        for answer in answers:
            with self.subTest(answer=answer):
                self.assertEqual(
                    list(self.question.validate_question(answer)), self.question.ids
                )

    def test_scale_takes_no_other_value(self):
        self._set_type("scale", scale_min=1, scale_max=5)
        self.assertRefusedAnswers("0", "6", "-1", "99", "2.5", "x")

    def test_choice_takes_no_other_choice(self):
        foreign = self.env["survey.question.answer"].create(
            {
                "question_id": self.questionnaire.question_ids[1].id,
                "value": "Best of all",
                "answer_score": 1000,
            }
        )
        good, _bad = self._set_choices("multiple_choice", (1, -1))
        self.assertRefusedAnswers(
            [str(foreign.id)], [str(good), str(foreign.id)], [str(good)] * 2, ["x"]
        )
        form = self._create_form()
        form._save_lines(self.question, [str(foreign.id)])
        self.assertNotIn(self.question, form._get_question_scores())

    def test_matrix_takes_no_other_row_or_column(self):
        never, _often, _always, speed, manner = self._set_matrix("multiple")
        self.assertRefusedAnswers(
            {speed: [manner]}, {never: [never]}, {speed: [never, never]}
        )

    def test_other_surveys_validate_as_before(self):
        self.questionnaire.survey_type = "survey"
        self.assertFalse(self.question.validate_question("99"))

    # ------------------------------------------------------------ frozen

    def test_what_scores_depend_on_is_frozen(self):
        _columns = self._set_matrix("simple")
        column = self.question.suggested_answer_ids[0]
        row = self.question.matrix_row_ids[0]
        other = self.survey.copy()
        moved = other.question_ids[0]
        free = self.env["survey.question.answer"].create(
            {"question_id": moved.id, "value": "Free"}
        )
        self._start_campaign(survey_id=self.questionnaire.id)
        column.value = "Better wording"
        for change in (
            lambda: column.write({"answer_score": 7}),
            lambda: column.unlink(),
            lambda: column.copy(),
            lambda: row.unlink(),
            lambda: row.copy(),
            lambda: row.write({"matrix_question_id": moved.id}),
            lambda: free.write({"question_id": self.question.id}),
            lambda: moved.write({"survey_id": self.questionnaire.id}),
            lambda: self.questionnaire.write({"scoring_type": "no_scoring"}),
            *(
                lambda name=name, value=value: self.question.write({name: value})
                for name, value in (
                    ("question_type", "scale"),
                    ("matrix_subtype", "multiple"),
                    ("is_recommendation", True),
                    ("validation_required", True),
                    ("validation_min_float_value", -1),
                    ("validation_max_float_value", 1),
                    ("is_scored_question", True),
                    ("answer_numerical_box", 1),
                    ("answer_date", "2031-01-31"),
                    ("answer_datetime", "2031-01-31 08:00:00"),
                    ("answer_score", 1),
                    ("triggering_answer_ids", [Command.set(free.ids)]),
                )
            ),
        ):
            with self.assertRaisesRegex(UserError, "have been issued"):
                change()

    # ------------------------------------------------------------ recommendation

    def test_recommendation_is_asked_on_a_full_scale(self):
        for values in (
            {"scale_min": 1},
            {"scale_max": 5},
            {"question_type": "text_box"},
        ):
            question = self.survey.copy().question_ids[0]
            question.write(values)
            with self.assertRaisesRegex(ValidationError, "from 0 to 10"):
                question.is_recommendation = True

    def test_recommendation_is_asked_once(self):
        asked = self.questionnaire.question_ids.filtered("is_recommendation")
        asked.is_recommendation = False
        self.question.is_recommendation = True
        self.assertTrue(self.questionnaire.copy().question_ids[0].is_recommendation)
        with self.assertRaisesRegex(ValidationError, "already"):
            self.questionnaire.question_ids[1].is_recommendation = True
