from odoo import api, fields, models
from odoo.tools import SQL

from .view_query import select_columns


class CustomerComplaintReport(models.Model):
    """Cases to be counted and grouped (B39, B40, E41); the id of a row is that of the
    case. Hours are by the clock on the wall, rates in percent."""

    _name = "customer.complaint.report"
    _description = "Complaint Analysis"
    _inherit = ["customer.secrecy.mixin", "customer.graded.mixin"]
    _auto = False
    _order = "received_at desc, id desc"
    _rec_name = "complaint_id"
    _depends = {
        "customer.complaint": [
            "channel",
            "closed_at",
            "company_id",
            "confirmed_at",
            "contact_at",
            "department_id",
            "dossier_id",
            "kind",
            "partner_id",
            "product_id",
            "received_at",
            "reopen_count",
            "response_at",
            "root_cause_id",
            "score",
            "solution_at",
            "solution_due",
            "solution_missed",
            "state",
            "team_id",
            "type_id",
            "user_id",
        ],
        "customer.complaint.log": ["complaint_id", "event"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.partner": ["country_id", "industry_id", "sales_region_id", "state_id"],
    }

    complaint_id = fields.Many2one("customer.complaint", string="Case", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    dossier_id = fields.Many2one("customer.dossier", readonly=True)
    team_id = fields.Many2one("crm.team", string="Business Unit", readonly=True)
    region_id = fields.Many2one("customer.classification", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    country_state_id = fields.Many2one(
        "res.country.state", string="Province", readonly=True
    )
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self._get_case_selection("kind"), readonly=True
    )
    state = fields.Selection(
        selection=lambda self: self._get_case_selection("state"), readonly=True
    )
    channel = fields.Selection(
        selection=lambda self: self._get_case_selection("channel"), readonly=True
    )
    type_id = fields.Many2one(
        "customer.problem.type", string="Problem Type", readonly=True
    )
    root_cause_id = fields.Many2one("customer.root.cause", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one(
        "product.template", string="Product Template", readonly=True
    )
    categ_id = fields.Many2one(
        "product.category", string="Product Category", readonly=True
    )
    department_id = fields.Many2one(
        "customer.service.team", string="Handling Department", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    received_at = fields.Datetime(string="Received", readonly=True)
    contact_at = fields.Datetime(string="Contacted", readonly=True)
    response_at = fields.Datetime(string="Responded", readonly=True)
    solution_due = fields.Datetime(readonly=True)
    solution_at = fields.Datetime(string="Solved", readonly=True)
    confirmed_at = fields.Datetime(string="Customer Asked", readonly=True)
    closed_at = fields.Datetime(string="Closed", readonly=True)
    contact_hours = fields.Float(
        string="Hours to First Contact", readonly=True, aggregator="avg"
    )
    response_hours = fields.Float(
        string="Hours to Response", readonly=True, aggregator="avg"
    )
    solution_hours = fields.Float(
        string="Hours to Solution", readonly=True, aggregator="avg"
    )
    on_time = fields.Float(
        string="On Time (%)",
        readonly=True,
        aggregator="avg",
        help="Solved at or before the due time, of all cases due by now. Unsolved "
        "counts as late; refused cases are not counted. By month of «Solution Due».",
    )
    late = fields.Integer(string="Late Cases", readonly=True, aggregator="sum")
    score = fields.Float(
        string="Satisfaction (0–100)",
        readonly=True,
        aggregator="avg",
        help="Of the customers who were asked: the lowest score is 0, the highest 100.",
    )
    reopened = fields.Float(
        string="Reopened (%)",
        readonly=True,
        aggregator="avg",
        help="Of the cases that were closed once at least.",
    )
    recurred = fields.Integer(
        string="Recurrences",
        readonly=True,
        aggregator="sum",
        help="Cases of a problem that had been solved before.",
    )

    @api.model
    def _get_case_selection(self, name):
        field = self.env["customer.complaint"]._fields[name]
        return field._description_selection(self.env)

    # ------------------------------------------------------------ access

    @api.model
    def _may_read_domain(self):
        return self.env["customer.complaint"]._content_may_read_domain()

    @api.depends("complaint_id.may_read")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    # ------------------------------------------------------------ rows

    @property
    def _table_query(self):
        return select_columns(self._get_columns(), self._get_from())

    @api.model
    def _get_columns(self):
        """Return {field name: SQL of its column}; extension point."""
        own = (
            "channel closed_at company_id confirmed_at contact_at department_id "
            "dossier_id id kind partner_id product_id received_at response_at "
            "root_cause_id solution_at solution_due state team_id type_id user_id"
        )
        on_time = self._get_on_time()
        return {
            **{name: SQL.identifier("complaint", name) for name in own.split()},
            "complaint_id": SQL("complaint.id"),
            "region_id": SQL("partner.sales_region_id"),
            "country_id": SQL("partner.country_id"),
            "country_state_id": SQL("partner.state_id"),
            "industry_id": SQL("partner.industry_id"),
            "product_tmpl_id": SQL("product.product_tmpl_id"),
            "categ_id": SQL("template.categ_id"),
            **{
                f"{clock}_hours": SQL(
                    "EXTRACT(EPOCH FROM %s - complaint.received_at) / 3600",
                    SQL.identifier("complaint", f"{clock}_at"),
                )
                for clock in ("contact", "response", "solution")
            },
            "on_time": on_time,
            "late": SQL("CASE WHEN %s = 0 THEN 1 ELSE 0 END", on_time),
            "score": SQL(
                "CASE WHEN complaint.score > 0 "
                "THEN (complaint.score - 1) / 4.0 * 100 END"
            ),
            "reopened": SQL(
                "CASE WHEN complaint.reopen_count > 0 THEN 100 "
                "WHEN complaint.state = 'closed' THEN 0 END"
            ),
            "recurred": SQL(
                """CASE WHEN EXISTS (
                        SELECT 1 FROM customer_complaint_log log
                         WHERE log.complaint_id = complaint.id
                           AND log.event = 'recurred'
                   ) THEN 1 ELSE 0 END"""
            ),
        }

    @api.model
    def _get_on_time(self):
        """Return SQL of M5: 100 or 0, NULL for what is not counted (yet)."""
        return SQL(
            """CASE WHEN complaint.state = 'rejected' THEN NULL
                    WHEN complaint.solution_missed THEN 0
                    WHEN complaint.solution_at <= complaint.solution_due THEN 100
                    WHEN complaint.solution_at > complaint.solution_due THEN 0
                    WHEN complaint.solution_due < %s THEN 0 END""",
            fields.Datetime.now(),
        )

    @api.model
    def _get_from(self):
        return SQL(
            """customer_complaint complaint
     LEFT JOIN res_partner partner ON partner.id = complaint.partner_id
     LEFT JOIN product_product product ON product.id = complaint.product_id
     LEFT JOIN product_template template ON template.id = product.product_tmpl_id"""
        )

    # ------------------------------------------------------------ shares (M7)

    @api.model
    def _get_shares(self, domain, dimension="region_id", by="type_id"):
        """Return {(value of ``dimension``, value of ``by``): (cases, percent of all
        cases of that value of ``dimension``)} of the cases that the present user may
        read (M7). There is no entry where there are no cases."""
        groups = self._read_group(domain, [dimension, by], ["__count"])
        totals = {}
        for value, _by, count in groups:
            totals[value] = totals.get(value, 0) + count
        return {
            (value, by_value): (count, count / totals[value] * 100)
            for value, by_value, count in groups
        }

    def export_data(self, fields_to_export):
        self.complaint_id._register_export(self, fields_to_export)
        return super().export_data(fields_to_export)

    def action_open_case(self):
        """Return the action that opens the case of this row."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.complaint",
            "res_id": self.id,
            "views": [(False, "form")],
        }
