from datetime import timedelta

from stdnum.cn import uscc

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CustomerDocument(models.Model):
    """资质证照: a licence or certificate of the customer, with its scan and its
    validity (A20)."""

    _name = "customer.document"
    _description = "Customer Paper"
    _inherit = ["customer.dossier.content.mixin", "customer.filing.mixin"]
    _order = "valid_to, id"
    _rec_names_search = ["number", "type_id.name", "partner_id.complete_name"]

    name = fields.Char(compute="_compute_name")
    type_id = fields.Many2one(
        "customer.document.type",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    has_validity = fields.Boolean(related="type_id.has_validity")
    number = fields.Char(tracking=True)
    issuer = fields.Char()
    valid_from = fields.Date(tracking=True)
    valid_to = fields.Date(
        index=True, tracking=True, help="The last day. Empty: without end."
    )
    file = fields.Binary(string="Attachment", copy=False)
    file_name = fields.Char(copy=False)
    is_important = fields.Boolean(
        string="Important Material", help="Lent, it is due back on the same day."
    )
    state = fields.Selection(
        [
            ("missing_file", "File Missing"),
            ("valid", "Valid"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    secrecy_level_id = fields.Many2one(
        "customer.secrecy.level",
        string="Own Secrecy Level",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Stricter than that of the dossier; decided on like it. Empty: that of "
        "the dossier.",
    )
    reminded_for = fields.Date(
        compute="_compute_reminded_for",
        store=True,
        copy=False,
        help="The end of validity that somebody was reminded of.",
    )

    filing_number = fields.Char(
        readonly=True, copy=False, help="Number of the dossier and of the paper in it."
    )

    _filing_number_uniq = models.UniqueIndex(
        "(filing_number)", "This filing number is taken. File the paper again."
    )
    _validity = models.Constraint(
        "CHECK(valid_from <= valid_to)",
        "A paper cannot expire before it becomes valid. Correct the dates.",
    )

    def _guarded_fields(self):
        return super()._guarded_fields() | {
            "reminded_for",
            "filing_number",
            "secrecy_level_id",
        }

    @api.model
    def _filed_fields(self):
        return super()._filed_fields() | {
            "dossier_id",
            "type_id",
            "number",
            "issuer",
            "valid_from",
            "valid_to",
            "file",
        }

    @api.model
    def _may_read_domain(self):
        """A paper with a level of its own is read by whoever is cleared for that, too,
        or is related to the customer by his work (D1, D2); one that a permit names,
        without the rest of the dossier."""
        domain = super()._may_read_domain() & self._own_level_domain("read")
        if domain.is_true():
            return domain
        # env.user is in sudo: only ids are taken
        permitted = self.env.user.permitted_document_ids
        return domain | Domain("id", "in", permitted.ids)

    @api.model
    def _own_level_domain(self, operation):
        """Return the Domain of the papers whose own level does not refuse the present
        user ``operation``: "read", "copy" or "export"."""
        dossiers = self.env["customer.dossier"]
        all_ids, own_ids, is_all = self.env["customer.secrecy.level"]._get_scope(
            operation
        )
        if is_all:
            return Domain.TRUE
        related = Domain("dossier_id", "any!", dossiers._related_domain())
        if operation != "read":
            related &= Domain("secrecy_level_id", "in", own_ids)
        permitted = dossiers._permitted_domain(operation)
        return (
            Domain("secrecy_level_id", "in", [False, *all_ids])
            | related
            | Domain("dossier_id", "any!", permitted)
        )

    def _check_registered_operation(self, operation):
        # EXTENDS the register mixin: a paper's own level must allow it, too (D1, D2)
        self.check_access("read")
        papers = self
        if not self.env.user._get_archive_access():
            # env.user is in sudo: only ids are taken
            papers -= self.browse(self.env.user.copyable_document_ids.ids)
        result = super(CustomerDocument, papers)._check_registered_operation(operation)
        # sudo: the domain itself says what the present user may
        papers_sudo = papers.sudo().with_context(active_test=False)
        allowed_sudo = papers_sudo.search(
            Domain("id", "in", papers.ids) & self._own_level_domain(operation)
        )
        refused_sudo = papers_sudo - allowed_sudo
        if refused_sudo:
            refused_sudo.dossier_id._refuse_operation(operation)
        return result

    @api.depends("dossier_id.may_read", "secrecy_level_id.right_ids.read_scope")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("type_id.name", "number")
    def _compute_name(self):
        for document in self:
            document.name = " ".join(
                filter(None, (document.type_id.name, document.number))
            )

    @api.depends("valid_to", "file", "type_id.remind_days")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for document in self:
            valid_to = document.valid_to
            remind_days = timedelta(days=document.type_id.remind_days)
            # the size instead of the content of a file that is stored
            sized = document.with_context(bin_size=bool(document.id))
            if valid_to and valid_to < today:
                document.state = "expired"
            elif valid_to and valid_to <= today + remind_days:
                document.state = "expiring"
            else:
                document.state = "valid" if sized.file else "missing_file"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        domains = {"expired": Domain("valid_to", "<", today)}
        if set(value) - {"expired"}:
            lasting = Domain("valid_to", "=", False) | self._reminder_domain(">", today)
            domains |= {
                "expiring": Domain("valid_to", ">=", today)
                & self._reminder_domain("<=", today),
                "missing_file": lasting & Domain("file", "=", False),
                "valid": lasting & Domain("file", "!=", False),
            }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _reminder_domain(self, operator, day):
        """Return the Domain of the papers whose validity ends ``operator`` the
        number of days after ``day`` at which papers of their type remind."""
        types = self.env["customer.document.type"].with_context(active_test=False)
        return Domain.OR(
            Domain("type_id", "in", group.ids)
            & Domain("valid_to", operator, day + timedelta(days=remind_days))
            for remind_days, group in types._read_group(
                [], ["remind_days"], ["id:recordset"]
            )
        )

    @api.depends("valid_to")
    def _compute_reminded_for(self):
        """A renewed paper reminds again."""
        for document in self:
            if document.reminded_for != document.valid_to:
                document.reminded_for = False

    @api.constrains("type_id", "number", "dossier_id")
    def _check_number(self):
        for document in self:
            if not document.type_id.check_credit_code:
                continue
            number = document.number or ""
            if not uscc.is_valid(number):
                raise ValidationError(
                    self.env._(
                        "%(paper)s: the number is not a unified social credit code. "
                        "It has 18 characters, the last of which is a check character.",
                        paper=document.name,
                    )
                )
            credit_code = document.partner_id.credit_code
            if credit_code and uscc.compact(credit_code) != uscc.compact(number):
                raise ValidationError(
                    self.env._(
                        "%(paper)s: the registration of %(customer)s says %(code)s. "
                        "Find out which number is wrong and correct it.",
                        paper=document.name,
                        customer=document.partner_id.display_name,
                        code=credit_code,
                    )
                )

    def _file(self):
        """Give each paper its number in the dossier, once for all (D15)."""
        filed = self.search(
            Domain("dossier_id", "in", self.dossier_id.ids)
            & Domain("filing_number", "!=", False)
        ).grouped("dossier_id")
        unnumbered = self.filtered(lambda document: not document.filing_number)
        for dossier, documents in unnumbered.grouped("dossier_id").items():
            numbers = filed.get(dossier, self.browse()).mapped("filing_number")
            last = max((int(number.rsplit("-", 1)[1]) for number in numbers), default=0)
            for position, document in enumerate(documents, last + 1):
                document._system_write(
                    {"filing_number": f"{dossier.number}-{position:03}"}
                )
        return super()._file()

    # ------------------------------------------------------------ reminder

    @api.model
    def _duty_remind_expiry(self, duty, start, end):
        """Remind once per paper and validity of what expires soon after ``end``."""
        due = self.search(
            self._reminder_domain("<=", end)
            & Domain("reminded_for", "=", False)
            & Domain("company_id", "in", [self.env.company.id, False])
            & Domain("dossier_id.state", "not in", ("history", "destroyed"))
        )
        for (user, valid_to), documents in due.grouped(
            lambda document: (document._get_user_to_remind(), document.valid_to)
        ).items():
            if not user:
                continue
            documents.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=valid_to,
                user_id=user.id,
                summary=self.with_context(lang=user.lang).env._(
                    "Ask the customer for the renewed paper"
                ),
            )
            documents._system_write({"reminded_for": valid_to})

    def _get_user_to_remind(self):
        dossier = self.dossier_id
        users = dossier.user_id, dossier.keeper_id, dossier.team_id.user_id
        return next((user for user in users if user.active), self.env["res.users"])
