from odoo.tools import SQL


def post_init_hook(env):
    """Accept the orders that were confirmed before the installation as they are, in
    one statement, so that from now on only their growth is judged."""
    env["sale.order"].flush_model()
    env.cr.execute(
        SQL(
            """
            UPDATE sale_order
               SET credit_checked_amount = amount_total,
                   credit_checked_for = concat_ws(
                       ',', invoiced.commercial_partner_id,
                       ordering.commercial_partner_id,
                       sale_order.company_id, sale_order.currency_id)
              FROM res_partner ordering, res_partner invoiced
             WHERE sale_order.state = 'sale'
               AND ordering.id = sale_order.partner_id
               AND invoiced.id = sale_order.partner_invoice_id
            """
        )
    )
    env["sale.order"].invalidate_model()
