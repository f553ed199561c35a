from collections import defaultdict
from math import floor
from statistics import fmean

from odoo import models
from odoo.tools import split_every

_CHUNK = 500
# finer than any figure shown, so that a level that is met is met in spite of binary
# fractions
_DIGITS = 9


class CustomerSurveyResponse(models.Model):
    """The figures of an answer, stored when it is filed and, from the same lines of
    the same forms, whenever they are worked out anew."""

    _inherit = "customer.survey.response"

    def _store_scores(self):
        """Store, anew, the scores of the questions and dimensions of these responses
        and the index over those that were answered (M28, M30, G8), in a number of
        queries that grows with the chunks alone."""
        for ids in split_every(_CHUNK, self.ids):
            self.browse(ids)._store_chunk_scores()

    def _store_chunk_scores(self):
        self.answer_ids.unlink()
        self.score_ids.unlink()
        # all at once, not form by form
        self.form_ids.user_input_line_ids.fetch()
        answers, scores, vals_by_response = [], [], {}
        for response in self:
            own_answers, values_by_dimension = response._prepare_answers()
            own_scores = response._prepare_scores(values_by_dimension)
            vals_by_response[response] = response._prepare_index(
                own_scores, own_answers
            )
            answers += own_answers
            scores += own_scores
        self.env["customer.survey.answer"]._system_create(answers)
        self.env["customer.survey.score"]._system_create(scores)
        for response, vals in vals_by_response.items():
            response._system_write(vals)

    def _prepare_answers(self):
        """Return (the values of the answers, {dimension: for each contact the scores
        of its questions})."""
        answers = []
        values_by_dimension = defaultdict(list)
        satisfied_level = self.campaign_id.satisfied_level
        promoter = self.env["customer.survey.answer"]._get_promoter
        for form in self._get_counted_forms():
            by_dimension = defaultdict(list)
            for question, (value, score) in form._get_question_scores().items():
                score = round(score, _DIGITS)
                by_dimension[question.dimension_id].append(score)
                answers.append(
                    {
                        "response_id": self.id,
                        "campaign_id": self.campaign_id.id,
                        "question_id": question.id,
                        "dimension_id": question.dimension_id.id,
                        # an anonymous answer is nobody's (G24)
                        "contact_id": bool(self.dossier_id) and form.partner_id.id,
                        "channel": form.customer_channel,
                        "value": value,
                        "band": floor(value + 0.5),
                        "score": score,
                        "satisfied_rate": 100.0 if score >= satisfied_level else 0.0,
                        "promoter": question.is_recommendation and promoter(value),
                    }
                )
            for dimension, values in by_dimension.items():
                if dimension:
                    values_by_dimension[dimension].append(values)
        return answers, values_by_dimension

    def _prepare_scores(self, values_by_dimension):
        """Return the values of the dimensions' scores: the mean of the questions, then
        of the contacts (M28)."""
        weights = {
            result.dimension_id: result.weight
            for result in self.campaign_id.result_ids
            if not result.team_id
        }
        return [
            {
                "response_id": self.id,
                "dimension_id": dimension.id,
                "score": round(fmean(map(fmean, by_contact)), _DIGITS),
                "weight": weights.get(dimension, dimension.weight),
                "answer_count": sum(map(len, by_contact)),
            }
            for dimension, by_contact in values_by_dimension.items()
        ]

    def _prepare_index(self, scores, answers):
        """Return the values of the response itself (M30)."""
        recommended = [answer["value"] for answer in answers if answer["promoter"]]
        vals = {
            "is_negative": False,
            "promoter": bool(recommended)
            and self.env["customer.survey.answer"]._get_promoter(fmean(recommended)),
        }
        if scores:
            total = sum(score["weight"] * score["score"] for score in scores)
            index = total / sum(score["weight"] for score in scores)
            vals["index"] = round(index, _DIGITS)
            negative_level = self.campaign_id.negative_level
            vals["is_negative"] = vals["index"] < negative_level or any(
                score["score"] < negative_level for score in scores
            )
        return vals
