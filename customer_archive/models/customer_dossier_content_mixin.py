from odoo import api, fields, models
from odoo.exceptions import AccessError


class CustomerDossierContentMixin(models.AbstractModel):
    """What belongs to a dossier and with it to the dossier's secrecy.

    It stands in ``mail.thread``'s place: a model that lists both would skip the
    overrides made here. The model ships the global rule
    ``[('may_read', '=', True)]`` and the company rule.
    """

    _name = "customer.dossier.content.mixin"
    _description = "Content of a Customer Dossier"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "customer.register.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]

    dossier_id = fields.Many2one(
        "customer.dossier",
        required=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", related="dossier_id.company_id", store=True, index=True
    )

    @api.model
    def _may_read_domain(self):
        return self.env["customer.dossier"]._filed_may_read_domain()

    @api.depends("dossier_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("dossier_id.partner_id")
    def _compute_partner_id(self):
        for content in self:
            # sudo: the customer's name is no secret, the dossier's content is
            content.partner_id = content.dossier_id.sudo().partner_id

    # ------------------------------------------------------------ filed for good

    def _check_dossier_open(self):
        # sudo: which dossier it is decides, readable or not
        self.sudo().dossier_id.with_env(self.env)._check_open()

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = self.env["customer.dossier"]
        dossiers.browse(vals.get("dossier_id") for vals in vals_list)._check_open()
        return super().create(vals_list)

    def write(self, vals):
        self._check_dossier_open()
        if (
            "dossier_id" in vals
            and not self.env.su
            and not self.env.user._has_archive_role("KEEPER")
            and any(content.dossier_id.id != vals["dossier_id"] for content in self)
        ):
            raise AccessError(
                self.env._(
                    "What is filed in a dossier stays there. Only the keeper moves it."
                )
            )
        result = super().write(vals)
        if "dossier_id" in vals:
            # the rules have judged the dossier that the content came from
            self.check_access("write")
        return result

    def unlink(self):
        # before the rules, which would say less
        self._check_dossier_open()
        return super().unlink()
