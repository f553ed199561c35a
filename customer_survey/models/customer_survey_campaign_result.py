from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_compare


class CustomerSurveyCampaign(models.Model):
    """What came out of a campaign: counts and rates while it runs (M31), results by
    dimension and unit from its end on (M29, M30)."""

    _inherit = "customer.survey.campaign"

    customer_count = fields.Integer(
        string="Customers",
        compute="_compute_counts",
        help="Who is asked; excluded customers are not counted.",
    )
    excluded_count = fields.Integer(string="Excluded", compute="_compute_counts")
    coverage = fields.Float(
        string="Coverage (%)",
        compute="_compute_counts",
        help="The customers who are asked, of all that the rule has found (G2).",
    )
    issued_count = fields.Integer(
        string="Issued",
        compute="_compute_counts",
        help="Forms sent, and answers got in another way.",
    )
    answered_count = fields.Integer(string="Returned", compute="_compute_counts")
    declined_count = fields.Integer(string="Declined", compute="_compute_counts")
    negative_count = fields.Integer(string="Negative", compute="_compute_counts")
    response_rate = fields.Float(
        string="Returned (%)", compute="_compute_counts", help="Of the issued forms."
    )
    has_index = fields.Boolean(compute="_compute_index")
    index = fields.Float(
        compute="_compute_index",
        help="While the survey is running the mean over the customers who answered, "
        "afterwards the stored result.",
    )
    is_below = fields.Boolean(string="Below Required", compute="_compute_index")
    failed_count = fields.Integer(string="Failed", compute="_compute_failed")
    failed_dimension_names = fields.Char(
        string="Failed Dimensions", compute="_compute_failed"
    )

    # ------------------------------------------------------------ figures

    @api.depends(
        "response_ids.state",
        "response_ids.issued_date",
        "response_ids.is_negative",
        "is_anonymous",
        "state",
    )
    @api.depends_context("uid")
    def _compute_counts(self):
        """Count the responses that the user may read; of an anonymous campaign, whose
        answers nobody may read, the offices see the totals."""
        responses = self.env["customer.survey.response"]
        anonymous = self.filtered("is_anonymous")
        groups = responses._get_state_counts(self - anonymous)
        if anonymous and self._sees_totals():
            # sudo: only totals leave here, of what was negative none before the end
            responses = responses.sudo()
        groups |= responses._get_state_counts(anonymous)
        for campaign in self:
            count = groups.get(campaign._origin.id, {})
            asked = {state: row for state, row in count.items() if state != "excluded"}
            campaign.excluded_count = count.get("excluded", {}).get("customers", 0)
            campaign.customer_count = sum(row["customers"] for row in asked.values())
            campaign.issued_count = sum(row["issued"] for row in asked.values())
            campaign.answered_count = count.get("answered", {}).get("rows", 0)
            campaign.declined_count = count.get("declined", {}).get("rows", 0)
            shows_scores = not campaign.is_anonymous or (
                campaign.state in ("closed", "filed")
                and campaign.answered_count >= campaign._get_minimum_answers()
            )
            campaign.negative_count = (
                count.get("answered", {}).get("negative", 0) if shows_scores else 0
            )
            drawn = campaign.customer_count + campaign.excluded_count
            campaign.coverage = drawn and campaign.customer_count / drawn * 100
            issued = campaign.issued_count
            campaign.response_rate = issued and campaign.answered_count / issued * 100

    @api.model
    def _sees_totals(self):
        """Return whether the present user sees figures over all customers."""
        return self.env.user._has_archive_role("MDO", "GMO", "KEEPER")

    @api.depends(
        "response_ids.index",
        "response_ids.score_ids",
        "result_ids.score",
        "result_ids.has_score",
        "required_level",
        "is_anonymous",
        "state",
    )
    @api.depends_context("uid")
    def _compute_index(self):
        """The mean over the responses that the user may read while the survey runs,
        then the stored result if he may read it."""
        running = self.filtered(
            lambda campaign: campaign.state == "running" and not campaign.is_anonymous
        )
        responses = self.env["customer.survey.response"]
        indexes = {
            campaign.id: index
            for campaign, index in responses._read_group(
                Domain("campaign_id", "in", running._origin.ids)
                & responses._counted_domain(),
                ["campaign_id"],
                ["index:avg"],
            )
        }
        for result in self._get_readable_results(Domain("dimension_id", "=", False)):
            indexes[result.campaign_id.id] = result.score
        for campaign in self:
            index = indexes.get(campaign._origin.id)
            campaign.has_index = index is not None
            campaign.index = index or 0.0
            campaign.is_below = campaign.has_index and campaign._is_below_level(
                index, campaign.required_level
            )

    @api.depends("result_ids.is_failed", "state")
    @api.depends_context("uid", "lang")
    def _compute_failed(self):
        failed = self._get_readable_results(
            Domain("dimension_id", "!=", False) & Domain("is_failed", "=", True)
        ).grouped("campaign_id")
        for campaign in self:
            dimensions = failed.get(
                campaign._origin, self.env["customer.survey.result"]
            ).dimension_id
            campaign.failed_count = len(dimensions)
            campaign.failed_dimension_names = ", ".join(dimensions.mapped("name"))

    def _get_readable_results(self, domain):
        """Return the results over all units that were stored and that the present
        user may read."""
        return self.env["customer.survey.result"].search(
            Domain("campaign_id", "in", self._origin.ids)
            & Domain("team_id", "=", False)
            & Domain("has_score", "=", True)
            & domain
        )

    @api.model
    def _is_below_level(self, score, level):
        """Return whether ``score`` misses ``level``, at two digits; equal passes
        (M30)."""
        return float_compare(score, level, precision_digits=2) < 0

    def _get_minimum_answers(self):
        """Return how many answers a figure takes to be shown."""
        return max(self.is_anonymous and self.company_id.survey_minimum_answers, 1)

    # ------------------------------------------------------------ settled at the check

    def _settle_results(self):
        """Keep, for each dimension that is asked and for the index, the weight and
        the required level of this campaign (G16)."""
        asked = self.survey_id.question_ids.filtered(
            lambda question: question._is_dimension_scored()
        ).dimension_id
        levels = self.env["customer.survey.level"]._get_levels(
            self.company_id, self.date_to.year, self.team_id
        )
        unit_levels = self.env["customer.survey.level"]._get_unit_levels(
            self.company_id, self.date_to.year
        )
        subjects = {False: 0.0} | {row.id: row.weight for row in asked}
        # sudo: who leads the survey was checked; results are the system's
        self.env["customer.survey.result"].sudo()._system_create(
            [
                {
                    "campaign_id": self.id,
                    "team_id": team_id,
                    "dimension_id": dimension_id,
                    "weight": subjects[dimension_id],
                    "required_level": level,
                }
                for (team_id, dimension_id), level in unit_levels.items()
                if dimension_id in subjects and self._has_unit_results(team_id)
            ]
            + [
                {
                    "campaign_id": self.id,
                    "dimension_id": dimension.id,
                    "weight": dimension.weight,
                    "required_level": levels.get(
                        dimension.id, dimension.required_level
                    ),
                }
                for dimension in asked
            ]
            + [{"campaign_id": self.id, "required_level": self.required_level}]
        )

    def _has_unit_results(self, team_id):
        return not self.is_anonymous and self.team_id.id in (False, team_id)

    # ------------------------------------------------------------ stored at the end

    def _store_results(self):
        """Store, anew, the results over all customers and by unit (M29–M31).

        The scores of the customers are added up in one statement; what follows has as
        many rows as there are units and dimensions. Results that are no longer borne
        out stay, without a score, for what refers to them.
        """
        self.ensure_one()
        # sudo: the caller has checked who acts; results are the system's
        results_sudo = self.env["customer.survey.result"].sudo()
        stored = self.sudo().result_ids._by_key()
        previous = self.sudo().previous_id.result_ids.filtered("has_score")._by_key()
        counts, figures = self._get_figures()
        settled = {key: result for key, result in stored.items() if not key[0]}
        vals_list = []
        for key in stored.keys() | counts.keys():
            team_id, dimension_id = key
            over_all = settled.get((False, dimension_id), results_sudo)
            score, satisfied = figures.get(key, (0.0, 0.0))
            # a unit that has a level of its own has had a row since the check
            required = stored.get(key, over_all).required_level
            before = previous.get(key)
            vals = {
                "customer_count": counts.get(key, 0),
                "has_score": key in figures,
                "score": score,
                "satisfied_rate": satisfied,
                "has_previous": bool(before),
                "previous_score": before.score if before else 0.0,
                "required_level": required,
                "is_failed": key in figures and self._is_below_level(score, required),
            }
            if result_sudo := stored.get(key):
                result_sudo._system_write(vals)
                continue
            vals_list.append(
                vals
                | {
                    "campaign_id": self.id,
                    "team_id": team_id,
                    "dimension_id": dimension_id,
                    "weight": over_all.weight,
                }
            )
        results_sudo._system_create(vals_list)

    def _get_figures(self):
        """Return how many customers gave a score, {(unit, dimension): n}, and what
        comes of it, {(unit, dimension): (score, percent satisfied)}, where there are
        enough answers to be shown. The ids are False for all units and the index."""
        settled = self.sudo().result_ids.filtered(lambda result: not result.team_id)
        weights = {result.dimension_id.id: result.weight for result in settled}
        counts, figures = {}, {}
        for team_id, dimension_id, count, score, satisfied in self._query_figures():
            key = team_id or False, dimension_id or False
            if key[1] in weights and not (self.is_anonymous and key[0]):
                counts[key] = count
                if count >= self._get_minimum_answers():
                    figures[key] = score, satisfied
        for team_id, dimension_id in list(figures):
            if not dimension_id:
                # M30, of the scores that are shown: nobody reckons back the others
                weighted = [
                    (weights[key[1]], figures[key][0])
                    for key in figures
                    if key[0] == team_id and key[1]
                ]
                total = sum(weight for weight, _score in weighted)
                if not total:
                    del figures[team_id, False]
                    continue
                index = sum(weight * score for weight, score in weighted) / total
                figures[team_id, False] = index, figures[team_id, False][1]
        return counts, figures

    def _query_figures(self):
        """Return rows (unit, dimension, customers, score, percent satisfied), the unit
        None over all units, the dimension None for the customers' own index."""
        for model, names in (
            ("customer.survey.score", ["response_id", "dimension_id", "score"]),
            (
                "customer.survey.response",
                ["campaign_id", "index", "sales_amount", "state", "team_id"],
            ),
        ):
            self.env[model].flush_model(names)
        # who bought nothing has no weight; where nobody bought all weigh the same
        weight = SQL("1")
        if self.weighting == "sales":
            weight = SQL("GREATEST(COALESCE(sales_amount, 0), 0)")
        return self.env.execute_query(
            SQL(
                """
                WITH response AS (
                    SELECT id, team_id, "index", %(weight)s AS weight
                      FROM customer_survey_response
                     WHERE campaign_id = %(campaign)s AND state = 'answered'
                ), figure AS (
                    SELECT response.team_id, response.weight,
                           score.dimension_id, score.score
                      FROM response
                      JOIN customer_survey_score score
                        ON score.response_id = response.id
                     UNION ALL
                    SELECT response.team_id, response.weight, NULL, response."index"
                      FROM response
                     WHERE EXISTS (SELECT 1 FROM customer_survey_score score
                                    WHERE score.response_id = response.id)
                )
                SELECT team_id, dimension_id, COUNT(*),
                       COALESCE(SUM(score * weight) / NULLIF(SUM(weight), 0),
                                AVG(score)),
                       AVG(CASE WHEN ROUND(score::numeric, 2) >= %(satisfied)s
                                THEN 100.0 ELSE 0.0 END)::float
                  FROM figure
              GROUP BY GROUPING SETS ((dimension_id), (team_id, dimension_id))
                HAVING GROUPING(team_id) = 1 OR team_id IS NOT NULL
                """,
                weight=weight,
                campaign=self.id,
                satisfied=self.satisfied_level,
            )
        )
