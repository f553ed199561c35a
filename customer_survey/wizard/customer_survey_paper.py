from odoo import api, fields, models


class CustomerSurveyPaper(models.TransientModel):
    """Quick entry of the paper forms of a survey, one customer after the other; the
    response decides who may (G6)."""

    _name = "customer.survey.paper"
    _description = "Enter a Paper Form"

    campaign_id = fields.Many2one(
        "customer.survey.campaign", required=True, readonly=True, ondelete="cascade"
    )
    response_id = fields.Many2one(
        "customer.survey.response",
        required=True,
        ondelete="cascade",
        domain="[('campaign_id', '=', campaign_id),"
        " ('state', 'not in', ('answered', 'excluded'))]",
        help="By name, or by the number on the form.",
    )
    partner_id = fields.Many2one(related="response_id.partner_id", related_sudo=False)
    contact_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact_id",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="The person who filled in the form.",
    )
    date = fields.Date(
        string="Date on the Paper", required=True, default=fields.Date.context_today
    )
    scan = fields.Binary(attachment=False)
    scan_name = fields.Char()
    line_ids = fields.One2many("customer.survey.paper.line", "paper_id")

    @api.depends("response_id")
    def _compute_contact_id(self):
        for paper in self:
            response = paper.response_id
            paper.contact_id = response.contact_id or response.partner_id

    def _open(self):
        """Return the action of this entry, with a line to key for each answer."""
        self.ensure_one()
        # sudo: who enters forms was checked and is shown the questions, that is all
        questions_sudo = self.campaign_id.sudo().survey_id.question_ids
        lines = self.env["customer.survey.paper.line"]
        lines.create(
            [
                {"paper_id": self.id, **values}
                for question in questions_sudo
                for values in lines._prepare_lines(question)
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter Paper Form"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_save(self):
        """File this form."""
        self._store()
        return {"type": "ir.actions.act_window_close"}

    def action_save_next(self):
        """File this form and go on to the next customer who has not answered."""
        self._store()
        following = self.response_id._get_next_to_enter()
        if not following:
            return {"type": "ir.actions.act_window_close"}
        return following.action_enter_paper()

    def _store(self):
        self.ensure_one()
        response = self.response_id
        response._check_enters()
        answers = self.line_ids._get_answers(response)
        response._file_paper(self.contact_id, self.date, answers)
        # sudo: who enters the form was checked; he need not be able to write
        response.sudo()._message_log(
            body=self.env._("The paper form of %(date)s was entered.", date=self.date),
            attachment_ids=self._attach_scan().ids,
        )

    def _attach_scan(self):
        if not self.scan:
            return self.env["ir.attachment"]
        return (
            # sudo: see above; the file is read by who may read the response
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self.scan_name or self.env._("Paper Form"),
                    "datas": self.scan,
                    "res_model": self.response_id._name,
                    "res_id": self.response_id.id,
                }
            )
        )
