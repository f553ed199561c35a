from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class CustomerCreditEvent(models.Model):
    """信用事件: what a customer's credit record consists of (F59).

    A recorded event is corrected by nobody. Finance annuls it with a reason, and it
    stays in sight. Recording one of a kind that says so freezes the limit at once and
    opens a downgrade (F21).
    """

    _name = "customer.credit.event"
    _description = "Credit Event"
    _inherit = ["customer.credit.paper.mixin"]
    _order = "date desc, id desc"
    _rec_name = "kind_id"

    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    kind_id = fields.Many2one(
        "customer.credit.event.kind", required=True, index=True, ondelete="restrict"
    )
    is_bad_faith = fields.Boolean(related="kind_id.is_bad_faith")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary()
    description = fields.Text(string="What Happened", required=True)
    source = fields.Char(help="Who said so, or where it stands.")
    bill_id = fields.Many2one(
        "customer.credit.bill",
        index="btree_not_null",
        ondelete="set null",
        domain="[('account_id', '=', account_id)]",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        ondelete="set null",
        domain="[('commercial_partner_id', '=', partner_id), "
        "('company_id', '=', company_id), ('move_type', '=like', 'out_%')]",
    )
    is_automatic = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("recorded", "Recorded"), ("annulled", "Annulled")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    recorded_on = fields.Date(readonly=True, copy=False)
    recorded_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    annulled_on = fields.Date(readonly=True, copy=False)
    annulled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    annul_reason = fields.Text(readonly=True, copy=False)

    _invoice_once = models.UniqueIndex(
        "(move_id) WHERE is_automatic AND move_id IS NOT NULL",
        "The system records the late payment of an invoice once.",
    )

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "is_automatic",
            "state",
            "recorded_on",
            "recorded_by_id",
            "annulled_on",
            "annulled_by_id",
            "annul_reason",
        }

    def _is_correctable(self, names):
        return self.state == "draft" and self._is_author()

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        if any(event.date > today for event in self):
            raise ValidationError(self.env._("An event has happened already."))

    @api.constrains("bill_id", "move_id")
    def _check_origin(self):
        for event in self:
            # sudo: whose document it is decides, readable or not
            bill_sudo, move_sudo = event.sudo().bill_id, event.sudo().move_id
            if (bill_sudo and bill_sudo.account_id != event.account_id) or (
                move_sudo
                and (
                    move_sudo.commercial_partner_id != event.partner_id
                    or move_sudo.company_id != event.company_id
                    or not move_sudo.is_sale_document(include_receipts=True)
                )
            ):
                raise ValidationError(
                    self.env._("The bill or invoice of an event is of its customer.")
                )

    # ------------------------------------------------------------ steps

    def action_record(self):
        """Enter drafts in the record for good, with all that follows from them."""
        self._check_role("REP", "BUM", "FIN")
        self.check_access("write")
        self._check_state("draft")
        if not all(event._is_author() for event in self):
            raise UserError(self.env._("Who wrote an event or finance records it."))
        self._advance(self._get_record_values())
        self._take_effect()
        return True

    def action_annul(self, reason):
        """Finance annuls what was recorded wrongly. What followed from it is lifted
        by its own request."""
        self._check_role("FIN")
        self._check_state("recorded")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        self._advance(
            {
                "state": "annulled",
                "annulled_on": fields.Date.context_today(self),
                "annulled_by_id": self.env.uid,
                "annul_reason": reason,
            }
        )
        for event in self:
            event.sudo().message_post(
                body=self.env._("Annulled: %(reason)s", reason=reason)
            )
        return True

    def action_open_annul(self):
        """Open the dialog that asks for the reason."""
        self.ensure_one()
        self._check_role("FIN")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Annul"),
            "res_model": "customer.credit.event.annul",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_event_id": self.id},
        }

    @api.model
    def _get_record_values(self):
        return {
            "state": "recorded",
            "recorded_on": fields.Date.context_today(self),
            "recorded_by_id": self.env.uid,
        }

    @api.model
    def _get_kind(self, code):
        """Return the kind with this code, switched off or not."""
        # sudo: kinds are configuration
        kinds_sudo = self.env["customer.credit.event.kind"].sudo()
        return (
            kinds_sudo.with_context(active_test=False)
            .search([("code", "=", code)], limit=1)
            .sudo(self.env.su)
        )

    @api.model
    def _record(self, vals_list):
        """Record events by the system, with all that follows from them.

        :return: the events
        """
        values = self._get_record_values() | {"is_automatic": True}
        # sudo: what the system records needs no right of who set it off
        events_sudo = self.sudo()._system_create([vals | values for vals in vals_list])
        events_sudo._take_effect()
        return events_sudo.sudo(self.env.su)

    def _take_effect(self):
        for event in self:
            # sudo: who may record an event sets off what its kind says (F21)
            kind_sudo, account_sudo = event.sudo().kind_id, event.sudo().account_id
            if event.is_automatic and (kind_sudo.freezes or kind_sudo.is_bad_faith):
                account_sudo._alert(kind_sudo)
            if kind_sudo.freezes:
                account_sudo._freeze(
                    f"{kind_sudo.name}: {event.description}", amount=0.0, origin=event
                )
            if kind_sudo.opens_downgrade:
                account_sudo._propose_downgrade(event)

    # ------------------------------------------------------------ late payments

    @api.model
    def _duty_record_late_payments(self, duty, start, end):
        """Record, once an invoice, what was paid so late in the days from ``start`` to
        before ``end``. It is asked when the payment was matched, not for its date, so
        that one booked afterwards is not missed."""
        kind = self._get_kind("late_payment")
        company = self.env.company
        if not kind.active:
            return
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT account.id AS account_id,
                       move.id AS move_id,
                       move.name AS number,
                       SUM(part.amount) AS amount,
                       MAX(part.max_date) AS date,
                       MAX(part.max_date - line.date_maturity) AS days
                  FROM account_partial_reconcile part
                  JOIN account_move_line line ON line.id = part.debit_move_id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN account_move move ON move.id = line.move_id
                  JOIN account_move_line credit ON credit.id = part.credit_move_id
                  JOIN account_move paying ON paying.id = credit.move_id
                  JOIN customer_credit_account account
                    ON account.partner_id = move.commercial_partner_id
                   AND account.company_id = move.company_id
                 WHERE part.create_date >= %(start)s
                   AND part.create_date < %(end)s
                   AND part.max_date - line.date_maturity > %(days)s
                   AND receivable.account_type = 'asset_receivable'
                   AND move.company_id = %(company)s
                   AND move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_receipt')
                   AND paying.move_type = 'entry'
                   AND NOT EXISTS (SELECT FROM customer_credit_event event
                                    WHERE event.move_id = move.id
                                      AND event.is_automatic)
              GROUP BY account.id, move.id
              ORDER BY move.id
                """,
                start=start,
                end=end,
                days=company.credit_late_event_days,
                company=company.id,
            )
        )
        self.with_context(tracking_disable=True)._record(
            [
                {
                    "date": row["date"],
                    "account_id": row["account_id"],
                    "kind_id": kind.id,
                    "amount": row["amount"],
                    "currency_id": company.currency_id.id,
                    "description": self.env._(
                        "%(invoice)s was paid %(days)s days late.",
                        invoice=row["number"],
                        days=row["days"],
                    ),
                    "move_id": row["move_id"],
                }
                for row in rows
            ]
        )
