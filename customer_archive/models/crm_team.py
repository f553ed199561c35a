from odoo import fields, models


class CrmTeam(models.Model):
    """Business unit (事业部, X2): its manager is the team leader."""

    _inherit = "crm.team"

    keeper_id = fields.Many2one(
        "res.users",
        string="Default Keeper",
        check_company=True,
        domain=[("share", "=", False)],
        help="Keeps the dossiers that are opened in this business unit.",
    )
    handover_rule = fields.Selection(
        [
            ("follow_up", "Hand over to the order follow-up group"),
            ("unit", "Stays in the unit, its manager reassigns"),
        ],
        string="Formal Dossiers",
        default="unit",
        help="What happens to a dossier of this unit once it is formal.",
    )
    dossier_properties_definition = fields.PropertiesDefinition("Dossier Properties")
    hidden_dossier_field_ids = fields.Many2many(
        "customer.dossier.field",
        string="Hidden Dossier Fields",
        domain=[
            ("model", "=", "customer.dossier"),
            ("required_legal", "=", False),
            ("required_person", "=", False),
            ("required_other", "=", False),
        ],
        help="Optional fields that this unit does without.",
    )
    dossier_sequence_id = fields.Many2one(
        "ir.sequence",
        string="Dossier Numbers",
        groups="customer_archive.group_admin",
        help="Numbers the dossiers of this unit; empty: the common sequence.",
    )
    hotline = fields.Char(
        string="Complaint Hotline", help="Printed on the forms for customers."
    )

    def _get_hotline(self, company):
        """Return the complaint hotline of this unit, else of ``company`` (B4)."""
        # sudo: a hotline is published
        team_sudo = self.sudo()
        return (
            team_sudo.hotline or (company or self.env.company).sudo().complaint_hotline
        )
