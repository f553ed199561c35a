from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount


class CustomerCreditAccount(models.Model):
    """A customer who is supplied less or not at all (F27). While no addon stops
    deliveries, a restriction stops the confirmation of orders."""

    _inherit = "customer.credit.account"

    restriction = fields.Selection(
        [
            ("none", "Not Restricted"),
            ("all", "No Supply"),
            ("amount", "Up to an Amount"),
        ],
        string="Supply",
        default="none",
        readonly=True,
        copy=False,
        tracking=True,
    )
    restriction_amount = fields.Monetary(
        string="Supply up to", readonly=True, copy=False, tracking=True
    )
    restriction_days = fields.Integer(
        string="Within (Days)", readonly=True, copy=False, tracking=True
    )
    restriction_reason = fields.Text(
        string="Why Supply Is Restricted", readonly=True, copy=False
    )

    _restriction_period = models.Constraint(
        "CHECK(restriction IS DISTINCT FROM 'amount' OR "
        "(restriction_amount >= 0 AND restriction_days > 0))",
        "Restrict to an amount of 0 or more within at least one day.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "restriction",
            "restriction_amount",
            "restriction_days",
            "restriction_reason",
        }

    # ------------------------------------------------------------ verdict

    @api.model
    @tools.ormcache("company.id")
    def _has_restrictions(self, company):
        """Return whether ``company`` restricts anybody: where it does not, the wall
        asks the database nothing."""
        restricted = Domain("restriction", "in", ("all", "amount"))
        # sudo: the answer is kept for everybody
        accounts_sudo = self.sudo()
        return bool(
            accounts_sudo.search_count(
                restricted & Domain("company_id", "=", company.id), limit=1
            )
        )

    @api.model
    def _get_supply(self, company, partner_ids):
        """Return what customers whose supply is restricted may still order, in one
        query.

        Of an amount within a period counts what was confirmed in the period, whether
        they ordered it or are invoiced. A bridge that stops deliveries instead returns
        nothing here and asks ``super()`` when goods leave.

        :param partner_ids: ids of commercial entities
        :return: {partner id: amount in the currency of ``company``, None for nothing at
            all}, without those who are not restricted
        """
        if not partner_ids or not self._has_restrictions(company):
            return {}
        self._flush_sources()
        self.flush_model(["restriction", "restriction_amount", "restriction_days"])
        self.env["sale.order"].flush_model(["credit_accepted_at", "date_order"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.partner_id, account.restriction,
                       account.restriction_amount::float,
                       COALESCE(recent.amount, 0)::float
                  FROM customer_credit_account account
     LEFT JOIN LATERAL (
                       SELECT SUM(sale_order.amount_total * customer_credit_rate(
                                  %(company)s, sale_order.currency_id, %(today)s)
                              ) AS amount
                         FROM sale_order
                        WHERE sale_order.company_id = %(company)s
                          AND sale_order.state = 'sale'
                          -- a date can be set back, the acceptance cannot
                          AND GREATEST(sale_order.date_order, sale_order.create_date,
                                       sale_order.credit_accepted_at)
                              >= %(now)s - account.restriction_days * interval '1 day'
                          AND (sale_order.partner_id = ANY (ARRAY(
                                   SELECT id FROM res_partner
                                    WHERE commercial_partner_id = account.partner_id))
                               OR sale_order.partner_invoice_id = ANY (ARRAY(
                                   SELECT id FROM res_partner
                                    WHERE commercial_partner_id = account.partner_id)))
                       ) recent ON account.restriction = 'amount'
                 WHERE account.company_id = %(company)s
                   AND account.partner_id = ANY (%(partners)s)
                   AND account.restriction IN ('all', 'amount')
                """,
                company=company.id,
                today=fields.Date.context_today(self),
                now=fields.Datetime.now(),
                partners=list(partner_ids),
            )
        )
        return {
            partner_id: None if restriction == "all" else allowed - confirmed
            for partner_id, restriction, allowed, confirmed in rows
        }

    @api.model
    def _get_reason_texts(self, company, row, codes):
        texts = super()._get_reason_texts(company, row, codes)
        if "restricted" in codes:
            texts.append(self.env._("Supply to this customer is restricted."))
        if "forced" in codes:
            texts.append(self.env._("It was put on hold by hand."))
        return texts

    # ------------------------------------------------------------ setting and lifting

    def action_restrict(self, restriction, reason, amount=0.0, days=0):
        """Restrict the supply of these customers, or lift it with ``none``. Finance,
        the marketing director and the manager of the unit may.

        :param restriction: ``none``, ``all`` or ``amount``
        :param amount: in the currency of the company
        :param days: the period in which ``amount`` may be confirmed
        :raise UserError: no reason, or an amount without period
        """
        self._check_may_restrict()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why."))
        limited = restriction == "amount"
        if limited and not (amount >= 0 and days > 0):
            raise UserError(
                self.env._(
                    "Restrict to an amount of 0 or more within at least one day."
                )
            )
        self.env.registry.clear_cache()
        # sudo: who may restrict was checked; terms are written by the system
        for account_sudo in self.sudo():
            account_sudo._system_write(
                {
                    "restriction": restriction,
                    "restriction_amount": amount if limited else 0.0,
                    "restriction_days": days if limited else 0,
                    "restriction_reason": reason if restriction != "none" else False,
                }
            )
            account_sudo.message_post(body=account_sudo._describe_restriction(reason))
        return True

    def _take_over_holds(self, other):
        result = super()._take_over_holds(other)
        order = ("all", "amount")
        restricted = (self | other).filtered(lambda a: a.restriction in order)
        strictest = restricted.sorted(
            lambda a: (order.index(a.restriction), a.restriction_amount)
        )[:1]
        if strictest == other:
            self.env.registry.clear_cache()
            names = ("", "_amount", "_days", "_reason")
            self._system_write(
                {f"restriction{name}": other[f"restriction{name}"] for name in names}
            )
        return result

    def _describe_restriction(self, reason):
        if self.restriction == "all":
            return self.env._("No supply any more: %(reason)s", reason=reason)
        if self.restriction == "amount":
            return self.env._(
                "Supply up to %(amount)s within %(days)s days: %(reason)s",
                amount=format_amount(
                    self.env, self.restriction_amount, self.currency_id
                ),
                days=self.restriction_days,
                reason=reason,
            )
        return self.env._(
            "Supply is not restricted any more: %(reason)s", reason=reason
        )

    def _check_may_restrict(self):
        self.check_access("read")
        user = self.env.user
        if user._has_archive_role("FIN", "MDO"):
            return
        if user._has_archive_role("BUM"):
            # sudo: the dossiers only name the units
            led_sudo = (
                self.env["customer.dossier"]
                .sudo()
                .search(
                    [
                        ("partner_id", "in", self.partner_id.ids),
                        ("team_id.user_id", "=", user.id),
                    ]
                )
            )
            if self.partner_id <= led_sudo.partner_id.with_env(self.env):
                return
        raise AccessError(
            self.env._(
                "Only finance, the marketing director and the manager of the business "
                "unit restrict supply and take that back."
            )
        )
