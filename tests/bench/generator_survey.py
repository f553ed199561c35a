"""Fills a scratch database with the answers to a survey.

As in ``generator``, some forms are filled in by Odoo and copied by the database, each
copy for a customer of its own.
"""

import random

from generator import USERS, GeneratorError, Sizes
from generator_case import CaseGenerator

from odoo import Command, fields
from odoo.tools import SQL

DIMENSIONS = ("quality", "service", "price", "credit")
TEMPLATES = 40
# customers who are still to be sent a form
TO_SEND = 500
# none, or a value on a scale
VALUES = (None, 4, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10)
# beside those of the cases
GENERAL_MANAGER = -6


def survey_sizes(responses):
    """Return the Sizes for so many answers, each of a customer with one order."""
    customers = max(responses, TO_SEND) + TEMPLATES
    return Sizes(
        customers=customers,
        trading=customers,
        history=0,
        lines=1,
        quotations=0,
        deals=0,
        responses=responses,
    )


class SurveyGenerator(CaseGenerator):
    """Makes participations in a database of Odoo alone; in one of ours a running
    campaign with as many responses, one with a tenth of them, and one to send."""

    def generate(self):
        """Make everything; the caller commits."""
        self.dice = random.Random(19)
        self._customers()
        self.cr.execute("ANALYZE")
        self.is_ours = "customer.survey.campaign" in self.env
        if self.is_ours:
            self._prepare_archive()
            self._prepare_users()
        else:
            manager = self.env["res.users"].browse(self.first_user + USERS - 2)
            manager.login = "bench_manager"
            manager.group_ids += self.env.ref("survey.group_survey_manager")
        self.survey = self._create_survey()
        if self.is_ours:
            for name, count in (
                ("Large", self.sizes.responses),
                ("Small", self.sizes.responses // 10),
            ):
                self._copy_responses(self._answered(name), count)
            self._start_campaign("To Send", TO_SEND)
        else:
            self._copy_participations()
        self.env.flush_all()
        self.cr.execute("ANALYZE")
        self.env.invalidate_all(flush=False)

    def _prepare_users(self):
        users = self.env["res.users"].search([("login", "=like", "bench_%")])
        director = users.filtered(lambda user: user.login == "bench_mdo")
        manager = users.browse(self.first_user + len(users) + GENERAL_MANAGER)
        manager.login = "bench_gmo"
        manager.group_ids += self.env.ref("customer_archive.group_gmo")
        # each step is his, not the system's
        self.director = director

    def _create_survey(self):
        """Return a questionnaire of a page for each dimension, the same everywhere."""
        vals_list = []
        for dimension in DIMENSIONS:
            vals_list.append({"title": dimension, "is_page": True})
            for number in range(2):
                vals = {"title": f"{dimension} {number}", "question_type": "scale"}
                if self.is_ours:
                    vals["dimension_id"] = self.env.ref(
                        f"customer_survey.customer_survey_dimension_{dimension}"
                    ).id
                vals_list.append(vals)
        recommendation = {"title": "Recommend?", "question_type": "scale"}
        if self.is_ours:
            recommendation["is_recommendation"] = True
        vals_list += [recommendation, {"title": "More?", "question_type": "text_box"}]
        values = {"survey_type": "customer_satisfaction"} if self.is_ours else {}
        return self.env["survey.survey"].create(
            {
                "title": "Benchmark",
                "access_mode": "token",
                "user_id": False,
                "questions_layout": "page_per_section",
                "question_and_page_ids": [
                    Command.create({"sequence": sequence, **vals})
                    for sequence, vals in enumerate(vals_list)
                ],
                **values,
            }
        )

    def _fill_in(self, form):
        """Answer all questions of a form by chance, without finishing it."""
        form._mark_in_progress()
        for question in self.survey.question_ids:
            if question.question_type == "scale":
                value = self.dice.choice(VALUES)
                form._save_lines(question, "" if value is None else str(value))
            elif self.dice.random() < 0.3:
                form._save_lines(question, "Deliver faster")

    # ------------------------------------------------------------ Odoo alone

    def _copy_participations(self):
        customers = self.env["res.partner"].browse(
            range(self.first_customer, self.first_customer + TEMPLATES)
        )
        forms = self.env["survey.user_input"]
        for customer in customers:
            forms |= self.survey._create_answer(partner=customer, check_attempts=False)
        for form in forms:
            self._fill_in(form)
            form._mark_done()
        self.env.flush_all()
        with self._without_foreign_keys():
            self._copy_forms(forms, self._count(self.sizes.responses))

    def _count(self, responses):
        """Return how often the templates are copied; they count themselves."""
        return max(responses // TEMPLATES - 1, 1)

    def _place(self, records):
        """Return the SQL of a number for each copy of ``records``.

        :raise GeneratorError: their ids are not in a row
        """
        first = records[0].id
        if records.ids != list(range(first, first + len(records))):
            raise GeneratorError("The templates have no ids in a row.")
        return SQL("(k * %s + t.id - %s)", len(records), first)

    def _copy_forms(self, forms, count, references=None):
        place = self._place(forms)
        self._copy(
            "survey_user_input",
            forms.ids,
            count,
            references=references,
            partner_id=SQL("%s + %s", self.first_customer, place),
            access_token=SQL("gen_random_uuid()::text"),
            invite_token=SQL("gen_random_uuid()::text"),
            email=SQL("'customer@customer' || %s || '.example.com'", place),
            nickname=SQL("'Customer ' || %s", place),
        )
        self._copy(
            "survey_user_input_line",
            forms.user_input_line_ids.ids,
            count,
            references={"user_input_id": "survey_user_input"},
        )

    # ------------------------------------------------------------ campaigns

    def _start_campaign(self, name, count):
        """Return a running campaign that asks the first customers."""
        customers = self.env["res.partner"].browse(
            range(self.first_customer, self.first_customer + count)
        )
        by_customer = (
            self.env["customer.dossier"]
            .search([("partner_id", "in", customers.ids)])
            .grouped("partner_id")
        )
        dossiers = self.env["customer.dossier"].union(
            *(by_customer[customer] for customer in customers)
        )
        today = fields.Date.today()
        campaigns = self.env["customer.survey.campaign"].with_user(self.director)
        campaign = campaigns.create(
            {
                "name": name,
                "kind": "periodic",
                "scope": "chosen",
                "survey_id": self.survey.id,
                "weighting": "sales",
                "date_from": today.replace(year=today.year - 5),
                "date_to": today,
                "date_deadline": today.replace(year=today.year + 1, day=1),
            }
        )
        campaign.action_check()
        campaign.sudo()._add_customers(dossiers.sudo())
        campaign.action_start()
        return campaign

    def _answered(self, name):
        """Return the responses of a campaign whose customers have answered."""
        responses = self._start_campaign(name, TEMPLATES).sudo().response_ids
        for response in responses.sorted("id"):
            form = response._create_form(False)
            self._fill_in(form)
            form._mark_done()
        return responses.sorted("id")

    def _copy_responses(self, responses, responses_wanted):
        self.env.flush_all()
        count = self._count(responses_wanted)
        customer = SQL("%s + %s", self.first_customer, self._place(responses))
        with self._without_foreign_keys():
            self._copy(
                "customer_survey_response",
                responses.ids,
                count,
                partner_id=customer,
                contact_id=customer,
                **{
                    name: self._of_customer(
                        "customer_dossier", "partner_id", column, customer
                    )
                    for name, column in (("dossier_id", "id"), ("team_id", "team_id"))
                },
            )
            self._copy_forms(
                responses.form_ids.sorted("id"),
                count,
                {"customer_response_id": responses._table},
            )
            for records, references in (
                (responses.score_ids, {}),
                (responses.answer_ids, {}),
                (responses.opinion_ids, {"line_id": "survey_user_input_line"}),
            ):
                self._copy(
                    records._table,
                    records.ids,
                    count,
                    references={"response_id": responses._table, **references},
                )
        self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------ check

    def check(self):
        """Let Odoo compute a sample anew and look for what cannot be.

        :raise GeneratorError: something differs
        """
        forms = self.env["survey.user_input"].search_count([("state", "=", "done")])
        wanted = self.sizes.responses * (1.1 if self.is_ours else 1)
        if not 0.9 * wanted <= forms <= 1.1 * wanted + 3 * TEMPLATES:
            raise GeneratorError(f"{forms} forms instead of {wanted:.0f}")
        if not self.is_ours:
            return
        sample = self._sample("customer.survey.response", [], random.Random(19))
        answered = sample.filtered(lambda response: response.state == "answered")
        stored = self._figures(answered)
        answered._store_scores()
        if self._figures(answered) != stored:
            raise GeneratorError("The scores of responses differ.")
        self._check_recomputed(sample, ("team_id", "company_id", "partner_id"))
        self.cr.rollback()

    def _figures(self, responses):
        return [
            (
                response.index,
                response.is_negative,
                response.promoter,
                sorted((s.dimension_id.id, s.score) for s in response.score_ids),
                sorted((a.question_id.id, a.value) for a in response.answer_ids),
            )
            for response in responses
        ]
