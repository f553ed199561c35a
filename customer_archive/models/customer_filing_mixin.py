from odoo import api, fields, models


class CustomerFilingMixin(models.AbstractModel):
    """What the data department classifies and files (D15, A2). What others enter, or
    change in what was filed, lies in the keepers' list until a keeper has filed it."""

    _name = "customer.filing.mixin"
    _description = "Record to File"
    _inherit = ["customer.guarded.mixin"]

    filed_on = fields.Datetime(readonly=True, copy=False)
    filed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    filing_age = fields.Integer(
        string="Waiting (Days)",
        compute="_compute_filing_age",
        help="How long it has been waiting to be filed.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"filed_on", "filed_by_id"}

    @api.model
    def _filed_fields(self):
        """Return the names of the fields that are filed anew when others than a
        keeper change them."""
        return set()

    @api.depends("create_date", "filed_on")
    def _compute_filing_age(self):
        now = fields.Datetime.now()
        for record in self:
            waiting = not record.filed_on and record.create_date
            record.filing_age = (now - record.create_date).days if waiting else 0

    @api.model
    def _is_filed_at_once(self):
        """Return whether the present user files what he enters."""
        return not self.env.su and self.env.user._has_archive_role("KEEPER")

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._is_filed_at_once():
            records._file()
        return records

    def write(self, vals):
        result = super().write(vals)
        if (
            self._filed_fields().intersection(vals)
            and not self.env.su
            and not self._is_system()
            and not self._is_filed_at_once()
        ):
            self.filtered("filed_on")._system_write(
                {"filed_on": False, "filed_by_id": False}
            )
        return result

    def action_file(self):
        """A keeper has classified these records and files them."""
        self.check_access("write")
        self.env.user._check_archive_role("KEEPER")
        self.filtered(lambda record: not record.filed_on)._file()
        return True

    def _file(self):
        """Note that the present user filed these records; the caller checked him."""
        self._system_write(
            {"filed_on": fields.Datetime.now(), "filed_by_id": self.env.uid}
        )
