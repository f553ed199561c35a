from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, format_amount

ALERT_TYPE = "customer_credit.mail_activity_type_credit_alert"


class CustomerCreditAccount(models.Model):
    """Told in time: the responsible reps learn when a customer's credit gets worse
    (F26)."""

    _inherit = "customer.credit.account"

    alerted_usage = fields.Float(
        string="Limit Use Told (%)",
        readonly=True,
        copy=False,
        help="What the responsible reps were told last, or the lowest since.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"alerted_usage"}

    @api.model
    def _on_status_changes(self, changes):
        """Log changes of the status and tell the responsible reps of those that got
        worse; one that got better is told to nobody.

        :param changes: {account id: (old status, new status)}
        """
        result = super()._on_status_changes(changes)
        grades = list(self._fields["status"].get_values(self.env))
        # sudo: whoever causes a change need not read the account; only who may is told
        accounts_sudo = self.sudo().browse(changes)
        labels = dict(self._fields["status"]._description_selection(self.env))
        accounts_sudo._message_log_batch(
            {
                account.id: self.env._(
                    "Credit status: %(old)s → %(new)s",
                    old=labels.get(changes[account.id][0], "–"),
                    new=labels[changes[account.id][1]],
                )
                for account in accounts_sudo
            }
        )
        # what was told before does not hold any more
        accounts_sudo.activity_unlink([ALERT_TYPE])
        worse = accounts_sudo.filtered(
            lambda account: (
                grades.index(changes[account.id][1])
                > grades.index(changes[account.id][0] or "normal")
            )
        )
        worse._tell_responsible(lambda account: account._get_status_alert(), ALERT_TYPE)
        accounts_sudo._remember_told()
        return result

    def _get_status_alert(self):
        if self.status == "hold":
            return self.env._("Credit on hold")
        return self.env._("Near the credit limit")

    def _alert(self, record):
        """Give the responsible reps of the accounts a to-do.

        :param record: its name says what happened, without figures: it is the subject
            of an e-mail
        """
        self._tell_responsible(
            lambda account: record.with_env(account.env).display_name,
            "mail.mail_activity_data_todo",
        )

    def _tell_responsible(self, get_summary, activity_type):
        """Give each responsible rep who may read the account a to-do on it, in his
        language; the figures stand in its note.

        :param get_summary: gets the account in the reader's language, returns a text
        """
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(activity_type)
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        # sudo: see _on_status_changes
        for user, accounts_sudo in self.sudo()._group_by_responsible().items():
            vals_list += [
                {
                    "activity_type_id": type_id,
                    "res_model_id": model_id,
                    "res_id": account_sudo.id,
                    "user_id": user.id,
                    # so that activity_unlink finds it
                    "automated": True,
                    "date_deadline": fields.Date.context_today(self),
                    "summary": get_summary(account_sudo),
                    "note": account_sudo._get_alert_note(),
                }
                for account_sudo in accounts_sudo.with_context(lang=user.lang)
            ]
        # the system's: the name of the customer is empty for who may not read it
        self.env["mail.activity"].with_user(SUPERUSER_ID).create(vals_list)

    def _group_by_responsible(self):
        """Return {user: the accounts of ``self`` that he answers for and may read}."""
        accounts_by_user = {}
        for account in self:
            for user in account.user_ids.filtered("active"):
                accounts_by_user.setdefault(user, self.browse())
                accounts_by_user[user] |= account
        return {
            user: readable
            for user, accounts in accounts_by_user.items()
            if (readable := accounts._filter_readable(user))
        }

    def _get_alert_note(self):
        """Return the figures of an alert as HTML."""
        money = {
            name: format_amount(self.env, value, self.currency_id)
            for name, value in {
                "limit": self.limit_today,
                "used": self.exposure,
                "available": self.available,
                "overdue": self.overdue_amount,
            }.items()
        }
        lines = [
            self.env._(
                "Limit %(limit)s · used %(used)s · available %(available)s.",
                limit=money["limit"],
                used=money["used"],
                available=money["available"],
            )
        ]
        if self.overdue_amount:
            lines.append(
                self.env._(
                    "Overdue %(overdue)s, the oldest for %(days)s days.",
                    overdue=money["overdue"],
                    days=self.overdue_days,
                )
            )
        return Markup("<br/>").join(lines)

    def _remember_told(self):
        """Measure the next rise from today's use."""
        self.env.cr.execute(
            SQL(
                "UPDATE customer_credit_account SET alerted_usage = usage "
                "WHERE id = ANY (%s)",
                self.ids,
            )
        )
        self.invalidate_recordset(["alerted_usage"], flush=False)

    @api.model
    def _cron_alert(self):
        """Tell the responsible reps whose customers use more of their limit than when
        they were told last, by the company's step or more; a fall is remembered."""
        self.flush_model(["usage", "alerted_usage", "control"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE customer_credit_account account
                   SET alerted_usage = account.usage
                  FROM customer_credit_account told, res_company company
                 WHERE told.id = account.id
                   AND company.id = account.company_id
                   AND company.credit_alert_percent > 0
                   AND account.control = 'limited'
                   AND (told.alerted_usage IS NULL
                        OR account.usage < told.alerted_usage
                        OR account.usage
                           >= told.alerted_usage + company.credit_alert_percent)
             RETURNING account.id, account.usage > told.alerted_usage
                """
            )
        )
        self.invalidate_model(["alerted_usage"], flush=False)
        # NULL: nothing was told yet, so nothing has changed
        risen = self.browse(account_id for account_id, rose in rows if rose)
        risen.activity_unlink([ALERT_TYPE])
        risen._tell_responsible(
            lambda account: account.env._("More of the credit limit is used"),
            ALERT_TYPE,
        )
