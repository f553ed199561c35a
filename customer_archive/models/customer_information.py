from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html


class CustomerInformation(models.Model):
    """What employees report about customers: the keeper's inbox (A56, A57).

    The author sees his own entries and what became of them. Nothing here says
    whether the customer has a dossier or who keeps it: the readers follow from
    the customer when they ask, and to-dos hang on no document.
    """

    _name = "customer.information"
    _description = "Customer Information"
    _inherit = ["customer.guarded.mixin", "customer.secrecy.mixin"]
    _order = "reported_on desc, id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("submission", "Submission"),
            ("major", "Major Information"),
            ("duplicate", "Duplicate Claim"),
            ("access", "Access Request"),
        ],
        required=True,
        default="submission",
        index=True,
    )
    subject_kind = fields.Selection(
        [("market", "Market"), ("product", "Product"), ("customer", "Customer")],
        string="About",
        default="customer",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    text = fields.Text(string="Information", required=True)
    channel = fields.Selection(
        [
            ("oral", "Oral"),
            ("phone", "Phone"),
            ("written", "Written"),
            ("email", "E-mail"),
        ],
        default="oral",
        help="How the information was learned.",
    )
    learned_on = fields.Datetime(required=True, default=fields.Datetime.now)
    reported_on = fields.Datetime(readonly=True, copy=False, index=True)
    delay_hours = fields.Float(
        string="Delay (Hours)",
        compute="_compute_delay_hours",
        store=True,
        aggregator="avg",
        help="From when it was learned to when it was reported.",
    )
    user_id = fields.Many2one(
        "res.users", string="Author", readonly=True, copy=False, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    state = fields.Selection(
        [("new", "New"), ("handled", "Handled"), ("dismissed", "Dismissed")],
        required=True,
        default="new",
        readonly=True,
        copy=False,
        index=True,
    )
    handled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    handled_on = fields.Datetime(readonly=True, copy=False)
    result = fields.Text(readonly=True, copy=False)
    turnaround_hours = fields.Float(
        string="Turnaround (Hours)",
        compute="_compute_turnaround_hours",
        store=True,
        aggregator="avg",
        help="From the report to its handling.",
    )
    can_handle = fields.Boolean(compute="_compute_can_handle")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "user_id",
            "reported_on",
            "state",
            "handled_by_id",
            "handled_on",
            "result",
        }

    def _prepare_system_values(self, vals):
        return {"user_id": self.env.uid, "reported_on": fields.Datetime.now()}

    @api.model
    def _may_read_domain(self):
        return Domain("user_id", "=", self.env.uid) | self._inbox_domain()

    @api.model
    def _inbox_domain(self):
        """Return the Domain of the entries that the present user handles.

        They are those of customers whose dossier he keeps or whose unit he leads;
        for the role Keeper, of those whose dossier he may read and of customers
        without one; for the directors all.
        """
        user = self.env.user
        if user.has_groups("customer_archive.group_mdo,customer_archive.group_gmo"):
            return Domain.TRUE
        # sudo: the rule itself asks this, see the secrecy mixin
        dossiers_sudo = self.env["customer.dossier"].sudo()
        if not user.has_group("customer_archive.group_keeper"):
            own = Domain("keeper_id", "=", user.id)
            if not user.has_group("customer_archive.group_bum"):
                return self._of_dossiers(dossiers_sudo._search(own))
            own |= Domain("team_id.user_id", "=", user.id)
            return self._of_dossiers(dossiers_sudo._search(own)) | (
                self._without_dossier()
                & Domain("user_id.sale_team_id.user_id", "=", user.id)
            )
        readable = dossiers_sudo._may_read_domain()
        if readable.is_true():
            return Domain.TRUE
        return self._of_dossiers(dossiers_sudo._search(readable)) | (
            self._without_dossier()
        )

    @api.model
    def _of_dossiers(self, query):
        return Domain("commercial_partner_id", "in", query.subselect("partner_id"))

    @api.model
    def _without_dossier(self):
        # sudo: see _inbox_domain
        filed = self.env["customer.dossier"].sudo()._search(Domain.TRUE)
        return Domain("commercial_partner_id", "=", False) | Domain(
            "commercial_partner_id", "not in", filed.subselect("partner_id")
        )

    @api.depends("user_id", "commercial_partner_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("state", "commercial_partner_id")
    @api.depends_context("uid")
    def _compute_can_handle(self):
        self._compute_by_domain(
            "can_handle", self._inbox_domain() & Domain("state", "=", "new")
        )
        (self - self._origin).can_handle = False

    # ------------------------------------------------------------ computed, checked

    @api.depends("kind")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        # EXTENDS the secrecy mixin, which leaves hidden entries without a name
        result = super()._compute_display_name()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = entry.display_name and labels.get(entry.kind)
        return result

    @api.depends("learned_on", "reported_on")
    def _compute_delay_hours(self):
        for entry in self:
            entry.delay_hours = (
                entry.reported_on
                and (entry.reported_on - entry.learned_on).total_seconds() / 3600
            )

    @api.depends("reported_on", "handled_on")
    def _compute_turnaround_hours(self):
        for entry in self:
            entry.turnaround_hours = (
                entry.handled_on
                and (entry.handled_on - entry.reported_on).total_seconds() / 3600
            )

    @api.constrains("learned_on")
    def _check_learned_on(self):
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        if any(entry.learned_on > now for entry in self):
            raise ValidationError(
                self.env._("Information cannot have been learned in the future.")
            )

    @api.constrains("kind", "subject_kind")
    def _check_subject_kind(self):
        if any(entry.kind == "major" and not entry.subject_kind for entry in self):
            raise ValidationError(
                self.env._(
                    "Say whether it concerns the market, a product or a customer."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        # a name that the author may not read is not shown to him this way
        entries.partner_id.check_access("read")
        entries.filtered(lambda entry: entry.kind == "major")._notify_at_once()
        return entries

    def write(self, vals):
        reported = {"kind", "partner_id", "learned_on", "channel", "company_id"}
        if not self._is_system() and reported & vals.keys():
            raise UserError(
                self.env._("What was reported stays. Submit another information.")
            )
        return super().write(vals)

    @api.model
    def _customer_data_domain(self, dossiers):
        return Domain("commercial_partner_id", "in", dossiers.partner_id.ids)

    def _destroy(self):
        # the authors were told the results in messages that hang on no document
        results = {result.strip() for result in self.mapped("result") if result}
        told = self.env["mail.message"].search(
            Domain("model", "=", False)
            & Domain("partner_ids", "in", self.user_id.partner_id.ids)
        )
        told.filtered(
            lambda message: html2plaintext(message.body).strip() in results
        ).unlink()
        return super()._destroy()

    # ------------------------------------------------------------ telling

    def _get_recipients(self):
        """Return the users who are told at once: the head of the department and the
        keeper, as far as they may read the entry."""
        self.ensure_one()
        # sudo: the author may not learn who keeps the customer's dossier
        entry_sudo = self.sudo()
        dossier_sudo = entry_sudo.env["customer.dossier"].search(
            [("partner_id", "=", entry_sudo.commercial_partner_id.id)], limit=1
        )
        team = dossier_sudo.team_id or entry_sudo.user_id.sale_team_id
        company = entry_sudo.company_id
        keepers = (
            dossier_sudo._get_keepers() if dossier_sudo else company._get_keepers()
        )
        return (team.user_id | keepers).filtered(
            lambda user: user.active and self.with_user(user).has_access("read")
        )

    def _notify_at_once(self):
        for entry in self:
            for user in entry._get_recipients():
                # superuser, and no document: neither the to-do nor the message tells
                # the author who was told
                system = entry.with_user(SUPERUSER_ID).with_context(lang=user.lang)
                system._notify_recipient(user)

    def _notify_recipient(self, user):
        labels = dict(self._fields["subject_kind"]._description_selection(self.env))
        subject = self.env._(
            "Major information: %(subject)s", subject=labels[self.subject_kind]
        )
        lines = self.env._(
            "%(author)s reports on %(customer)s: %(text)s",
            author=self.user_id.name,
            customer=self.partner_id.display_name or labels[self.subject_kind],
            text=self.text,
        )
        self.env["mail.activity"].create(
            {
                "activity_type_id": self.env.ref(
                    "customer_archive.mail_activity_type_information"
                ).id,
                "summary": subject,
                "note": plaintext2html(lines),
                "user_id": user.id,
                "date_deadline": fields.Date.context_today(self),
            }
        )
        # no message with a notification: every employee may read who was notified
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": plaintext2html(lines),
                "author_id": self.env.ref("base.partner_root").id,
                "recipient_ids": [Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )
        user._bus_send(
            "simple_notification",
            {"type": "warning", "sticky": True, "title": subject, "message": lines},
        )

    # ------------------------------------------------------------ handling

    def action_handle(self, result):
        """Settle entries; the author is told the result."""
        return self._settle("handled", result)

    def action_dismiss(self, reason):
        """Settle entries that lead to nothing; the author is told why."""
        return self._settle("dismissed", reason)

    def _settle(self, state, result):
        self.check_access("read")
        if any(entry.state != "new" for entry in self):
            raise UserError(self.env._("This information has been handled already."))
        if any(not entry.can_handle for entry in self):
            raise AccessError(
                self.env._(
                    "This information is handled by the keeper or the directors."
                )
            )
        if not (result or "").strip():
            raise UserError(self.env._("Say what became of the information."))
        # sudo: who may was checked; the fields are guarded
        entries_sudo = self.sudo()
        entries_sudo._system_write(
            {
                "state": state,
                "result": result,
                "handled_by_id": self.env.uid,
                "handled_on": fields.Datetime.now(),
            }
        )
        for entry_sudo in entries_sudo:
            author = entry_sudo.user_id
            env = entry_sudo.with_context(lang=author.lang).env
            env["mail.thread"].message_notify(
                partner_ids=author.partner_id.ids,
                subject=env._("Your information was handled"),
                body=result,
            )
        return True
