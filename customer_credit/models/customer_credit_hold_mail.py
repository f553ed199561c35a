from odoo import api, models
from odoo.tools import format_amount


class CustomerCreditHold(models.Model):
    """Who is told of a hold, and when (F22, F23): the deciders when it is their turn,
    the salesperson of each step, the customer only by choice.

    Employees get a message in their language, in the way that they want to be notified
    and beside their to-do; only those who may read the hold get it.
    """

    _inherit = "customer.credit.hold"

    # ------------------------------------------------------------ steps

    @api.model
    def _create_for(self, order, proposal, amount, ask=True):
        hold = super()._create_for(order, proposal, amount, ask)
        if not ask:
            # put on hold by hand: nobody is asked yet
            hold._tell("waiting", hold.user_id)
        return hold

    def _ask_deciders(self):
        result = super()._ask_deciders()
        if self.approval_state == "pending":
            # a customer at the portal or a colleague has asked
            self._tell("waiting", self.user_id - self.create_uid)
        return result

    def _approval_on_asked(self, approval, asked):
        # EXTENDS 'customer_archive'
        silent = self._without_core_mail()
        result = super(CustomerCreditHold, silent)._approval_on_asked(approval, asked)
        for user, step in asked:
            self._tell("decide", user, step=step, figures=self._get_figures_of(user))
        if "approved" in approval.decision_ids.mapped("decision"):
            self._tell("waiting", self._get_interested(approval))
        return result

    def _approval_tell_author(self, approval):
        # EXTENDS 'customer_archive'
        told = self._without_core_mail()
        return super(CustomerCreditHold, told)._approval_tell_author(approval)

    def _message_track_post_template(self, changes):
        # EXTENDS 'mail': runs when all of a decision is written
        result = super()._message_track_post_template(changes)
        changed = {"state", "decision"}.intersection(changes or ())
        event = self._get_told_event() if changed else None
        if event:
            self._tell(event, self._get_interested(self.approval_id))
        return result

    def _get_told_event(self):
        """Return the template suffix of what the salesperson is told of the decision,
        or None."""
        if self.state == "waiting":
            return "raise" if self.decision == "raise" else None
        if self.state == "released" and self.decision == "prepay":
            return "prepay"
        return self.state

    def _evaluate(self):
        waiting = self.filtered(lambda hold: not hold.can_release)
        passing = super(CustomerCreditHold, self._without_core_mail())._evaluate()
        (waiting & passing)._tell_confirmable()
        return passing

    def _tell_confirmable(self):
        """Tell the salespersons that their orders fit into the limit now."""
        for hold in self.sudo():  # sudo: nobody but the job finds this out
            hold._tell("confirmable", hold._get_interested(hold.approval_id))

    def _get_interested(self, approval):
        return self.user_id | approval.requester_id

    # ------------------------------------------------------------ telling

    def _without_core_mail(self):
        """Core announces a to-do by a mail of its own: one is enough."""
        if not all(self.company_id.mapped("credit_mail_steps")):
            return self
        return self.with_context(mail_activity_quick_update=True)

    def _tell(self, event, users, **values):
        """Send the message about ``event`` to those of ``users`` who may read this
        hold and did not cause it.

        :param event: ``mail_template_hold_<event>`` is rendered
        :param values: for the template, in ``ctx``
        """
        self.ensure_one()
        if not self.company_id.credit_mail_steps:
            return
        template = self.env.ref(
            f"customer_credit.mail_template_hold_{event}", raise_if_not_found=False
        )
        if not template:
            return
        # sudo: the template and the address of who is told, whoever acts
        for user_sudo in self._readers_among(users - self.env.user).sudo():
            if not user_sudo.email and user_sudo.notification_type == "email":
                continue
            lang_template = template.sudo().with_context(lang=user_sudo.lang, **values)
            subject, body = (
                lang_template._render_field(
                    name, self.ids, options={"post_process": True}
                )[self.id]
                for name in ("subject", "body_html")
            )
            self.with_context(lang=user_sudo.lang).message_notify(
                partner_ids=user_sudo.partner_id.ids, subject=subject, body=body
            )

    def _get_figures_of(self, user):
        """Return the figures of this hold in the language of ``user``, False if he
        may not read the credit account."""
        account = self.account_id.with_user(user).with_context(
            allowed_company_ids=user._get_company_ids()
        )
        if not account or not account.has_access("read"):
            return False
        money = {
            name: format_amount(
                self.with_context(lang=user.lang).env, amount, self.company_currency_id
            )
            for name, amount in {
                "limit": self.limit_amount,
                "used": self.exposure,
                "available": self.limit_amount - self.exposure,
                "amount": self.credit_amount,
                "excess": self.excess,
            }.items()
        }
        return self.with_context(lang=user.lang).env._(
            "Limit %(limit)s · used %(used)s · available %(available)s · this "
            "order %(amount)s · over by %(excess)s.",
            **money,
        )

    # ------------------------------------------------------------ customer

    def action_tell_customer(self):
        """Open a mail to the customer whose order is on hold; see ``sale.order``."""
        self.ensure_one()
        return self.order_id.sudo(False).action_credit_tell_customer()
