from odoo import api, fields, models
from odoo.fields import Domain


class CustomerComplaintContentMixin(models.AbstractModel):
    """What belongs to a case and is read by who reads that.

    It needs the two global rules of a secret model, on ``may_read`` and on the
    company.
    """

    _name = "customer.complaint.content.mixin"
    _description = "Content of a Case"
    _inherit = ["customer.secrecy.mixin", "customer.guarded.mixin"]

    complaint_id = fields.Many2one(
        "customer.complaint",
        string="Case",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )

    @api.depends("complaint_id.partner_id")
    def _compute_partner_id(self):
        for content in self:
            content.partner_id = content._get_named("complaint_id").partner_id

    @api.depends("complaint_id.company_id")
    def _compute_company_id(self):
        for content in self:
            content.company_id = content._get_named("complaint_id").company_id

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_system():
            default = self.env.context.get("default_complaint_id")
            ids = {vals.get("complaint_id", default) for vals in vals_list}
            complaints = self.env["customer.complaint"].browse(ids - {None, False})
            # before a constraint tells what the case holds already
            complaints.check_access("read")
            complaints._touch()
            complaints._check_not_closed({"complaint_id": True})
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("complaint_id") and not self._is_system():
            # before a refusal tells of whom that case is, or that it is closed
            complaint = self.env["customer.complaint"].browse(vals["complaint_id"])
            complaint.check_access("read")
        self._check_case_open(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed_case(self):
        self._check_case_open({"complaint_id": False})

    def _check_case_open(self, vals):
        """What belongs to a closed case stays as it is (B22)."""
        # sudo: only the state is looked at
        complaints_sudo = self.sudo().complaint_id
        complaints_sudo |= complaints_sudo.browse(vals.get("complaint_id") or [])
        if not self._is_system():
            complaints_sudo._touch()
        complaints_sudo._check_not_closed(vals)

    @api.model
    def _may_read_domain(self):
        return self.env["customer.complaint"]._content_may_read_domain()

    @api.depends("complaint_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids)
