from odoo.tools import SQL


def migrate(cr, version):
    """The invitation now tells who reads the answers and how to decline: a new
    template takes the place of the old one, which stays with its wording."""
    cr.execute(
        SQL(
            """DELETE FROM ir_model_data
                WHERE module = 'customer_survey' AND name = 'mail_template_form'"""
        )
    )
