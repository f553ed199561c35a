import random
from collections import Counter
from datetime import date, timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .grade_billing import GradeBilling

CUSTOMERS = 60
FIRST_DAY = date(2019, 1, 1)
# years, the amount of each, of one deal, of a year or the demand; national rank
TERMS = {
    "important": (3, 600, 2400, 4000, 5),
    "stable": (2, 200, 1200, 2000, 0),
}


@tagged("post_install", "-at_install")
class TestGradeIndependent(GradeBilling):
    """The engine against a calculation in plain Python, written from the definitions
    (E2 to E5, E11), on customers made at random."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20240229)  # noqa: S311
        cls._rate("2022-01-01", 4)
        cls.other = cls.env["res.company"].create(
            {"name": "Half Ltd", "currency_id": cls.half.id}
        )
        cls._rule(
            "2002-01-01",
            {
                getattr(cls, name): dict(
                    zip(
                        (
                            "years",
                            "yearly_amount",
                            "single_amount",
                            "total_amount",
                            "max_rank",
                        ),
                        terms,
                        strict=True,
                    )
                )
                for name, terms in TERMS.items()
            }
            | {cls.general: {"match": "deal"}, cls.potential: {"match": "need"}},
        )
        cls.facts = [cls._make_facts() for _i in range(CUSTOMERS)]
        cls._make_records()

    # ------------------------------------------------------------ at random

    @classmethod
    def _day(cls, first=FIRST_DAY, last=date(2024, 2, 1)):
        return first + timedelta(days=cls.random.randrange((last - first).days))

    @classmethod
    def _make_facts(cls):
        """Return what is known of a customer."""
        rand = cls.random
        scale = rand.choice((1, 1, 3, 8))
        orders = []
        for _i in range(rand.choice((0, 1, 3, 6, 9))):
            order = {
                "day": cls._day(),
                "amount": 4 * rand.randrange(10, 100) * scale,
                "kind": rand.choice(("own", "own", "foreign", "other")),
                "state": rand.choice(("sale", "sale", "sale", "sale", "cancel")),
                "bill": None,
            }
            if order["kind"] != "other" and order["state"] == "sale":
                order["bill"] = rand.choice(
                    [None] * 12 + ["full", "part", "again", "less"]
                )
            if order["bill"]:
                order["credit_day"] = order["day"] + timedelta(rand.randrange(1, 200))
            orders.append(order)
        contracts = []
        for _i in range(rand.choice((0, 0, 0, 1, 2))):
            contracts.append(
                {
                    "day": cls._day(),
                    "amount": rand.choice((0, 400, 1200, 2400)) * scale,
                    "currency": rand.choice(("own", "half")),
                    "state": rand.choice(("signed", "ended", "draft")),
                    "contract_type": rand.choice(("sale", "sale", "cooperation")),
                    "orders": [],
                }
            )
        if contracts:
            for index, order in enumerate(orders):
                if order["kind"] != "other" and rand.random() < 0.5:
                    rand.choice(contracts)["orders"].append(index)
        return {
            "orders": orders,
            "contracts": contracts,
            "notes": [
                {"day": cls._day(), "amount": 4 * rand.randrange(1, 30)}
                for _i in range(rand.choice((0, 0, 0, 1)))
            ],
            "national_rank": rand.choice((0, 0, 0, 3, 6, 30)),
            "potential_amount": rand.choice((0, 0, 0, 800, 2000, 8000)),
            "demand_currency": rand.choice(("own", "half")),
            "has_intention": rand.random() < 0.5,
            "needs": rand.choice((False, "Pumps")),
        }

    @classmethod
    def _make_records(cls):
        currency = {"own": cls.company.currency_id.id, "half": cls.half.id}
        pricelist = cls._pricelist(cls.half)
        cls.dossiers = cls.env["customer.dossier"].create(
            [
                {
                    "partner_id": cls._customer().id,
                    "team_id": cls.unit.id,
                    "user_id": cls.rep.id,
                    "potential_currency_id": currency[facts["demand_currency"]],
                    **{
                        name: facts[name]
                        for name in (
                            "national_rank",
                            "potential_amount",
                            "has_intention",
                            "needs",
                        )
                    },
                }
                for facts in cls.facts
            ]
        )
        orders = cls._make_orders(pricelist)
        for dossier, facts in zip(cls.dossiers, cls.facts, strict=True):
            records = [orders[id(order)] for order in facts["orders"]]
            for order, record in zip(facts["orders"], records, strict=True):
                if not order["bill"]:
                    continue
                invoice = cls._invoice(record, order["day"])
                amount = order["amount"]
                day = order["credit_day"]
                match order["bill"]:
                    case "full":
                        cls._credit(invoice, day)
                    case "part":
                        cls._credit(invoice, day, amount / 4)
                    case "again":
                        cls._replace(invoice, day)
                    case "less":
                        cls._replace(invoice, day, amount / 2)
            for index, contract in enumerate(facts["contracts"]):
                record = cls._contract(
                    dossier,
                    contract["day"],
                    contract["amount"],
                    number=f"HT-{dossier.number}-{index}",
                    currency_id=currency[contract["currency"]],
                    state=contract["state"],
                    contract_type=contract["contract_type"],
                )
                record._system_write(
                    {
                        "order_ids": [
                            Command.link(records[index].id)
                            for index in contract["orders"]
                        ]
                    }
                )
            for note in facts["notes"]:
                cls._move(dossier.partner_id, note["day"], note["amount"])

    @classmethod
    def _make_orders(cls, pricelist):
        """Return {id of a fact: its order}, made all at once."""
        vals_list, facts = [], []
        for dossier, known in zip(cls.dossiers, cls.facts, strict=True):
            for order in known["orders"]:
                facts.append(order)
                line = {
                    "product_id": cls.product.id,
                    "product_uom_qty": 1,
                    "price_unit": order["amount"],
                    "tax_ids": [Command.clear()],
                }
                vals_list.append(
                    {
                        "partner_id": dossier.partner_id.id,
                        "company_id": (
                            cls.other if order["kind"] == "other" else cls.company
                        ).id,
                        "order_line": [Command.create(line)],
                    }
                )
                if order["kind"] == "foreign":
                    vals_list[-1]["pricelist_id"] = pricelist.id
        orders = cls.env["sale.order"].create(vals_list)
        orders.with_context(mail_notrack=True).action_confirm()
        for order, record in zip(facts, orders, strict=True):
            record.date_order = f"{order['day']} 12:00:00"
            if order["state"] == "cancel":
                record.state = "cancel"
        return {id(fact): order for fact, order in zip(facts, orders, strict=True)}

    # ------------------------------------------------------------ plain Python

    def _half(self, day):
        """Return what one of the other currency is worth on ``day``."""
        return 1 / 4 if day >= date(2022, 1, 1) else 1 / 2

    def _credited(self, order, today):
        """Return which part of an order was credited for good until ``today``."""
        if not order["bill"] or order["credit_day"] > today:
            return 0
        return {"full": 1, "part": 1 / 4, "again": 0, "less": 1 / 2}[order["bill"]]

    def _deals(self, facts, today):
        """Return [(day, amount)] of the contracts and orders, and the free notes."""
        deals, counted = [], {}
        for index, order in enumerate(facts["orders"]):
            if order["state"] != "sale" or order["day"] > today:
                continue
            worth = {"own": 1, "foreign": self._half(order["day"])}.get(
                order["kind"], self._half(today)
            )
            gross = order["amount"] * worth
            counted[index] = (order["day"], gross, gross * self._credited(order, today))
        under = set()
        for contract in facts["contracts"]:
            if (
                contract["contract_type"] != "sale"
                or contract["state"] == "draft"
                or contract["day"] > today
            ):
                continue
            worth = self._half(today) if contract["currency"] == "half" else 1
            amount = contract["amount"] * worth
            if amount:
                mine = [counted[i] for i in contract["orders"] if i in counted]
                spare = max(sum(gross for _d, gross, _c in mine) - amount, 0)
                amount -= max(sum(back for *_x, back in mine) - spare, 0)
                under |= set(contract["orders"])
            deals.append((contract["day"], amount))
        for index, (day, gross, back) in counted.items():
            deals.append((day, 0 if index in under else gross - back))
        notes = [(n["day"], -n["amount"]) for n in facts["notes"] if n["day"] <= today]
        return (
            deals,
            notes,
            len([day for day, *_x in counted.values() if day > self._ago(today, 1)]),
        )

    def _ago(self, today, years):
        return today.replace(year=today.year - years)

    def _expect(self, facts, today):
        deals, notes, order_count = self._deals(facts, today)
        over = today == date(today.year, 12, 31)
        last_years = [today.year] if over else [today.year, today.year - 1]
        years = Counter()
        for day, amount in deals + notes:
            years[day.year] += amount
        single = max([a for d, a in deals if d.year in last_years], default=0)
        demand = facts["potential_amount"] * (
            self._half(today) if facts["demand_currency"] == "half" else 1
        )
        total = max([demand, *(years[year] for year in last_years)])
        rank = facts["national_rank"]
        parts = {}
        for name, (count, yearly, one, cumulated, best) in TERMS.items():
            rows = [
                [min(max(years[last - i] / yearly, 0), 1) for i in range(count)]
                for last in last_years
            ]
            parts[name] = [
                max(sum(row) / count for row in rows),
                min(max(single / one, 0), 1),
                min(max(total / cumulated, 0), 1),
                min(best / rank, 1) if best and rank else 0,
            ]
        if max(parts["important"]) >= 1:
            grade = "important"
        elif max(parts["stable"]) >= 1:
            grade = "stable"
        elif deals:
            grade = "general"
        elif facts["has_intention"] and (facts["needs"] or demand):
            grade = "potential"
        else:
            grade = None
        above = {"stable": "important", "general": "stable", "potential": "stable"}
        following = above.get(grade)
        recent, former = self._ago(today, 1), self._ago(today, 2)
        return {
            "grade": grade,
            "next": following,
            "percent": int(max(parts[following]) * 10000 + 1e-6) / 100
            if following
            else 0,
            "years": [years[today.year - i] for i in range(4)],
            "single": single,
            "recent": sum(a for d, a in deals + notes if d > recent),
            "former": sum(a for d, a in deals + notes if former < d <= recent),
            "first": min([day for day, _amount in deals], default=False),
            "orders": order_count,
        }

    # ------------------------------------------------------------ both

    def test_same_results(self):
        names = {
            self.important: "important",
            self.stable: "stable",
            self.general: "general",
            self.potential: "potential",
            self.env["customer.grade"]: None,
        }
        grades = Counter()
        for today in ("2022-12-31", "2023-06-30", "2023-10-15", "2023-12-31"):
            evaluations = self._evaluate(self.dossiers, today).grouped("dossier_id")
            for index, dossier in enumerate(self.dossiers):
                evaluation = evaluations[dossier]
                expected = self._expect(self.facts[index], fields.Date.to_date(today))
                grades[expected["grade"]] += 1
                found = {
                    "grade": names[evaluation.proposed_grade_id],
                    "next": names[evaluation.upgrade_grade_id],
                    "percent": evaluation.upgrade_percent,
                    "years": evaluation.year_amounts,
                    "single": evaluation.single_amount,
                    "recent": evaluation.recent_amount,
                    "former": evaluation.former_amount,
                    "first": evaluation.first_deal_date,
                    "orders": evaluation.order_count,
                }
                with self.subTest(today=today, facts=self.facts[index]):
                    self.assertEqual(found, expected)
        # every grade and none is among what was compared
        self.assertGreater(min(grades[name] for name in names.values()), 4, grades)
