from odoo import models


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    def _get_opinion_lines(self):
        """Return the lines with something in the participant's own words: free texts
        and the comments to a choice (G15)."""
        return self.user_input_line_ids.filtered(lambda line: line._get_opinion())
