from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .customer_dossier import ENDED

PRIVATE_DATA_GROUP = "customer_archive.group_private_data"


class CustomerPrivateFact(models.Model):
    """One private fact about a person at the customer's (D10).

    It is read by who may read the dossier and has the special right, while its group
    is in use; it is never printed, never an input of a rule (D11), and erased before
    anything else of an ended dossier. A birthday has no year.
    """

    _name = "customer.private.fact"
    _description = "Private Data"
    _inherit = ["customer.dossier.content.mixin"]
    _order = "contact_id, group_id"
    _rec_name = "group_id"

    contact_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('commercial_partner_id', '=', partner_id), "
        "('is_company', '=', False)]",
    )
    group_id = fields.Many2one(
        "customer.private.group",
        string="Private Matter",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("in_use", "=", True)],
    )
    value_type = fields.Selection(related="group_id.value_type")
    purpose = fields.Text(related="group_id.purpose")
    value = fields.Text(string="Private Entry")
    month = fields.Integer(aggregator=None)
    day = fields.Integer(string="Day of the Month", aggregator=None)

    _contact_group_uniq = models.UniqueIndex(
        "(contact_id, group_id)",
        "There is an entry of this kind for the contact. Change that one.",
    )

    @api.model
    def _may_read_domain(self):
        if not self.env.user.has_group(PRIVATE_DATA_GROUP):
            return Domain.FALSE
        return super()._may_read_domain() & Domain("group_id.in_use", "=", True)

    @api.depends("dossier_id.may_read", "group_id.in_use")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.constrains("contact_id", "dossier_id")
    def _check_contact(self):
        for fact in self:
            fact.contact_id._check_contact_of(fact.partner_id)

    @api.constrains("group_id", "value", "day", "month")
    def _check_value(self):
        for fact in self:
            group = fact.group_id
            if not group.in_use:
                raise ValidationError(
                    self.env._(
                        "%(group)s: these private data are not in use. An "
                        "administrator states the purpose and puts them to use.",
                        group=group.name,
                    )
                )
            if group.value_type == "day":
                if fact.value or not fact._is_day_of_year():
                    raise ValidationError(
                        self.env._(
                            "%(group)s: enter the day and the month, without a year "
                            "and without a text.",
                            group=group.name,
                        )
                    )
            elif fact.day or fact.month or not (fact.value or "").strip():
                raise ValidationError(
                    self.env._("%(group)s: enter a text.", group=group.name)
                )

    def _is_day_of_year(self):
        try:
            date(2000, self.month, self.day)  # a leap year
        except ValueError:
            return False
        return True

    @api.model
    def _duty_erase(self, duty, start, end):
        """Erase what of ended dossiers is due at ``end``, and note how much it was."""
        ended = self.env.company._dossier_duty_domain() & Domain("state", "in", ENDED)
        due = self.browse()
        for group in self.env["customer.private.group"].search(Domain.TRUE):
            latest = end - relativedelta(months=group.erase_months)
            dossiers = ended & Domain("history_date", "<=", latest)
            due |= self.search(
                Domain("group_id", "=", group.id)
                & Domain("dossier_id", "any", dossiers)
            )
        counts = {
            dossier: (dossier.keeper_id.lang or self.env.lang, len(facts))
            for dossier, facts in due.grouped("dossier_id").items()
        }
        due.unlink()
        dossiers = self.env["customer.dossier"].concat(*counts)
        for (lang, count), erased in dossiers.grouped(counts.get).items():
            erased._log(
                "private_erased",
                self.with_context(lang=lang).env._(
                    "Entries of private data: %s", count
                ),
            )
