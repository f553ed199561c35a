from odoo import api, fields, models
from odoo.tools import format_amount, format_datetime

from ..models.customer_form import FormBlock, FormColumn, FormFact


class CustomerFormDossier(models.AbstractModel):
    """The printed forms of a dossier: 客户资料卡 (A37), 客户资料档案卡 (A38) and the
    whole dossier for the paper copy (A46).

    An addon that files something in dossiers prints it by extending
    ``_get_chapters``.
    """

    _name = "customer.form.dossier"
    _description = "Printed Forms of a Dossier"
    _inherit = "customer.form"

    @api.model
    def _is_printed(self, record, name):
        if record._name == "customer.dossier":
            hidden = (record.hidden_fields or "").split(",")
            if name in hidden:
                return False
        return super()._is_printed(record, name)

    @api.model
    def _get_address(self, partner):
        """Return the address of ``partner`` in one line, None if there is none."""
        lines = partner and partner._display_address(without_company=True).splitlines()
        return ", ".join(filter(None, map(str.strip, lines))) or None

    @api.model
    def _get_contents(self, dossier, name, title, names):
        """Return the table of a one2many of ``dossier``, or None for a reader who
        may not read it.

        :param names: the fields that make its columns
        """
        if not self._is_printed(dossier, name):
            return None
        return self._get_table(name, title, dossier[name], names)

    # ------------------------------------------------------------ data card

    @api.model
    def _get_data_card(self, dossier):
        """Return the blocks of the data card; an empty ``dossier`` gives the blank
        one."""
        blocks = [
            self._get_identity(dossier),
            self._get_registration(dossier),
            self._get_contacts(dossier),
            self._get_origin(dossier),
            self._get_background(dossier),
            self._get_properties(dossier),
            self._get_responsibility(dossier),
        ]
        return [block for block in blocks if block.lines]

    @api.model
    def _get_identity(self, dossier):
        partner = dossier.partner_id
        return self._get_facts(
            "identity",
            self.env._("Identity"),
            [
                self._get_fact(partner, "name", self.env._("Customer"), wide=True),
                FormFact(self.env._("Address"), self._get_address(partner), wide=True),
                self._get_fact(partner, "zip", self.env._("Postcode")),
                self._get_fact(partner, "phone"),
                self._get_fact(partner, "fax"),
                self._get_fact(partner, "email"),
                self._get_fact(partner, "website", self.env._("Website")),
                self._get_fact(dossier, "identity_type"),
                self._get_fact(partner, "trade_channel"),
                self._get_fact(partner, "intermediary_id"),
            ],
        )

    @api.model
    def _get_registration(self, dossier):
        partner = dossier.partner_id
        return self._get_facts(
            "registration",
            self.env._("Registration"),
            [
                self._get_fact(partner, "legal_representative"),
                self._get_fact(partner, "credit_code"),
                self._get_fact(dossier, "enterprise_nature"),
                self._get_fact(partner, "founded_on"),
                self._get_fact(partner, "registered_capital"),
                self._get_fact(dossier, "industry_id"),
                self._get_fact(dossier, "business_category_id"),
                self._get_fact(dossier, "business_scale_id"),
                self._get_fact(partner, "staff_band"),
                self._get_fact(partner, "turnover_band"),
                self._get_fact(partner, "business_scope"),
            ],
        )

    @api.model
    def _get_contacts(self, dossier):
        contacts = dossier.partner_id.child_ids
        return self._get_table(
            "contacts",
            self.env._("Contacts"),
            contacts.filtered(lambda contact: contact.type == "contact"),
            ["name", "function", "contact_subject", "phone", "email"],
            {
                "name": self.env._("Contact Person"),
                "function": self.env._("Position"),
            },
            empty=3,
        )

    @api.model
    def _get_origin(self, dossier):
        return self._get_facts(
            "origin",
            self.env._("Needs and Origin"),
            [
                self._get_fact(dossier, "source_id"),
                self._get_fact(dossier, "referrer_id"),
                self._get_fact(dossier, "first_contact_date"),
                self._get_fact(dossier, "lawful_source_confirmed"),
                self._get_fact(dossier, "lawful_source"),
                self._get_fact(dossier, "needs"),
            ],
        )

    @api.model
    def _get_background(self, dossier):
        return self._get_facts(
            "background",
            self.env._("Background"),
            [
                self._get_fact(dossier, "sales_region_id"),
                self._get_fact(dossier, "market_position_id"),
                self._get_fact(dossier, "risk_level"),
                self._get_fact(dossier, "project_type_ids"),
                self._get_fact(dossier, "background"),
            ],
        )

    @api.model
    def _get_properties(self, dossier):
        """Return what the unit has added (A40)."""
        field = dossier._fields["properties"]
        values = (
            field.convert_to_read(dossier.properties, dossier)
            if dossier and self._is_printed(dossier, "properties")
            else []
        )
        return self._get_facts(
            "properties",
            self.env._("Entries of the Business Unit"),
            [
                FormFact(
                    definition["string"],
                    self._get_property_value(definition),
                    wide=definition["type"] in ("text", "html"),
                )
                for definition in values
                if definition["type"] != "separator"
            ],
        )

    @api.model
    def _get_responsibility(self, dossier):
        return self._get_facts(
            "responsibility",
            self.env._("Responsibility"),
            [
                self._get_fact(dossier, "team_id"),
                self._get_fact(dossier, "user_id"),
                self._get_fact(dossier, "keeper_id"),
                self._get_fact(dossier, "secrecy_level_id"),
            ],
        )

    # ------------------------------------------------------------ file card

    @api.model
    def _get_file_card(self, dossier):
        partner = dossier.partner_id
        base = self._get_facts(
            "base_data",
            self.env._("Base Data"),
            [
                self._get_fact(partner, "name", self.env._("Customer"), wide=True),
                FormFact(self.env._("Address"), self._get_address(partner), wide=True),
                self._get_fact(partner, "legal_representative"),
                self._get_fact(partner, "credit_code"),
                self._get_fact(dossier, "enterprise_nature"),
                self._get_fact(partner, "registered_capital"),
                self._get_fact(partner, "phone"),
                self._get_fact(dossier, "industry_id"),
                self._get_fact(dossier, "team_id"),
                self._get_fact(dossier, "user_id"),
                self._get_fact(dossier, "state", self.env._("Status")),
                self._get_fact(dossier, "formal_date"),
                self._get_fact(dossier, "first_deal_date"),
                self._get_fact(dossier, "last_deal_date"),
            ],
        )
        blocks = [
            base,
            self._get_major_changes(dossier),
            self._get_dealings(dossier),
            self._get_finance(dossier),
            self._get_feedback(dossier),
        ]
        return [block for block in blocks if block]

    @api.model
    def _get_major_changes(self, dossier):
        return self._get_contents(
            dossier,
            "major_change_ids",
            self.env._("Major Changes"),
            ["date", "change_type", "description", "consequence"],
        )

    @api.model
    def _get_dealings(self, dossier):
        return self._get_contents(
            dossier,
            "dealing_ids",
            self.env._("Dealings"),
            ["date", "kind", "subject", "contact_id", "user_id", "result"],
        )

    @api.model
    def _get_finance(self, dossier):
        return self._get_contents(
            dossier,
            "financial_figure_ids",
            self.env._("Financial Status"),
            ["year", "turnover", "profit", "assets", "liabilities", "source"],
        )

    @api.model
    def _get_feedback(self, dossier):
        return self._get_contents(
            dossier,
            "feedback_ids",
            self.env._("Feedback"),
            ["date", "kind", "subject", "handling", "result", "handled_on"],
        )

    # ------------------------------------------------------------ whole dossier

    @api.model
    def _get_chapters(self, dossier):
        """Return one block for each kind of content that follows the data card in
        the whole dossier; None for what is not for the present user."""
        return [
            self._get_facts(
                "decision_process",
                self.env._("Decision Process"),
                [self._get_fact(dossier, "decision_process")],
            ),
            self._get_contents(
                dossier,
                "contact_profile_ids",
                self.env._("Decision Makers"),
                [
                    "contact_id",
                    "is_decision_maker",
                    "decision_role",
                    "influence",
                    "attitude",
                    "preferences",
                    "interests",
                    "habits",
                ],
            ),
            self._get_contents(
                dossier,
                "document_ids",
                self.env._("Papers"),
                ["type_id", "number", "issuer", "valid_from", "valid_to"],
            ),
            self._get_contents(
                dossier,
                "contract_ids",
                self.env._("Contracts"),
                ["number", "name", "signed_on", "amount", "state"],
            ),
            self._get_trade_years(dossier),
            self._get_major_changes(dossier),
            self._get_dealings(dossier),
            self._get_feedback(dossier),
            self._get_finance(dossier),
            self._get_contents(
                dossier,
                "change_ids",
                self.env._("Changes"),
                ["date", "field_label", "old_value", "new_value", "user_id", "state"],
            ),
            self._get_contents(
                dossier,
                "verification_ids",
                self.env._("Verifications"),
                ["date_due", "done_on", "result", "method", "confirmed_by"],
            ),
            self._get_contents(
                dossier,
                "handover_ids",
                self.env._("Hand-overs"),
                ["offered_on", "user_id", "accepted_by_id", "accepted_on", "state"],
            ),
            self._get_contents(
                dossier,
                "approval_decision_ids",
                self.env._("Decisions"),
                ["date", "step", "decision", "user_id", "on_behalf_id", "comment"],
            ),
            self._get_contents(
                dossier,
                "log_ids",
                self.env._("Log"),
                ["date", "event", "user_id", "reason"],
            ),
        ]

    @api.model
    def _get_trade_years(self, dossier):
        """Return the table of what was sold, invoiced and paid in each year (A24)."""
        currency = self.env.company.currency_id
        labels = {
            "order_amount": self.env._("Order Amount"),
            "invoice_amount": self.env._("Invoiced"),
            "refund_amount": self.env._("Credit Notes"),
            "payment_amount": self.env._("Payments"),
        }
        lines = [
            [
                str(year["year"]),
                *(format_amount(self.env, year[name], currency) for name in labels),
            ]
            for year in dossier.trade_figures or []
        ]
        columns = [FormColumn(self.env._("Year"), 1)]
        columns += [FormColumn(label, 2, is_number=True) for label in labels.values()]
        return FormBlock(
            "trade_years", self.env._("Dealings by Year"), lines, columns, len(lines)
        )

    @api.model
    def _get_whole_dossier(self, dossier):
        """Return the blocks of the cover, and those behind it."""
        chapters = [
            chapter
            for chapter in self._get_chapters(dossier)
            if chapter and chapter.lines
        ]
        cover = self._get_facts(
            "cover",
            self.env._("Dossier"),
            [
                self._get_fact(dossier, "partner_id", wide=True),
                self._get_fact(dossier, "number"),
                self._get_fact(dossier, "state", self.env._("Status")),
                self._get_fact(dossier, "team_id"),
                self._get_fact(dossier, "user_id"),
                self._get_fact(dossier, "keeper_id"),
                self._get_fact(dossier, "secrecy_level_id"),
                FormFact(self.env._("Printed By"), self.env.user.name),
                FormFact(
                    self.env._("Printed On"),
                    format_datetime(self.env, fields.Datetime.now(), dt_format="short"),
                ),
            ],
        )
        parts = FormBlock(
            "parts",
            self.env._("Parts"),
            [
                [self.env._("Customer Data Card"), None],
                *([chapter.title, chapter.count] for chapter in chapters),
            ],
            [
                FormColumn(self.env._("Part"), 6),
                FormColumn(self.env._("Entries"), 1, is_number=True),
            ],
        )
        return [cover, parts], self._get_data_card(dossier) + chapters
