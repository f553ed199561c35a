from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

# problem and solution; a change needs the index made anew, which Odoo does by itself
SEARCHED = (
    "name",
    "description",
    "cause",
    "evidence",
    "solution",
    "prevention_reason",
    "score_comment",
)


class CustomerComplaint(models.Model):
    """Full-text search over problems and solutions (B22).

    The texts are cut into single characters and pairs of characters, which an index
    holds: Chinese has no spaces between words, and most words have two characters, too
    few for the trigrams of PostgreSQL.
    """

    _inherit = "customer.complaint"

    text_search = fields.Char(
        string="Problem and Solution",
        store=False,
        search="_search_text_search",
        help="All of these words occur in the texts of the case.",
    )

    _text_grams_idx = models.Index(
        "USING gin (customer_text_grams({}))".format(
            " || ' ' || ".join(f"COALESCE({name}, '')" for name in SEARCHED)
        )
    )

    def _auto_init(self):
        # the index needs it
        self._create_text_functions()
        return super()._auto_init()

    def init(self):
        result = super().init()
        # statistics over all pairs of characters make each ANALYZE take a minute and
        # serve nobody: the index is always the best way
        self.env.cr.execute(
            SQL(
                "ALTER INDEX %s ALTER COLUMN 1 SET STATISTICS 0",
                SQL.identifier(self._text_grams_idx.full_name(self)),
            )
        )
        return result

    @api.model
    def _create_text_functions(self):
        # COST: computing it anew for a row is never cheaper than asking the index
        self.env.cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION customer_text_grams(value text)
                   RETURNS text[] LANGUAGE sql
                   IMMUTABLE STRICT PARALLEL SAFE COST 10000
                   AS $$
                   SELECT array_agg(one) || array_agg(one || COALESCE(two, ''))
                     FROM (SELECT string_to_array(lower(value), NULL) AS chars) split,
                          unnest(chars, chars[2:]) AS pair(one, two)
                   $$"""
            )
        )

    @api.model
    def _drop_text_functions(self):
        # CASCADE: the index goes with its table anyhow
        self.env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS customer_text_grams(text) CASCADE")
        )

    @api.model
    def _search_text_search(self, operator, value):
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        return Domain.AND(self._word_domain(word) for word in value.split())

    @api.model
    def _word_domain(self, word):
        """Return the Domain of the cases in whose texts ``word`` occurs."""

        def to_sql(model, alias, query):
            columns = [model._field_to_sql(alias, name, query) for name in SEARCHED]
            grams = SQL("customer_text_grams(%s)", word)
            if len(word) > 1:
                # the pairs say it all, and each gram less is quicker
                grams = SQL(
                    "ARRAY(SELECT gram FROM unnest(%s) gram WHERE length(gram) = 2)",
                    grams,
                )
            # as in the definition of the index, else it is not used
            by_index = SQL(
                "customer_text_grams(%s) @> %s",
                SQL(" || ' ' || ").join(
                    SQL("COALESCE(%s, '')", column) for column in columns
                ),
                grams,
            )
            if len(word) <= 2:
                # a single character or pair: the index is exact
                return by_index
            pattern = f"%{escape_psql(word)}%"
            # Chinese has no lower case: half the work is saved
            has_case = word.lower() != word.upper()
            # column by column: the first one that has the word saves reading the others
            by_text = SQL(" OR ").join(
                SQL("lower(%s) LIKE lower(%s)", column, pattern)
                if has_case
                else SQL("%s LIKE %s", column, pattern)
                for column in columns
            )
            return SQL("(%s AND (%s))", by_index, by_text)

        return Domain.custom(to_sql=to_sql)
