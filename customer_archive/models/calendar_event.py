from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CalendarEvent(models.Model):
    """A meeting about a document under a secrecy rule is seen by who is invited and
    by who may read the document now: its title says too much (D8)."""

    _inherit = "calendar.event"

    def _get_hidden_ids(self, domain):
        user = self.env.user
        invited = Domain("user_id", "=", user.id) | Domain(
            "partner_ids", "in", user.partner_id.ids
        )
        secrecy = self.env["customer.secrecy.mixin"]
        return secrecy._get_hidden_ids(self.browse(), Domain(domain) & ~invited)

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        # EXTENDS 'base'
        if not (self.env.su or bypass_access):
            hidden_ids = self._get_hidden_ids(domain)
            if hidden_ids:
                domain = Domain(domain) & Domain("id", "not in", hidden_ids)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        # EXTENDS 'base'
        result = super()._check_access(operation)
        allowed = self - result[0] if result else self
        if not allowed.ids:
            return result
        hidden_ids = self._get_hidden_ids(Domain("id", "in", allowed.ids))
        secrecy = self.env["customer.secrecy.mixin"]
        return secrecy._forbid(result, self.browse(hidden_ids))

    @api.depends_context("uid")
    def _compute_display_name(self):
        # many2one labels are fetched in sudo: a hidden meeting's stays empty
        hidden = self.browse(self._get_hidden_ids(Domain("id", "in", self.ids)))
        hidden.display_name = False
        return super(CalendarEvent, self - hidden)._compute_display_name()

    # ------------------------------------------------------------ complaints (B5)

    complaint_partner_id = fields.Many2one(
        "res.partner",
        string="Customer's Person",
        compute="_compute_complaint_partner_id",
        groups="customer_archive.group_user",
        help="The first who takes part and is not of the company.",
    )

    @api.depends("partner_ids")
    def _compute_complaint_partner_id(self):
        for event in self:
            # sudo: whose partners are the company's own
            guests_sudo = event.sudo().partner_ids.filtered(
                lambda partner: (
                    partner.partner_share
                    and not partner.commercial_partner_id.ref_company_ids
                )
            )
            event.complaint_partner_id = guests_sudo[:1].sudo(False)

    def action_log_complaint(self):
        """Open the form of a new case of the customer who was visited."""
        self.ensure_one()
        self.check_access("read")
        partner = self.complaint_partner_id
        if not partner:
            raise UserError(self.env._("No customer takes part in this meeting."))
        return partner._get_complaint_action(channel="visit", event_id=self.id)
