"""Measures surveys beside plain SQL and beside Odoo's survey app."""

from generator_survey import TO_SEND
from measure import Budget, Comparison, Side, peak_memory, user_id
from views import specification

from odoo import SUPERUSER_ID, Command, api
from odoo.tools import SQL

CAMPAIGN, RESPONSE = "customer.survey.campaign", "customer.survey.response"
DIRECTOR, MANAGER = "bench_mdo", "bench_manager"
CLOSING_BUDGET = 3
# of ten times the responses
FLAT = 12


def measure_survey(stock, ours, options):
    """Close a campaign and compute its scores anew; file, send, list and count beside
    the survey app."""
    rounds = options.rounds
    counts = {name: count_answered(ours, name) for name in ("Large", "Small")}
    return [
        *measure_closing(ours, counts, rounds),
        *measure_recomputing(ours, counts, rounds),
        *measure_beside_odoo(stock, ours, rounds),
    ]


def named(env, name):
    """Return one of the campaigns that were generated."""
    return env[CAMPAIGN].search([("name", "=", name)]).ensure_one()


def count_answered(registry, name):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        return len(answered(env, name))


def answered(env, name):
    return env[RESPONSE].search(
        [("campaign_id", "=", named(env, name).id), ("state", "=", "answered")]
    )


def title_with_memory(ours, title, prepare):
    """Return a title that says how much memory a call takes."""
    growth = []
    with ours.cursor() as cr:
        env = api.Environment(cr, user_id(ours, DIRECTOR), {"lang": "en_US"})
        call = prepare(env, 0)
        with peak_memory(growth):
            call()
            cr.flush()
        cr.rollback()
    return title + "".join(f" (memory: +{megabytes} MB)" for megabytes in growth)


# ---------------------------------------------------------------------------
# Closing
# ---------------------------------------------------------------------------


def closing(name):
    """Return a function that prepares the end of a campaign."""

    def prepare(env, _number):
        return named(env, name).action_close

    return prepare


def plain_closing(name):
    """Return a function that prepares the SQL that somebody would write for it, without
    ORM, rights and what follows: sales, means, rates and the net promoter score."""

    def prepare(env, _number):
        campaign = named(env, name)
        start, end = campaign._get_period()
        values = {
            "campaign": campaign.id,
            "start": start,
            "end": end,
            "level": campaign.satisfied_level,
        }

        def run():
            for query in PLAIN_CLOSING:
                env.cr.execute(SQL(query, **values))

        return run

    return prepare


PLAIN_CLOSING = (
    """
    UPDATE customer_survey_response response
       SET sales_amount = COALESCE(sales.amount, 0)
      FROM customer_survey_response asked
 LEFT JOIN (
        SELECT partner.commercial_partner_id,
               SUM(sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1))
               AS amount
          FROM sale_order sale
          JOIN res_partner partner ON partner.id = sale.partner_id
         WHERE sale.state = 'sale'
           AND sale.date_order >= %(start)s AND sale.date_order < %(end)s
      GROUP BY partner.commercial_partner_id
           ) sales ON sales.commercial_partner_id = asked.partner_id
     WHERE asked.id = response.id AND response.campaign_id = %(campaign)s
    """,
    """
    SELECT response.team_id, score.dimension_id, COUNT(*),
           SUM(score.score * sales_amount) / NULLIF(SUM(sales_amount), 0),
           AVG((score.score >= %(level)s)::int * 100)
      FROM customer_survey_response response
      JOIN customer_survey_score score ON score.response_id = response.id
     WHERE campaign_id = %(campaign)s AND state = 'answered'
  GROUP BY GROUPING SETS ((2), (1, 2))
    """,
    """
    SELECT team_id, COUNT(*), AVG(("index" >= %(level)s)::int * 100)
      FROM customer_survey_response
     WHERE campaign_id = %(campaign)s AND state = 'answered'
  GROUP BY GROUPING SETS ((), (1))
    """,
    """
    SELECT response.team_id, answer.promoter, COUNT(*)
      FROM customer_survey_answer answer
      JOIN customer_survey_response response ON response.id = answer.response_id
     WHERE answer.campaign_id = %(campaign)s AND answer.promoter IS NOT NULL
  GROUP BY GROUPING SETS ((2), (1, 2))
    """,
)


def measure_closing(ours, counts, rounds):
    """Close beside the plain SQL, and ten times the responses beside one."""
    director = user_id(ours, DIRECTOR)
    comparisons = []
    for name, count in counts.items():
        title = f"close a campaign of {count} responses"
        comparisons.append(
            Comparison(
                title_with_memory(ours, title, closing(name)),
                Budget(ratio=CLOSING_BUDGET if name == "Large" else None),
                Side("ours", ours, director, closing(name)),
                Side("plain SQL", ours, SUPERUSER_ID, plain_closing(name)),
            ).measure(rounds)
        )
    return comparisons


# ---------------------------------------------------------------------------
# Scores anew
# ---------------------------------------------------------------------------


def recomputing(name):
    """Return a function that prepares the scores of a running campaign anew."""

    def prepare(env, _number):
        return named(env, name).action_recompute_scores

    return prepare


def measure_recomputing(ours, counts, rounds):
    """All responses, beside a tenth of them."""
    director = user_id(ours, DIRECTOR)
    large, small = counts.values()
    title = f"compute the scores of {large} responses anew"
    return [
        Comparison(
            title_with_memory(ours, title, recomputing("Large")),
            Budget(ratio=FLAT),
            Side("ours", ours, director, recomputing("Large")),
            Side(f"{small} responses", ours, director, recomputing("Small")),
        ).measure(max(rounds // 4, 1), warm_up=0)
    ]


# ---------------------------------------------------------------------------
# Beside the survey app
# ---------------------------------------------------------------------------


def generated_survey(env):
    return env["survey.survey"].search([("title", "=", "Benchmark")]).ensure_one()


def fill_in(form):
    """Answer all questions, without finishing the form."""
    form._mark_in_progress()
    for question in form.survey_id.question_ids:
        is_text = question.question_type == "text_box"
        form._save_lines(question, "Deliver faster" if is_text else "8")


def file_participation(env, _number):
    survey = generated_survey(env)
    partner = env["res.partner"].create({"name": "Participant", "email": "p@p.example"})
    form = survey._create_answer(partner=partner, check_attempts=False)
    fill_in(form)
    return form._mark_done


def file_response(env, number):
    response = named(env, "To Send").response_ids[number]
    form = response._create_form(False)
    fill_in(form)
    return form._mark_done


def invite(env, _number):
    customers = env["res.partner"].search(
        [("is_company", "=", True), ("email", "=like", "customer@customer_%")],
        order="id",
        limit=TO_SEND,
    )
    survey = generated_survey(env)
    # everybody is new: answers of this survey would be sent again
    survey = survey.copy()
    template = env.ref("survey.mail_template_user_input_invite")
    wizard = env["survey.invite"].create(
        {
            "survey_id": survey.id,
            "partner_ids": [Command.set(customers.ids)],
            "template_id": template.id,
        }
    )
    return wizard.action_invite


def send(env, _number):
    return named(env, "To Send").action_send


def listing(model_name, domain):
    """Return a function that prepares the list of 80 with its count."""

    def prepare(env, _number):
        spec = specification(env, model_name, "list")
        model = env[model_name]
        return lambda: model.web_search_read(
            domain(env), spec, limit=80, count_limit=10001
        )

    return prepare


def of_campaign(env):
    return [("campaign_id.name", "=", "Large")]


def of_survey(env):
    return [("survey_id.title", "=", "Benchmark"), ("state", "=", "done")]


def statistics(env, _number):
    """What the page with the results of a survey computes."""
    survey = generated_survey(env)

    def compute():
        lines = env["survey.user_input.line"].search(
            [("user_input_id.survey_id", "=", survey.id)]
        )
        survey._prepare_statistics(lines)
        survey.question_and_page_ids._prepare_statistics(lines)

    return compute


def pivot(env, _number):
    """What the analysis shows: units and dimensions, with totals."""
    model = env["customer.satisfaction.report"]
    domain = [*of_campaign(env), ("level", "=", "dimension")]
    groups = [[], ["team_id"], ["dimension_id"], ["team_id", "dimension_id"]]
    return lambda: model.formatted_read_grouping_sets(
        domain, groups, ["__count", "dimension_score:avg"]
    )


def by_question(env, _number):
    """The mean of each question, which the page of the survey app shows."""
    model = env["customer.satisfaction.report"]
    domain = [*of_campaign(env), ("level", "=", "question")]
    return lambda: model.formatted_read_group(
        domain, ["question_id"], ["__count", "question_score:avg", "nps:avg"]
    )


def measure_beside_odoo(stock, ours, rounds):
    """What both do."""
    director, manager = user_id(ours, DIRECTOR), user_id(stock, MANAGER)
    system = SUPERUSER_ID, SUPERUSER_ID
    people = director, manager
    form, listed = "survey.user_input", "list of 80 and its count"
    comparisons = []
    for title, users, prepare, odoo_prepare, most in (
        ("file one answer", system, file_response, file_participation, None),
        # the manager may not change the template, which the dialog takes him to do
        (
            f"send {TO_SEND} forms",
            (director, SUPERUSER_ID),
            send,
            invite,
            max(rounds // 4, 1),
        ),
        (
            f"responses, {listed}",
            people,
            listing(RESPONSE, of_campaign),
            listing(form, of_survey),
            None,
        ),
        ("pivot of units and dimensions", people, pivot, statistics, rounds),
        ("means of the questions", people, by_question, statistics, rounds),
    ):
        comparisons.append(
            Comparison(
                title,
                Budget(),
                Side("ours", ours, users[0], prepare),
                Side("the survey app", stock, users[1], odoo_prepare),
            ).measure(most or rounds, warm_up=0 if most else 2)
        )
    return comparisons
