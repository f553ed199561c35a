from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerServicePart(models.Model):
    """A part that was replaced or used in a service (B35)."""

    _name = "customer.service.part"
    _description = "Part of a Service Log"
    _inherit = ["customer.secrecy.mixin", "customer.guarded.mixin"]
    _order = "sequence, id"

    log_id = fields.Many2one(
        "customer.service.log",
        string="Service Log",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        index=True,
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="restrict"
    )
    name = fields.Char(
        string="Spare Part",
        compute="_compute_from_product",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    quantity = fields.Float(default=1, required=True, digits="Product Unit")
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        compute="_compute_from_product",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Enter how many parts were used."
    )

    @api.model
    def _may_read_domain(self):
        return Domain(
            "log_id", "any!", self.env["customer.service.log"]._may_read_domain()
        )

    @api.depends("log_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("partner_id", "in", dossiers.partner_id.ids)

    @api.depends("log_id.company_id")
    def _compute_company_id(self):
        for part in self:
            part.company_id = part._get_named("log_id").company_id

    @api.depends("log_id.partner_id")
    def _compute_partner_id(self):
        for part in self:
            part.partner_id = part._get_named("log_id").partner_id

    @api.depends("product_id")
    def _compute_from_product(self):
        for part in self:
            part.name = part.product_id.display_name or part.name
            part.uom_id = part.product_id.uom_id or part.uom_id

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_log_open()
        return parts

    def write(self, vals):
        self._check_log_open()
        result = super().write(vals)
        if "log_id" in vals:
            # the rules have judged the log that it was of
            self._check_log_open()
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_finished(self):
        self._check_log_open()

    def _check_log_open(self):
        if self._is_system():
            return
        for log in self.log_id:
            if log.state != "draft":
                raise UserError(
                    self.env._(
                        "%(number)s is finished; its parts stay as they are.",
                        number=log.number,
                    )
                )
