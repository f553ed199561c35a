"""A yearly survey is answered on the web, by telephone and on paper.

``CUSTOMER_SURVEY_LOAD`` in the environment changes how many customers it draws.
"""

import os
import random
import time
from collections import Counter, defaultdict
from fractions import Fraction

from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.customer_survey.tests.common import SurveyCommon

CUSTOMERS = int(os.environ.get("CUSTOMER_SURVEY_LOAD", 100))
# of the customers
SHARES = {"web": 0.3, "phone": 0.1, "paper": 0.05}
OPTED_OUT_EVERY, TWO_CONTACTS_EVERY = 25, 10
SKIPPED = 0.15
UNITS, INDUSTRIES, REGIONS = 4, 3, 3
# of the orders: nobody else has bought anything then
DAY = "2001-06-01"
# dimension, type, what its values are: of a scale or a number the limits, of choices
# the scores, of a matrix those of its columns and how many rows it has
QUESTIONS = (
    ("quality", "scale", (0, 10)),
    ("quality", "scale", (1, 5)),
    ("service", "scale", (0, 10)),
    ("service", "simple_choice", (0, 1, 3, 5)),
    ("service", "numerical_box", (0, 20)),
    ("price", "multiple_choice", (2, 3, -1)),
    ("price", "scale", (0, 10)),
    ("credit", "matrix", ((0, 2, 4), 2)),
    ("recommendation", "scale", (0, 10)),
    ("none", "text_box", None),
)
DIMENSIONS = ("quality", "service", "price", "credit")
LABELS = {"web": "Web", "phone": "Phone", "paper": "Paper Form"}


class Answers:
    """What one person answers, made up before it is sent, and what it is worth."""

    def __init__(self, dice):
        self.values = [
            None if dice.random() < SKIPPED else self._choose(dice, kind, scale)
            for _dimension, kind, scale in QUESTIONS
        ]

    def _choose(self, dice, kind, scale):
        if kind in ("scale", "numerical_box"):
            return dice.randint(*scale)
        if kind == "simple_choice":
            return dice.randrange(len(scale))
        if kind == "multiple_choice":
            return sorted(dice.sample(range(len(scale)), dice.randint(1, len(scale))))
        if kind == "matrix":
            columns, rows = scale
            row_count = dice.randint(1, rows)
            return {
                row: dice.randrange(len(columns))
                for row in sorted(dice.sample(range(rows), row_count))
            }
        return "On time"

    def get_scores(self):
        """Return {number of the question: its score, 0 to 100, exactly} (M28)."""
        scores = {}
        for number, value in enumerate(self.values):
            _dimension, kind, scale = QUESTIONS[number]
            if value is None or kind == "text_box":
                continue
            if kind == "simple_choice":
                value, lowest, highest = scale[value], min(scale), max(scale)
            elif kind == "multiple_choice":
                value = sum(scale[choice] for choice in value)
                lowest = sum(score for score in scale if score < 0)
                highest = sum(score for score in scale if score > 0)
            elif kind == "matrix":
                columns, _rows = scale
                chosen = [columns[column] for column in value.values()]
                value = Fraction(sum(chosen), len(chosen))
                lowest, highest = min(columns), max(columns)
            else:
                lowest, highest = scale
            scores[number] = Fraction(value - lowest) * 100 / (highest - lowest)
        return scores


def mean(values, weights=None):
    """Return the exact mean; where nobody has a weight all have the same."""
    values = list(values)
    weights = list(weights or ())
    if not any(weights):
        weights = [1] * len(values)
    return sum(map(Fraction.__mul__, values, map(Fraction, weights))) / sum(weights)


def share(values, level):
    """Return the percentage of what reaches ``level``."""
    return mean(Fraction(100 * (value >= level)) for value in values)


class Customer:
    """What is known about a customer without asking Odoo."""

    def __init__(self, number, dossier, dice):
        self.dossier = dossier
        self.number = number
        self.unit = number % UNITS
        self.industry = number // UNITS % INDUSTRIES
        self.region = number // UNITS // INDUSTRIES % REGIONS
        self.sales = 0 if number % 9 == 0 else dice.randint(1, 5000)
        self.opted_out = number % OPTED_OUT_EVERY == OPTED_OUT_EVERY - 1
        # others are asked by telephone and on paper
        self.has_address = number % 3 > 0
        self.people = 2 if number % TWO_CONTACTS_EVERY == 1 else 1
        self.channel = None
        self.outcome = None
        self.answers = []

    def get_scores(self):
        """Return {dimension: score}: the mean of the questions, then of the people."""
        by_person = defaultdict(list)
        for answers in self.answers:
            by_dimension = defaultdict(list)
            for number, score in answers.get_scores().items():
                by_dimension[QUESTIONS[number][0]].append(score)
            for dimension in DIMENSIONS:
                if dimension in by_dimension:
                    by_person[dimension].append(mean(by_dimension[dimension]))
        return {dimension: mean(scores) for dimension, scores in by_person.items()}

    def get_index(self, weights):
        """Return the weighted mean of the dimensions that were answered, or None."""
        scores = self.get_scores()
        if not scores:
            return None
        return mean(scores.values(), [weights[dimension] for dimension in scores])


@tagged("post_install", "-at_install")
class TestSurveyLoad(SurveyCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(CUSTOMERS)
        cls.weights = {"quality": 4, "service": 3, "price": 2, "credit": 1}
        for dimension, weight in cls.weights.items():
            getattr(cls, dimension).weight = weight
        cls.units = cls.env["crm.team"].create(
            [{"name": f"Unit {number}"} for number in range(UNITS)]
        )
        cls.industries = cls.env["res.partner.industry"].create(
            [{"name": f"Industry {number}"} for number in range(INDUSTRIES)]
        )
        cls.regions = cls.env["customer.classification"].create(
            [
                {"name": f"Region {number}", "kind": "region"}
                for number in range(REGIONS)
            ]
        )
        cls.survey = cls._create_questionnaire()
        cls.questions = cls.survey.question_ids
        cls._create_customers()
        cls._choose_channels()

    @classmethod
    def _create_questionnaire(cls):
        """Return a questionnaire of two pages with ``QUESTIONS``."""
        survey = cls.survey.copy({"question_and_page_ids": []})
        survey.question_and_page_ids.unlink()
        vals_list = []
        for number, (dimension, kind, scale) in enumerate(QUESTIONS):
            if number % 5 == 0:
                vals_list.append({"title": f"Page {number // 5}", "is_page": True})
            vals = {"title": f"Question {number}", "question_type": kind}
            if dimension in DIMENSIONS:
                vals["dimension_id"] = getattr(cls, dimension).id
            if kind == "scale":
                vals["scale_min"], vals["scale_max"] = scale
                vals["is_recommendation"] = dimension == "recommendation"
            elif kind == "numerical_box":
                vals["validation_required"] = True
                vals["validation_min_float_value"] = scale[0]
                vals["validation_max_float_value"] = scale[1]
            elif kind != "text_box":
                scores = scale[0] if kind == "matrix" else scale
                vals["suggested_answer_ids"] = [
                    Command.create({"value": f"Choice {place}", "answer_score": score})
                    for place, score in enumerate(scores)
                ]
            if kind == "matrix":
                vals["matrix_subtype"] = "simple"
                vals["matrix_row_ids"] = [
                    Command.create({"value": f"Row {row}"}) for row in range(scale[1])
                ]
            vals_list.append(vals)
        cls.env["survey.question"].create(
            [
                {"survey_id": survey.id, "sequence": sequence, **vals}
                for sequence, vals in enumerate(vals_list, 1)
            ]
        )
        return survey

    @classmethod
    def _create_customers(cls):
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "lang": "en_US",
                    "user_id": cls.rep.id,
                }
                for number in range(CUSTOMERS)
            ]
        )
        dossiers = cls.env["customer.dossier"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        cls.customers = [
            Customer(number, dossier, cls.dice)
            for number, dossier in enumerate(dossiers)
        ]
        people = []
        for customer in cls.customers:
            partner = customer.dossier.partner_id
            partner.survey_opt_out = customer.opted_out
            partner.industry_id = cls.industries[customer.industry]
            partner.sales_region_id = cls.regions[customer.region]
            customer.dossier.team_id = cls.units[customer.unit]
            people += [
                {
                    "name": f"Person {place} of {partner.name}",
                    "parent_id": partner.id,
                    "email": f"person{place}.{customer.number}@example.com",
                    "lang": "en_US",
                }
                for place in range(customer.people)
                if customer.has_address
            ]
        cls.env["res.partner"].create(people)
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": customer.dossier.partner_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": cls.product.id,
                                "price_unit": customer.sales,
                                "tax_ids": [],
                            }
                        )
                    ],
                }
                for customer in cls.customers
            ]
        )
        orders.action_confirm()
        orders.date_order = DAY

    @classmethod
    def _choose_channels(cls):
        """Decide who answers, which way and what."""
        asked = [customer for customer in cls.customers if not customer.opted_out]
        cls.dice.shuffle(asked)
        # whoever has no address is asked in another way
        asked.sort(key=lambda customer: not customer.has_address)
        counts = {channel: round(CUSTOMERS * of) for channel, of in SHARES.items()}
        for customer in asked[: counts["web"]]:
            customer.channel = "web"
        rest = [customer for customer in asked if not customer.channel]
        cls.dice.shuffle(rest)
        for place in range(counts["phone"] + counts["paper"]):
            rest[place].channel = "phone" if place < counts["phone"] else "paper"
        for customer in asked:
            people = customer.people if customer.channel == "web" else 1
            if not customer.channel and customer.number % 4 == 0:
                customer.outcome = cls.dice.choice(["decline", "unreachable"])
            if customer.channel:
                customer.answers = [Answers(cls.dice) for _person in range(people)]

    # ------------------------------------------------------------ the three ways

    def _call_kw(self, model, method, *args, **kwargs):
        """Call as the web client of the user who is logged in."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _encode(self, question, kind, value):
        """Return an answer as the page of the questionnaire posts it."""
        choices = [str(choice_id) for choice_id in question.suggested_answer_ids.ids]
        if kind == "simple_choice":
            return choices[value]
        if kind == "multiple_choice":
            chosen = [choices[choice] for choice in value]
            return chosen if len(chosen) > 1 else chosen[0]
        if kind == "matrix":
            rows = question.matrix_row_ids.ids
            return {str(rows[row]): [choices[column]] for row, column in value.items()}
        return str(value)

    def _prepare_pages(self, answers):
        """Return [(id of a page, the parameters that its button sends)]."""
        pages = defaultdict(dict)
        for question, (_dimension, kind, _scale), value in zip(
            self.questions, QUESTIONS, answers.values, strict=True
        ):
            page = pages[question.page_id.id]
            if value is not None:
                page[str(question.id)] = self._encode(question, kind, value)
            elif kind in ("text_box", "numerical_box"):
                page[str(question.id)] = ""
        return list(pages.items())

    def _fill_in(self, path, pages):
        """Take the questionnaire behind the address as the browser does."""
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("o_survey_form", page.text)
        tokens = path.partition("/survey/start/")[2].split("?answer_token=")
        contents = [self.make_jsonrpc_request("/survey/begin/" + "/".join(tokens), {})]
        contents += [
            self.make_jsonrpc_request(
                "/survey/submit/" + "/".join(tokens), {"page_id": page_id, **params}
            )
            for page_id, params in pages
        ]
        for _correct, content in contents:
            self.assertNotIn("error", content)

    def _answer_on_the_web(self, customer):
        links = sorted(self.links[customer.dossier])
        self.assertEqual(len(links), customer.people)
        for (_contact, path), answers in zip(links, customer.answers, strict=True):
            self._fill_in(path, self._prepare_pages(answers))

    def _answer_on_the_telephone(self, customer):
        (dialog_id,) = self._call_kw(
            "customer.survey.interview", "create", [{"response_id": customer.response}]
        )
        action = self._call_kw("customer.survey.interview", "action_start", [dialog_id])
        path = action["url"].removeprefix(self.survey.get_base_url())
        self._fill_in(path, self._prepare_pages(*customer.answers))

    def _answer_on_paper(self, customer):
        action = self._call_kw(
            "customer.survey.response", "action_enter_paper", [customer.response]
        )
        [paper] = self._call_kw(
            "customer.survey.paper",
            "web_read",
            [action["res_id"]],
            specification={
                "line_ids": {"fields": {"question_id": {}, "row_id": {}}},
            },
        )
        commands = []
        keyed = dict(zip(self.questions.ids, self._key(*customer.answers), strict=True))
        for line in paper["line_ids"]:
            answer = keyed[line["question_id"]]
            if line["row_id"] and answer:
                answer = answer.get(self.rows[line["row_id"]])
            if answer:
                commands.append(Command.update(line["id"], {"answer": answer}))
        for method, args in (("write", [{"line_ids": commands}]), ("action_save", [])):
            self._call_kw("customer.survey.paper", method, [paper["id"]], *args)

    def _key(self, answers):
        """Yield, per question, what is keyed: choices by their number."""
        for (_dimension, kind, _scale), value in zip(
            QUESTIONS, answers.values, strict=True
        ):
            if value is None:
                yield ""
            elif kind == "simple_choice":
                yield str(value + 1)
            elif kind == "multiple_choice":
                yield ",".join(str(choice + 1) for choice in value)
            elif kind == "matrix":
                yield {row: str(column + 1) for row, column in value.items()}
            else:
                yield str(value)

    def _answer_all(self):
        """Let everybody answer who does, each channel by the session of one user."""
        for channel, user, answer in (
            ("web", None, self._answer_on_the_web),
            ("phone", self.rep, self._answer_on_the_telephone),
            ("paper", self.director, self._answer_on_paper),
        ):
            self.authenticate(user and user.login, user and user.login)
            began = time.monotonic()
            for customer in self.customers:
                if customer.channel == channel:
                    answer(customer)
            self.seconds[channel] = time.monotonic() - began

    def _report_outcomes(self):
        """Let the interviewer say who declined and whom he did not reach."""
        self.authenticate(self.rep.login, self.rep.login)
        for outcome in ("decline", "unreachable"):
            ids = [c.response for c in self.customers if c.outcome == outcome]
            self._call_kw("customer.survey.response", f"action_{outcome}", ids)

    # ------------------------------------------------------------ the campaign

    def _run_campaign(self):
        began = time.monotonic()
        self.campaign = self._start_campaign(
            survey_id=self.survey.id,
            contact_mode="several",
            weighting="sales",
            date_from=DAY,
            date_to=DAY,
        )
        self.env.flush_all()
        self.seconds["sending"] = time.monotonic() - began
        by_dossier = self.campaign.sudo().response_ids.grouped("dossier_id")
        self.links = {}
        for customer in self.customers:
            response = by_dossier[customer.dossier]
            customer.response = response.id
            if customer.channel == "phone" or customer.outcome:
                response.interviewer_id = self.rep
            self.links[customer.dossier] = [
                (form.partner_id.id, form.get_start_url()) for form in response.form_ids
            ]
        self.rows = {
            row_id: place
            for question in self.questions
            for place, row_id in enumerate(question.matrix_row_ids.ids)
        }
        self.env.flush_all()
        self._answer_all()
        self._report_outcomes()
        self.env.invalidate_all()
        began = time.monotonic()
        self.campaign.action_close()
        self.env.flush_all()
        self.seconds["closing"] = time.monotonic() - began
        self.campaign.action_create_report()
        self.report = self.campaign.report_ids

    # ------------------------------------------------------------ what is expected

    def _get_expected(self, customers):
        """Return {dimension or None: (customers, score, percent satisfied)} of them,
        weighted by sales (M29–M31)."""
        level = Fraction(self.campaign.satisfied_level)
        expected, parts = {}, []
        for dimension in DIMENSIONS:
            scored = [c for c in customers if dimension in c.get_scores()]
            scores = [c.get_scores()[dimension] for c in scored]
            if scores:
                score = mean(scores, [c.sales for c in scored])
                parts.append((dimension, score))
                expected[dimension] = len(scores), score, share(scores, level)
        indexes = [c.get_index(self.weights) for c in customers if c.get_scores()]
        if indexes:
            index = mean(
                [score for _dimension, score in parts],
                [self.weights[dimension] for dimension, _score in parts],
            )
            expected[None] = len(indexes), index, share(indexes, level)
        return expected

    def _get_expected_nps(self, customers):
        """Return the promoters less the detractors, in percent of the people."""
        [number] = [
            n for n, question in enumerate(QUESTIONS) if "recomm" in question[0]
        ]
        marks = [
            answers.values[number]
            for customer in customers
            for answers in customer.answers
            if answers.values[number] is not None
        ]
        return mean(Fraction(100 * ((m >= 9) - (m <= 6))) for m in marks)

    def _assert_near(self, found, expected, places=6):
        """Compare (count, float…) with (count, Fraction…)."""
        self.assertEqual(found[0], expected[0])
        for value, exact in zip(found[1:], expected[1:], strict=True):
            self.assertAlmostEqual(value, float(exact), places)

    # ------------------------------------------------------------ the test

    def test_figures_are_those_of_the_answers(self):
        self.seconds = {}
        self._run_campaign()
        self.answered = [customer for customer in self.customers if customer.channel]
        self.dimensions = {name: getattr(self, name) for name in DIMENSIONS}
        self._check_responses()
        self._check_counts()
        self._check_results()
        self._check_report()
        self._check_analysis()
        counts = Counter(customer.channel for customer in self.answered)
        forms = sum(len(customer.answers) for customer in self.answered)
        print(
            f"\n{CUSTOMERS} customers, {dict(counts)} of them with {forms} forms: "
            + ", ".join(f"{name} {took:.1f} s" for name, took in self.seconds.items())
        )

    def _check_responses(self):
        """Each customer has his own scores."""
        level = Fraction(self.campaign.negative_level)
        responses = self.env["customer.survey.response"].sudo()
        for customer in self.answered:
            response = responses.browse(customer.response)
            self.assertEqual(response.state, "answered")
            self.assertEqual(response.channel, customer.channel)
            self.assertAlmostEqual(response.sales_amount, customer.sales)
            expected = customer.get_scores()
            found = {score.dimension_id: score.score for score in response.score_ids}
            self.assertEqual(
                found.keys(), {self.dimensions[dimension] for dimension in expected}
            )
            for dimension, score in expected.items():
                found_score = found[self.dimensions[dimension]]
                self.assertAlmostEqual(found_score, float(score), 6)
            index = customer.get_index(self.weights)
            self.assertAlmostEqual(response.index, float(index or 0), 6)
            self.assertEqual(
                response.is_negative,
                any(score < level for score in (*expected.values(), index or 100)),
            )

    def _check_counts(self):
        """Rate and coverage (M31, G2)."""
        asked = [customer for customer in self.customers if not customer.opted_out]
        issued = [c for c in asked if c.has_address or c.channel]
        answered = len(self.answered)
        self.assertEqual(
            Counter(customer.channel for customer in self.answered),
            {name: round(CUSTOMERS * of) for name, of in SHARES.items()},
        )
        self.env.invalidate_all()
        self.assertEqual(self.campaign.customer_count, len(asked))
        self.assertEqual(self.campaign.issued_count, len(issued))
        self.assertEqual(self.campaign.answered_count, answered)
        self.assertAlmostEqual(self.campaign.coverage, len(asked) / CUSTOMERS * 100)
        rate = answered / len(issued) * 100
        self.assertAlmostEqual(self.campaign.response_rate, rate)
        outcomes = Counter(customer.outcome for customer in asked)
        self.assertGreater(outcomes["decline"], 0)
        self.assertEqual(self.campaign.declined_count, outcomes["decline"])
        basis = self.report.figures["basis"]
        self.assertEqual(basis["declined"], outcomes["decline"])
        self.assertEqual(basis["unreachable"], outcomes["unreachable"])
        self.assertEqual(basis["excluded"], CUSTOMERS - len(asked))
        self.assertEqual(basis["issued"], len(issued))
        self.assertEqual(basis["returned"], answered)
        self.assertAlmostEqual(basis["rate"], rate)

    def _check_results(self):
        """Stored results, of all and by unit."""
        results = self.campaign.result_ids._by_key()
        found = {}
        for (unit_id, dimension_id), result in results.items():
            self.assertTrue(result.has_score)
            found[unit_id, dimension_id] = (
                result.customer_count,
                result.score,
                result.satisfied_rate,
            )
        groups = {False: self.answered}
        for number, unit in enumerate(self.units):
            groups[unit.id] = [c for c in self.answered if c.unit == number]
        expected = {}
        for unit_id, customers in groups.items():
            for dimension, figures in self._get_expected(customers).items():
                dimension_id = dimension and self.dimensions[dimension].id
                expected[unit_id, dimension_id or False] = figures
            result = results[unit_id, False]
            self.assertTrue(result.has_nps)
            nps = self._get_expected_nps(customers)
            self.assertAlmostEqual(result.nps, float(nps), 1)
        self.assertEqual(found.keys(), expected.keys())
        for key, figures in expected.items():
            # stored with two digits
            self._assert_near(found[key], figures, 2)
        failed = {
            dimension
            for dimension, (_count, score, _satisfied) in self._get_expected(
                self.answered
            ).items()
            if dimension and round(score, 2) < self.dimensions[dimension].required_level
        }
        self.assertEqual(
            self.campaign.failed_dimension_names,
            ", ".join(
                self.dimensions[name].name for name in DIMENSIONS if name in failed
            ),
        )

    def _check_report(self):
        """What the report shows, splits included."""
        figures = self.report.figures
        expected = self._get_expected(self.answered)
        for row in (figures["index"], *figures["dimensions"]):
            names = {self.dimensions[name].name: name for name in DIMENSIONS}
            self._assert_near(
                (row["count"], row["score"], row["satisfied"]),
                expected.pop(names.get(row["dimension"])),
                2,
            )
        self.assertFalse(expected)
        scored = [customer for customer in self.answered if customer.get_scores()]
        for split, get_name in (
            ("channel", lambda customer: LABELS[customer.channel]),
            ("industry", lambda customer: f"Industry {customer.industry}"),
            ("region", lambda customer: f"Region {customer.region}"),
        ):
            groups = defaultdict(list)
            for customer in scored:
                groups[get_name(customer)].append(customer)
            self.assertEqual({row["name"] for row in figures[split]}, groups.keys())
            for row in figures[split]:
                group = groups[row["name"]]
                indexes = [customer.get_index(self.weights) for customer in group]
                index = mean(indexes, [customer.sales for customer in group])
                self._assert_near((row["count"], row["score"]), (len(group), index))
        self._check_questions(figures["questions"])

    def _check_questions(self, rows):
        level = Fraction(self.campaign.satisfied_level)
        by_title = defaultdict(list)
        for customer in self.answered:
            for answers in customer.answers:
                for number, score in answers.get_scores().items():
                    by_title[f"Question {number}"].append(score)
        self.assertEqual({row["name"] for row in rows}, by_title.keys())
        for row in rows:
            scores = by_title[row["name"]]
            self._assert_near(
                (row["count"], row["score"], row["satisfied"]),
                (len(scores), mean(scores), share(scores, level)),
            )

    def _check_analysis(self):
        """Plain means over the customers, as the director groups them."""
        analysis = self.env["customer.satisfaction.report"].with_user(self.director)
        level = Fraction(self.campaign.satisfied_level)
        scored = [customer for customer in self.answered if customer.get_scores()]
        for field, get_value in (
            ("channel", lambda customer: customer.channel),
            ("team_id", lambda customer: self.units[customer.unit]),
            ("industry_id", lambda customer: self.industries[customer.industry]),
            ("region_id", lambda customer: self.regions[customer.region]),
        ):
            groups = defaultdict(list)
            for customer in scored:
                groups[get_value(customer)].append(customer.get_index(self.weights))
            found = analysis._read_group(
                [("campaign_id", "=", self.campaign.id), ("level", "=", "overall")],
                [field],
                ["__count", "index:avg", "satisfied_rate:avg"],
            )
            self.assertEqual({value for value, *_figures in found}, groups.keys())
            for value, *figures in found:
                indexes = groups[value]
                expected = len(indexes), mean(indexes), share(indexes, level)
                self._assert_near(figures, expected)
        for dimension, *figures in analysis._read_group(
            [("campaign_id", "=", self.campaign.id), ("level", "=", "dimension")],
            ["dimension_id"],
            ["__count", "dimension_score:avg"],
        ):
            [name] = [n for n in DIMENSIONS if self.dimensions[n] == dimension]
            scores = [c.get_scores()[name] for c in scored if name in c.get_scores()]
            self._assert_near(figures, (len(scores), mean(scores)))
        [[nps]] = analysis._read_group(
            [("campaign_id", "=", self.campaign.id)], [], ["nps:avg"]
        )
        self.assertAlmostEqual(nps, float(self._get_expected_nps(self.answered)), 6)
