from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date


class CustomerVerificationCampaign(models.Model):
    """The yearly check of all formal dossiers (A53)."""

    _name = "customer.verification.campaign"
    _description = "Verification Campaign"
    _inherit = ["customer.guarded.mixin", "mail.thread"]
    _order = "year desc, id desc"

    name = fields.Char(required=True)
    year = fields.Integer(
        required=True, default=lambda self: fields.Date.context_today(self).year
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date_start = fields.Date(string="Start", readonly=True, copy=False)
    deadline = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), months=3),
    )
    recent_days = fields.Integer(
        string="Verified Recently (Days)",
        default=30,
        help="Customers verified within this many days before the start count as "
        "verified.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("open", "Running"), ("closed", "Closed")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    verification_ids = fields.One2many(
        "customer.verification", "campaign_id", readonly=True
    )
    total_count = fields.Integer(string="Customers", compute="_compute_progress")
    todo_count = fields.Integer(string="To Verify", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress", help="In percent.")

    _recent_days_positive = models.Constraint(
        "CHECK(recent_days >= 0)", "A number of days is not negative."
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {"state", "date_start"}

    @api.depends("verification_ids.state")
    def _compute_progress(self):
        # sudo: mere numbers, over all dossiers of the campaign
        counts = {
            (campaign.id, state): count
            for campaign, state, count in self.env["customer.verification"]
            .sudo()
            ._read_group(
                [("campaign_id", "in", self.ids)],
                ["campaign_id", "state"],
                ["__count"],
            )
        }
        for campaign in self:
            todo, done, exempt = (
                counts.get((campaign._origin.id, state), 0)
                for state in ("todo", "done", "exempt")
            )
            total = todo + done + exempt
            campaign.total_count = total
            campaign.todo_count = todo
            campaign.progress = 100 * (total - todo) / total if total else 0

    def write(self, vals):
        fixed = {"year", "company_id", "recent_days"}
        if fixed & vals.keys() and any(c.state != "draft" for c in self):
            raise UserError(
                self.env._(
                    "What a campaign comprises cannot be changed once it is open."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open(self):
        if any(campaign.state != "draft" for campaign in self):
            raise UserError(
                self.env._("Only a campaign that is a draft can be deleted.")
            )

    def _check_manager(self):
        if not self.env.su and not self.env.user.has_groups(
            "customer_archive.group_keeper,customer_archive.group_mdo"
        ):
            raise AccessError(
                self.env._("Only the keeper or the Marketing Director runs campaigns.")
            )
        self.check_access("write")

    def action_open(self):
        """Open one verification for each formal dossier of the company."""
        self._check_manager()
        for campaign in self:
            if campaign.state != "draft":
                raise UserError(
                    self.env._("%(name)s is open already.", name=campaign.name)
                )
            # sudo: the campaign comprises also what its author may not read
            campaign.sudo()._open()
        return True

    def _open(self):
        today = fields.Date.context_today(self)
        self._system_write({"state": "open", "date_start": today})
        # of two who open it at once the second is repeated and refused
        self.flush_recordset(["state"])
        dossiers = self.env["customer.dossier"]
        query = dossiers._search(
            self.company_id._dossier_duty_domain() & Domain("state", "=", "formal")
        )
        dossiers.flush_model()
        self.env["customer.verification"].flush_model()
        # one statement however many dossiers there are
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_verification (
                    dossier_id, partner_id, company_id, team_id, campaign_id, user_id,
                    date_due, state, result, method, confirmed_by, done_on, done_by_id,
                    create_uid, write_uid, create_date, write_date)
                SELECT dossier.id, dossier.partner_id, dossier.company_id,
                       dossier.team_id, %(campaign)s, dossier.user_id, %(deadline)s,
                       CASE WHEN recent THEN 'done' ELSE 'todo' END,
                       latest.result, latest.method, latest.confirmed_by,
                       latest.done_on, latest.done_by_id, %(uid)s, %(uid)s,
                       now() at time zone 'UTC', now() at time zone 'UTC'
                  FROM customer_dossier dossier
            CROSS JOIN LATERAL (SELECT COALESCE(
                       dossier.last_verification_date >= %(recent_from)s, FALSE)
                       ) AS verified(recent)
             LEFT JOIN LATERAL (
                SELECT result, method, confirmed_by, done_on, done_by_id
                  FROM customer_verification
                 WHERE dossier_id = dossier.id AND recent AND state = 'done'
                   AND result != 'unreachable'
              ORDER BY done_on DESC, id DESC LIMIT 1) latest ON TRUE
                 WHERE dossier.id IN %(dossiers)s
                """,
                campaign=self.id,
                deadline=self.deadline,
                recent_from=fields.Date.subtract(today, days=self.recent_days),
                uid=self.env.uid,
                dossiers=query.subselect(),
            )
        )
        self.invalidate_recordset()
        dossiers.invalidate_model(["verification_ids"])
        self._notify_reps()

    def _notify_reps(self):
        for user, count in self.env["customer.verification"]._read_group(
            [("campaign_id", "=", self.id), ("state", "=", "todo")],
            ["user_id"],
            ["__count"],
        ):
            if not user.active:
                continue
            campaign = self.with_context(lang=user.lang)
            campaign.message_notify(
                partner_ids=user.partner_id.ids,
                subject=campaign.env._("Verification of customer data"),
                body=campaign.env._(
                    "%(campaign)s: verify the base data of your %(count)s customers "
                    "until %(deadline)s.",
                    campaign=campaign.name,
                    count=count,
                    deadline=format_date(campaign.env, self.deadline),
                ),
            )

    def action_close(self):
        """Close campaigns whose customers are all verified or exempted."""
        self._check_manager()
        for campaign in self:
            if campaign.state != "open":
                raise UserError(self.env._("%(name)s is not open.", name=campaign.name))
            # sudo: what its author may not read counts, too
            campaign.sudo()._check_all_verified()
            campaign.sudo()._system_write({"state": "closed"})
        return True

    def _check_all_verified(self):
        todo = self.env["customer.verification"].search(
            [("campaign_id", "=", self.id), ("state", "=", "todo")], limit=5
        )
        if todo:
            raise UserError(
                self.env._(
                    "%(campaign)s cannot be closed: %(count)s customers are not "
                    "verified, among them %(customers)s. Verify or exempt them.",
                    campaign=self.name,
                    count=self.todo_count,
                    customers=todo.partner_id.mapped("name"),
                )
            )

    def action_open_verifications(self):
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "customer_archive.customer_verification_action"
        ) | {
            "domain": [("campaign_id", "=", self.id)],
            "context": {"pivot_row_groupby": ["team_id"]},
        }

    @api.model
    def _duty_open_campaign(self, duty, start, end):
        """Open the campaign of the year unless somebody has, or the setting is off."""
        company = self.env.company
        if not company.customer_verification_yearly or self.search_count(
            [("year", "=", end.year), ("company_id", "=", company.id)], limit=1
        ):
            return
        campaign = self.create(
            {
                "name": self.env._("Verification %(year)s", year=end.year),
                "year": end.year,
                "company_id": company.id,
            }
        )
        campaign.action_open()
