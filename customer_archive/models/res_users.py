from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tools import SQL, ormcache


class ResUsers(models.Model):
    _inherit = "res.users"

    # asked by every rule of the archive, several times a request: as fields they are
    # read once and the cache follows what is written
    served_dossier_ids = fields.Many2many(
        "customer.dossier",
        "customer_dossier_service_user_rel",
        "res_users_id",
        "customer_dossier_id",
        copy=False,
        groups=fields.NO_ACCESS,
    )
    archive_access = fields.Selection(
        [("no_copies", "No Copies or Exports"), ("none", "No Access")],
        copy=False,
        groups=fields.NO_ACCESS,
        help="Whoever leaves takes nothing along (D27); empty for everybody else.",
    )
    access_permit_ids = fields.One2many(
        "customer.access.permit", "user_id", groups=fields.NO_ACCESS
    )
    permitted_dossier_ids = fields.Many2many(
        "customer.dossier",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
        help="Those that he holds a permit for at this minute.",
    )
    copyable_dossier_ids = fields.Many2many(
        "customer.dossier",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
    )
    permitted_document_ids = fields.Many2many(
        "customer.document",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
        help="Papers that he holds a permit for without the rest of the dossier.",
    )
    copyable_document_ids = fields.Many2many(
        "customer.document",
        compute="_compute_permitted_dossier_ids",
        groups=fields.NO_ACCESS,
    )
    confidentiality_duty_id = fields.Many2one(
        "customer.confidentiality.duty",
        copy=False,
        groups=fields.NO_ACCESS,
        help="The version of the confidentiality duty that he confirmed last.",
    )
    led_team_ids = fields.One2many("crm.team", "user_id", groups=fields.NO_ACCESS)

    @api.depends(
        "access_permit_ids.state",
        "access_permit_ids.date_from",
        "access_permit_ids.date_until",
        "access_permit_ids.item_ids.dossier_id",
        "access_permit_ids.item_ids.document_id",
    )
    def _compute_permitted_dossier_ids(self):
        # sudo: the rules ask, and only ids are taken
        items_sudo = self.env["customer.access.permit.item"].sudo()
        for user in self:
            dossiers = {"read": self.env["customer.dossier"]}
            papers = {"read": self.env["customer.document"]}
            dossiers["copy"], papers["copy"] = dossiers["read"], papers["read"]
            for kind, paper, found in items_sudo._read_group(
                items_sudo._in_force_domain(user),
                ["permit_id.kind", "document_id"],
                ["dossier_id:recordset"],
            ):
                for operation in {"read", kind} & dossiers.keys():
                    if paper:
                        papers[operation] |= paper
                    else:
                        dossiers[operation] |= found
            user.permitted_dossier_ids = dossiers["read"]
            user.copyable_dossier_ids = dossiers["copy"]
            user.permitted_document_ids = papers["read"]
            user.copyable_document_ids = papers["copy"]

    def write(self, vals):
        if {"archive_access", "confidentiality_duty_id"} & vals.keys():
            self.env.registry.clear_cache()
            # another thread may have kept what was true until the commit
            self.env.cr.postcommit.add(self.env.registry.clear_cache)
        staff = self.browse()
        if not {"active", "group_ids"}.isdisjoint(vals):
            staff = self.filtered(lambda user: user.active and not user.share)
        result = super().write(vals)
        staff.filtered(lambda user: not user.active or user.share)._check_handed_over()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_responsible(self):
        self._check_handed_over()

    def _check_handed_over(self):
        """Refuse to let users go who answer for customers or hold what was lent to
        them, or whose hand-over is not completed (D29).

        :raise UserError: names what is left, and the way
        """
        if not self:
            return
        # sudo: who manages users need not read hand-overs or dossiers
        handovers_sudo = self.env["customer.staff.handover"].sudo()
        running_sudo = handovers_sudo.search(
            [("user_id", "in", self.ids), ("state", "=", "started")]
        )
        kinds = handovers_sudo.line_ids._fields["kind"]
        labels = dict(kinds._description_selection(self.env))
        for user, counts in handovers_sudo._count_bound(self).items():
            held = {labels[kind]: count for kind, count in counts.items()}
            if held:
                raise UserError(
                    self.env._(
                        "%(user)s still answers for customers (%(items)s). Start a "
                        "hand-over under Access and Lending, Staff Hand-overs, and "
                        "complete it first.",
                        user=user.name,
                        items=handovers_sudo._get_counts_text(held),
                    )
                )
            if user in running_sudo.user_id:
                raise UserError(
                    self.env._(
                        "The hand-over of %(user)s is not completed. Complete it under "
                        "Access and Lending, Staff Hand-overs, first.",
                        user=user.name,
                    )
                )

    @ormcache("self.id")
    def _get_archive_access(self):
        """Return the value of ``archive_access``, which every rule asks for."""
        # sudo: the field is nobody's to read
        return self.sudo().archive_access

    def _filter_acting(self, company):
        """Return those of these users who work in ``company`` now: active employees
        who have not left (D27)."""
        return self.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and user._get_archive_access() != "none"
            )
        )

    def _check_not_left(self):
        """Refuse to give customers to users who have left (D27). Whoever is leaving
        is locked, so that his hand-over is not completed at the same time.

        :raise ValidationError: names who has left
        """
        # sudo: the field is nobody's to read
        leaving_sudo = self.sudo().filtered("archive_access")
        for user_sudo in leaving_sudo:
            if user_sudo.archive_access == "none":
                raise ValidationError(
                    self.env._(
                        "%(user)s has left and is given no customers. Choose somebody "
                        "else.",
                        user=user_sudo.name,
                    )
                )
        if leaving_sudo:
            self.env.cr.execute(
                SQL(
                    "UPDATE res_users SET write_date = write_date WHERE id IN %s",
                    leaving_sudo._ids,
                )
            )

    def _check_takes_copies(self):
        """Refuse exports and prints of customers' data to who is leaving (D27)."""
        if self._get_archive_access():
            raise AccessError(
                self.env._(
                    "You are handing over your customers: nothing is exported or "
                    "printed any more. Ask your successor."
                )
            )

    def _has_archive_role(self, *codes):
        """Return whether this user has one of the roles of the customer rules."""
        return any(
            self.has_group(f"customer_archive.group_{code.lower()}") for code in codes
        )

    def _check_archive_role(self, *codes):
        """Refuse this user if he has none of these roles of the customer rules.

        :raise AccessError: names the roles
        """
        if not self._has_archive_role(*codes):
            names = self.env["customer.role"]._get_names(codes)
            raise AccessError(
                self.env._("Only %(roles)s may do this.", roles=", ".join(names))
            )

    def _has_confirmed_confidentiality(self):
        """Return whether this user has confirmed the confidentiality duty in force,
        which the system itself and users outside are not asked for (D12)."""
        current_id = self.env["customer.confidentiality.duty"]._get_current_id()
        confirmed_id, is_outside = self._get_confirmed_duty()
        return (
            not current_id
            or confirmed_id == current_id
            or self.id == SUPERUSER_ID
            or is_outside
        )

    @ormcache("self.id")
    def _get_confirmed_duty(self):
        """Return which version this user confirmed last and whether he is outside,
        which every opening asks for."""
        # sudo: nobody reads the field but the system
        user_sudo = self.sudo()
        return user_sudo.confidentiality_duty_id.id, user_sudo.share

    def _check_confidentiality(self):
        """Nobody reads content of a dossier before he has confirmed the duty.

        :raise RedirectWarning: leads to the dialog in which he confirms
        """
        if not self._has_confirmed_confidentiality():
            raise RedirectWarning(
                self.env._(
                    "Customer data are trade secrets of the company. Read the duty "
                    "below; it is recorded that you confirmed it."
                ),
                self.env.ref(
                    "customer_archive.customer_confidentiality_confirm_action"
                ).id,
                self.env._("Read the Duty"),
            )
