from odoo import api, fields, models
from odoo.fields import Domain


class CustomerSurveyLevel(models.Model):
    """The satisfaction that a company requires from a year on, 0 to 100, over all or
    in one dimension, for all units or one (G16)."""

    _name = "customer.survey.level"
    _description = "Required Satisfaction"
    _order = "year desc, team_id, dimension_id, id"
    _rec_name = "year"
    _check_company_auto = True

    year = fields.Integer(
        string="From Year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
        aggregator=None,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Business Unit",
        check_company=True,
        ondelete="cascade",
        help="Empty: all units.",
    )
    dimension_id = fields.Many2one(
        "customer.survey.dimension", ondelete="cascade", help="Empty: the index."
    )
    required_level = fields.Float(
        required=True, default=80.0, aggregator=None, help="Of 100; equal passes."
    )

    _once = models.UniqueIndex(
        "(year, company_id, COALESCE(team_id, 0), COALESCE(dimension_id, 0))",
        "A level is required once for a year, unit and dimension.",
    )
    _required_level_range = models.Constraint(
        "CHECK(required_level BETWEEN 0 AND 100)",
        "The required level lies between 0 and 100.",
    )

    @api.model
    def _get_levels(self, company, year, team):
        """Return {id of the dimension or False for the index: required level} of
        ``team``, an empty one for all, in ``year``: of the latest year until then,
        that of the unit before that of all units."""
        # sudo: what is required is no secret; who asks was checked
        levels_sudo = self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("year", "<=", year)
            & Domain("team_id", "in", [*team.ids, False])
        )
        ordered = levels_sudo.sorted(lambda level: (bool(level.team_id), level.year))
        return {level.dimension_id.id: level.required_level for level in ordered}

    @api.model
    def _get_unit_levels(self, company, year):
        """Return {(id of the unit, id of the dimension or False): required level} of
        the units that have one of their own in ``year``."""
        # sudo: what is required is no secret; who asks was checked
        levels_sudo = self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("year", "<=", year)
            & Domain("team_id", "!=", False),
            order="year",
        )
        return {
            (level.team_id.id, level.dimension_id.id): level.required_level
            for level in levels_sudo
        }
