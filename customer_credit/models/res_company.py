from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_default_control = fields.Selection(
        [
            ("none", "Not controlled"),
            ("limited", "Prepayment only until a limit is approved"),
        ],
        string="Customers without Credit Account",
        default="none",
        help="What holds for a customer for whom nothing was decided yet.",
    )
    credit_warning_percent = fields.Float(
        string="Near the Limit from (%)", default=80.0, digits=(5, 1)
    )
    credit_release_days = fields.Integer(
        string="A Release Lasts (Days)",
        default=30,
        help="How long an order may be confirmed after its release, unless the "
        "decider says otherwise.",
    )

    credit_outdated_rating_blocks = fields.Boolean(
        string="Outdated Ratings Block Higher Limits",
        default=True,
        help="Once the day of its re-evaluation has passed, a limit is not raised "
        "without a new assessment.",
    )
    credit_warning_report = fields.Boolean(
        string="Report to the Superior near the Limit",
        default=True,
        help="Orders that come near the limit are confirmed after the superior has "
        "given an opinion.",
    )
    credit_alert_percent = fields.Float(
        string="Alert on More Use (Points)",
        default=20.0,
        digits=(5, 1),
        help="Responsible reps are alerted when the use of a limit has risen by as "
        "many percentage points. 0: only when the status of the credit changes.",
    )
    credit_tolerance_percent = fields.Float(
        string="Tolerance over the Limit (%)", default=0.0, digits=(5, 1)
    )
    credit_check_overdue = fields.Boolean(
        string="Hold Orders of Customers Who Pay Late", default=True
    )
    credit_grace_days = fields.Integer(
        string="Grace (Days)",
        default=7,
        help="How many days an open item may be late before orders are held.",
    )
    credit_count_orders = fields.Boolean(
        string="Count Orders to Invoice",
        default=True,
        help="Without it, only the order that is confirmed counts beside what is "
        "invoiced.",
    )
    credit_count_drafts = fields.Boolean(string="Count Draft Invoices", default=True)
    credit_count_bills = fields.Boolean(string="Count Unsettled Bills", default=True)
    credit_has_cap = fields.Boolean(string="Cap per Customer")
    credit_cap_amount = fields.Monetary(
        string="Cap",
        currency_field="credit_cap_currency_id",
        help="No limit, exception or guarantee goes beyond it.",
    )
    credit_cap_currency_id = fields.Many2one(
        "res.currency", string="Currency of the Cap"
    )
    credit_mail_steps = fields.Boolean(
        string="E-mail at Each Step of a Release",
        default=True,
        help="Deciders and salespersons get a message of their own beside the to-do.",
    )

    credit_bill_reminder_days = fields.Integer(
        string="Remind of Bills (Days)",
        default=7,
        help="How many days before a bill is payable finance and the rep are reminded.",
    )
    credit_guarantee_reminder_days = fields.Integer(
        string="Remind of Guarantees (Days)",
        default=30,
        help="How many days before a guarantee ends finance and the rep are reminded.",
    )
    credit_late_event_days = fields.Integer(
        string="Late Payment Recorded after (Days)",
        default=30,
        help="An invoice paid later than this after it was due is a credit event.",
    )

    _credit_paper_days_positive = models.Constraint(
        "CHECK(credit_bill_reminder_days >= 0 AND credit_guarantee_reminder_days >= 0 "
        "AND credit_late_event_days >= 0)",
        "Days are never negative.",
    )
    _credit_alert_percent_positive = models.Constraint(
        "CHECK(credit_alert_percent >= 0)", "An alert step is never negative."
    )
    _credit_tolerance_percent_positive = models.Constraint(
        "CHECK(credit_tolerance_percent >= 0)", "A tolerance is never negative."
    )
    _credit_grace_days_positive = models.Constraint(
        "CHECK(credit_grace_days >= 0)", "A grace is never negative."
    )
    _credit_cap_amount_positive = models.Constraint(
        "CHECK(credit_cap_amount >= 0)", "A cap is never negative."
    )
    _credit_warning_percent_range = models.Constraint(
        "CHECK(credit_warning_percent > 0 AND credit_warning_percent <= 100)",
        "Warn from more than 0 % to at most 100 % of the limit.",
    )
    _credit_release_days_positive = models.Constraint(
        "CHECK(credit_release_days >= 0)", "A release lasts at least today."
    )

    # when a customer falls into class 丙 (F7)
    credit_class_category_ids = fields.Many2many(
        "customer.classification",
        "res_company_credit_class_category_rel",
        string="Middlemen",
        domain=[("kind", "=", "business_category")],
        help="Customers of these business categories are proposed for the lowest "
        "class.",
    )
    credit_class_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Class Rules",
        help="Empty: the company's currency.",
    )
    credit_class_check_high = fields.Boolean(string="High Receivables")
    credit_class_high_balance = fields.Monetary(
        string="Receivables from", currency_field="credit_class_currency_id"
    )
    credit_class_check_low = fields.Boolean(string="Low Receivables, Large Trade")
    credit_class_low_balance = fields.Monetary(
        string="Receivables below", currency_field="credit_class_currency_id"
    )
    credit_class_volume = fields.Monetary(
        string="Sales of 12 Months from", currency_field="credit_class_currency_id"
    )
    credit_class_check_staff = fields.Boolean(string="Small Enterprises", default=True)
    credit_class_staff = fields.Integer(string="Employees below", default=100)
    credit_class_check_age = fields.Boolean(string="New Enterprises", default=True)
    credit_class_years = fields.Integer(string="Years since Foundation", default=2)

    _credit_class_positive = models.Constraint(
        "CHECK(credit_class_high_balance >= 0 AND credit_class_low_balance >= 0 AND "
        "credit_class_volume >= 0 AND credit_class_staff >= 0 AND "
        "credit_class_years >= 0)",
        "The thresholds of the class rules are never negative.",
    )

    @api.constrains("credit_class_category_ids")
    def _check_credit_class_categories(self):
        self.env["customer.classification"]._check_kinds(
            self, {"credit_class_category_ids": "business_category"}
        )

    def _get_credit_class_amount(self, name):
        """Return a threshold of the class rules in company currency at the rate of
        the day (K17)."""
        self.ensure_one()
        currency = self.credit_class_currency_id or self.currency_id
        return currency._convert(
            self[name], self.currency_id, self, fields.Date.context_today(self)
        )

    def _get_credit_cap(self):
        """Return the cap per customer in company currency at the rate of the day,
        None without one (F16)."""
        self.ensure_one()
        if not self.credit_has_cap:
            return None
        currency = self.credit_cap_currency_id or self.currency_id
        return currency._convert(
            self.credit_cap_amount,
            self.currency_id,
            self,
            fields.Date.context_today(self),
        )

    def _is_credit_late(self, due, today):
        """Return whether an open item due on that day holds new orders (F25)."""
        self.ensure_one()
        return bool(
            self.credit_check_overdue
            and due
            and (today - due).days > self.credit_grace_days
        )
