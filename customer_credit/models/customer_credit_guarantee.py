from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# what can be sold; the others are persons who answer with all they have
COLLATERAL = ("mortgage", "pledge", "deposit")


class CustomerCreditGuarantee(models.Model):
    """担保/抵押: who answers for a customer's debts, or with what (F46).

    Entered by the rep or finance, confirmed by somebody of finance who did not enter
    it. Confirmed ones in force make the secured amount of the account.
    """

    _name = "customer.credit.guarantee"
    _description = "Guarantee"
    _inherit = ["customer.credit.paper.mixin"]
    _order = "valid_until, id"

    name = fields.Char(
        string="Subject",
        required=True,
        help="What is given: the deed, the property, the deposit.",
        tracking=True,
    )
    kind = fields.Selection(
        [
            ("personal", "Personal Guarantee"),
            ("joint", "Joint Guarantee"),
            ("mortgage", "Mortgage"),
            ("pledge", "Pledge"),
            ("deposit", "Deposit"),
            ("bank", "Bank Guarantee"),
        ],
        required=True,
        default="personal",
        tracking=True,
    )
    guarantor_id = fields.Many2one("res.partner", index="btree_not_null", tracking=True)
    guarantor_name = fields.Char(
        string="Guarantor in Words", help="For a guarantor who is no contact."
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    secured_amount = fields.Monetary(
        help="The most that can be claimed from it. Empty: no such maximum.",
        tracking=True,
    )
    value = fields.Monetary(
        required=True,
        tracking=True,
        help="What the collateral is worth, or what the guarantor can pay.",
    )
    percent = fields.Float(
        string="Counted (%)",
        required=True,
        default=100.0,
        digits=(5, 1),
        tracking=True,
    )
    counted_value = fields.Monetary(compute="_compute_counted_value", store=True)
    rank = fields.Integer(
        default=1, required=True, help="1 is satisfied first.", tracking=True
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    valid_until = fields.Date(
        tracking=True, index=True, help="Its last day. Empty: without end."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("released", "Given Back"),
            ("ended", "Ended"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    author_id = fields.Many2one(
        "res.users",
        string="Entered By",
        readonly=True,
        copy=False,
        help="Who entered or changed it last does not confirm it.",
    )
    confirmed_on = fields.Date(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released_on = fields.Date(string="Given Back On", readonly=True, copy=False)
    released_by_id = fields.Many2one(
        "res.users", string="Given Back By", readonly=True, copy=False
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    note = fields.Text()

    _amounts_positive = models.Constraint(
        "CHECK(value >= 0 AND secured_amount >= 0)",
        "What a guarantee is worth is never negative.",
    )
    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "A guarantee counts with 0 to 100 % of its value.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(valid_until >= valid_from)", "A guarantee does not end before it begins."
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "state",
            "author_id",
            "confirmed_on",
            "confirmed_by_id",
            "released_on",
            "released_by_id",
            "reminded_on",
        }

    def _prepare_system_values(self, vals):
        return super()._prepare_system_values(vals) | {"author_id": self.env.uid}

    def _is_correctable(self, names):
        return names <= {"note"} or self.state == "draft" and self._is_author()

    def write(self, vals):
        facts = set(vals) - {"note", *self._guarded_fields()}
        is_mail = all(name.startswith(("activity_", "message_")) for name in facts)
        result = super().write(vals)
        if not (is_mail or self.env.su or self._is_system()):
            self._advance({"author_id": self.env.uid})
        return result

    # ------------------------------------------------------------ computed

    @api.depends("value", "percent", "secured_amount", "currency_id")
    def _compute_counted_value(self):
        for guarantee in self:
            counted = guarantee.value * guarantee.percent / 100
            if guarantee.secured_amount:
                counted = min(counted, guarantee.secured_amount)
            guarantee.counted_value = guarantee.currency_id.round(counted)

    @api.model
    def _in_force_domain(self, date):
        """Return the Domain of the guarantees that secure something on ``date``."""
        return (
            Domain("state", "=", "confirmed")
            & Domain("valid_from", "<=", date)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", date))
        )

    def _in_recovery_order(self):
        """Return these in the order in which they are made use of: collateral first,
        then the guarantors, by rank (F38)."""
        return self.sorted(
            lambda guarantee: (
                guarantee.kind not in COLLATERAL,
                guarantee.rank,
                guarantee.id,
            )
        )

    # ------------------------------------------------------------ steps

    def action_confirm(self):
        """Finance confirms what somebody else entered and the papers prove."""
        self._check_role("FIN")
        self._check_state("draft")
        for guarantee in self:
            if guarantee.author_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(name)s was entered by you. Somebody else of finance "
                        "confirms it.",
                        name=guarantee.name,
                    )
                )
            if not (guarantee.guarantor_id or guarantee.guarantor_name):
                raise UserError(
                    self.env._(
                        "%(name)s: say who gives the guarantee.", name=guarantee.name
                    )
                )
            if not guarantee.message_attachment_count:
                raise UserError(
                    self.env._(
                        "%(name)s: attach the signed paper first.", name=guarantee.name
                    )
                )
        self._advance(
            {
                "state": "confirmed",
                "confirmed_on": fields.Date.context_today(self),
                "confirmed_by_id": self.env.uid,
            }
        )
        # sudo: what counts in the limit is the system's
        self.sudo().account_id._update_counted_security()
        return True

    def action_release(self):
        """Give confirmed guarantees back: they secure nothing any more."""
        self._check_role("FIN")
        self._check_state("confirmed")
        self._advance(
            {
                "state": "released",
                "released_on": fields.Date.context_today(self),
                "released_by_id": self.env.uid,
            }
        )
        self._settle_todos()
        # sudo: what counts in the limit is the system's
        self.sudo().account_id._update_counted_security()
        return True

    # ------------------------------------------------------------ daily

    @api.model
    def _duty_renew(self, duty, start, end):
        """End what has expired, bring what counts in the limits up to date, and
        remind finance and the rep once of what expires soon."""
        company = self.env.company
        ours = Domain("company_id", "=", company.id)
        confirmed = ours & Domain("state", "=", "confirmed")
        self.search(confirmed & Domain("valid_until", "<", end))._system_write(
            {"state": "ended"}
        )
        accounts = self.env["customer.credit.account"]
        accounts |= self.search(confirmed).account_id
        accounts |= accounts.search(ours & Domain("counted_security", "!=", 0))
        accounts._update_counted_security()
        until = fields.Date.add(end, days=company.credit_guarantee_reminder_days)
        due = self.search(
            confirmed
            & Domain("valid_until", "<=", until)
            & Domain("reminded_on", "=", False)
        )
        due._ask_finance_and_reps(
            "valid_until", lambda env: env._("The guarantee expires")
        )
        due._system_write({"reminded_on": end})
