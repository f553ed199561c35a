from odoo import api, models


class CustomerFormDossier(models.AbstractModel):
    _inherit = "customer.form.dossier"

    @api.model
    def _get_file_card(self, dossier):
        blocks = super()._get_file_card(dossier)
        return blocks + [self._get_satisfaction(dossier)] * dossier.has_satisfaction

    @api.model
    def _get_satisfaction(self, dossier):
        """Return the block of what the customer's satisfaction is (E13)."""
        return self._get_facts(
            "satisfaction",
            self.env._("Satisfaction"),
            [
                self._get_fact(dossier, "satisfaction_index"),
                self._get_fact(dossier, "satisfaction_date"),
                self._get_fact(dossier, "satisfaction_source", wide=True),
            ],
        )

    @api.model
    def _get_chapters(self, dossier):
        """What the customer said in surveys and on feedback forms (A43)."""
        chapters = super()._get_chapters(dossier)
        if dossier.survey_response_ids:
            chapters.append(
                self._get_contents(
                    dossier,
                    "survey_response_ids",
                    self.env._("Survey Results"),
                    ["campaign_id", "answered_date", "channel", "index", "state"],
                )
            )
        if dossier.satisfaction_feedback_ids:
            chapters.append(
                self._get_contents(
                    dossier,
                    "satisfaction_feedback_ids",
                    self.env._("Feedback Forms"),
                    ["number", "date", "occasion", "satisfaction", "remark", "user_id"],
                )
            )
        return chapters
