from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_amount, formatLang

from odoo.addons.customer_archive.models.customer_form import (
    FormFact,
)

HOLD_MONTHS = 12


class CustomerFormCredit(models.AbstractModel):
    """The printed credit sheet 信用额度表 of an account (F26)."""

    _name = "customer.form.credit"
    _description = "Printed Credit Sheet"
    _inherit = ["customer.form"]

    @api.model
    def _get_dossier_number(self, account):
        # sudo: who reads the account knows the customer; the number opens nothing
        return account.sudo()._get_dossier().number

    @api.model
    def _get_mark(self, account):
        """Return the secrecy level that stands on the sheet: that of the dossier, else
        the one that dossiers start with."""
        # sudo: the name of the level stands on the copy
        levels_sudo = self.env["customer.secrecy.level"].sudo()
        level_sudo = account.sudo()._get_dossier().secrecy_level_id
        return (level_sudo or levels_sudo._get_default()).name

    @api.model
    def _get_blocks(self, account):
        """Return the blocks of the sheet of one ``account``, brought up to date."""
        account.check_access("read")
        # sudo: the figures are the system's, whoever prints them
        account.sudo()._refresh_all()
        items = account._get_sheet_items()
        blocks = [
            self._get_head(account),
            self._get_terms(account),
            self._get_figures(account, items),
            self._get_items(items),
            self._get_holds(account),
        ]
        return [block for block in blocks if block.lines]

    @api.model
    def _get_head(self, account):
        partner = account.partner_id
        return self._get_facts(
            "customer",
            "",
            [
                self._get_fact(partner, "name", self.env._("Customer"), wide=True),
                FormFact(
                    self.env._("Responsible Rep"),
                    ", ".join(account.user_ids.mapped("name")) or None,
                ),
                self._get_fact(account, "exposure_date"),
            ],
        )

    @api.model
    def _get_terms(self, account):
        facts = [
            self._get_fact(account, "rating_id"),
            self._get_fact(account, "control"),
            self._get_fact(account, "status", self.env._("Status")),
        ]
        if account.control != "none":
            facts += [
                self._get_money_fact(account, "limit_amount"),
                self._get_fact(account, "term_days"),
                self._get_fact(account, "valid_until"),
                FormFact(
                    self._get_label(account, "warning_percent"),
                    self._get_percent(
                        account.warning_percent
                        or account.company_id.credit_warning_percent
                    ),
                ),
                *self._get_changes(account),
            ]
        return self._get_facts("terms", self.env._("Terms"), facts)

    @api.model
    def _get_changes(self, account):
        """Return the facts of what holds instead of the limit or beside it."""
        facts = []
        if account.group_id:
            facts.append(self._get_fact(account, "group_id"))
        if account.exception_until:
            facts += [
                self._get_money_fact(account, "exception_amount"),
                self._get_fact(account, "exception_until"),
            ]
        if account.frozen:
            facts += [
                self._get_fact(account, "frozen"),
                self._get_money_fact(account, "reduced_amount"),
            ]
        if account.counted_security:
            facts += [
                self._get_money_fact(account, "counted_security"),
                self._get_fact(account, "counted_security_until"),
            ]
        return facts

    @api.model
    def _get_figures(self, account, items):
        sources = dict(items._fields["source"]._description_selection(self.env))
        controlled = account.control != "none"
        facts = [
            self._get_money_fact(account, "limit_today") if controlled else None,
            self._get_money_fact(account, "exposure"),
            *(
                FormFact(
                    label,
                    format_amount(
                        self.env,
                        sum(item.amount for item in items if item.source == source),
                        account.currency_id,
                    ),
                )
                for source, label in sources.items()
            ),
            self._get_money_fact(account, "available") if controlled else None,
            FormFact(
                self._get_label(account, "usage"), self._get_percent(account.usage)
            )
            if controlled
            else None,
            self._get_money_fact(account, "overdue_amount"),
            self._get_fact(account, "oldest_due"),
        ]
        return self._get_facts("figures", self.env._("Figures"), facts)

    @api.model
    def _get_items(self, items):
        return self._get_table(
            "items",
            self.env._("Open Items"),
            items,
            ["source", "name", "date", "date_due", "amount"],
            empty=1,
        )

    @api.model
    def _get_holds(self, account):
        since = fields.Datetime.now() - relativedelta(months=HOLD_MONTHS)
        holds = self.env["customer.credit.hold"].search(
            [("account_id", "=", account.id), ("create_date", ">=", since)]
        )
        return self._get_table(
            "holds",
            self.env._("Orders on Hold in the Last 12 Months"),
            holds,
            [
                "create_date",
                "order_id",
                "order_amount",
                "excess",
                "reason_ids",
                "state",
                "decided_by_id",
            ],
            {
                "create_date": self.env._("Requested"),
                "state": self.env._("Decision"),
                "decided_by_id": self.env._("By"),
            },
            empty=1,
        )

    # ------------------------------------------------------------ values

    @api.model
    def _get_percent(self, value):
        return f"{formatLang(self.env, value, digits=1)} %"

    @api.model
    def _get_money_fact(self, account, name):
        """Return the fact of an amount, which is printed also when it is 0."""
        field = account._fields[name]
        currency = account[field.get_currency_field(account)]
        return FormFact(
            self._get_label(account, name),
            format_amount(self.env, account[name], currency),
        )
