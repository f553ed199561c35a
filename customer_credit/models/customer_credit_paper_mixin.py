from odoo import api, models
from odoo.exceptions import UserError


class CustomerCreditPaperMixin(models.AbstractModel):
    """What is registered for a credit account and then only changes by steps: bills,
    guarantees and events (F13, F46, F59).

    It stands in ``mail.thread``'s place. A record stays with its account; until the
    model's ``_is_correctable`` says no, who may write it corrects it.
    """

    _name = "customer.credit.paper.mixin"
    _description = "Register of a Credit Account"
    _inherit = [
        "customer.credit.content.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _mail_post_access = "read"

    def _is_correctable(self, names):
        """Return whether the present user, who may write this record, may change
        these fields of it now."""
        raise NotImplementedError

    def write(self, vals):
        is_mail = all(name.startswith(("activity_", "message_")) for name in vals)
        if not (is_mail or self.env.su or self._is_system()):
            # before the state is told to who may not read it
            self.check_access("write")
            for record in self:
                if not record._is_correctable(set(vals)) or "account_id" in vals:
                    raise UserError(
                        self.env._(
                            "%(name)s (%(customer)s) stays as it was registered. Use "
                            "the buttons of the form.",
                            name=record.display_name,
                            customer=record.partner_id.display_name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_correctable(self):
        if self.env.su or self._is_system():
            return
        for record in self:
            if not record._is_correctable({"account_id"}):
                raise UserError(
                    self.env._(
                        "%(name)s (%(customer)s) stays in the register.",
                        name=record.display_name,
                        customer=record.partner_id.display_name,
                    )
                )

    def _is_author(self):
        """Return whether the present user registered this record or is of finance."""
        return self.create_uid == self.env.user or self.env.user._has_archive_role(
            "FIN"
        )

    def _check_role(self, *codes):
        """Refuse who may not read these records or has none of these roles."""
        self.check_access("read")
        self.env.user._check_archive_role(*codes)

    def _check_state(self, *states):
        """Refuse a step that starts from other states than these."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for record in self:
            if record.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s; this step needs %(needed)s.",
                        name=record.display_name,
                        state=labels[record.state],
                        needed=", ".join(labels[state] for state in states),
                    )
                )

    def _advance(self, vals):
        # sudo: who acts and from which state was checked; the fields are guarded
        self.sudo()._system_write(vals)

    def _settle_todos(self):
        """What finance and the reps were reminded of has been dealt with."""
        # sudo: the to-dos were given by the system
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    @api.model
    def _get_finance(self, company):
        """Return the employees of Finance and Audit who work in ``company``."""
        # sudo: only users leave this method
        users_sudo = self.env.ref("customer_archive.group_fin").sudo().all_user_ids
        return users_sudo.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        ).sudo(self.env.su)

    def _ask_finance_and_reps(self, date_field, get_summary):
        """Give finance and the responsible reps a to-do for each of these records of
        one company.

        :param date_field: name of the field with the day
        :param get_summary: function of an environment in the reader's language
        """
        finance = self._get_finance(self.company_id)
        summary_by_lang = {}
        todos = []
        for record in self:
            # sudo: who is responsible for the customer
            reps = record.sudo().account_id.user_ids.filtered(
                lambda user: user.active and user._has_archive_role("REP", "BUM")
            )
            for user in finance | reps:
                if user.lang not in summary_by_lang:
                    in_language = self.with_context(lang=user.lang)
                    summary_by_lang[user.lang] = get_summary(in_language.env)
                todos.append(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(self._name),
                        "res_id": record.id,
                        "activity_type_id": self.env.ref(
                            "mail.mail_activity_data_todo"
                        ).id,
                        "user_id": user.id,
                        "date_deadline": record[date_field],
                        "summary": summary_by_lang[user.lang],
                        "automated": True,
                    }
                )
        # sudo: the system gives to-dos; quick update: it mails nobody for each
        activities_sudo = self.env["mail.activity"].sudo()
        activities_sudo.with_context(mail_activity_quick_update=True).create(todos)
