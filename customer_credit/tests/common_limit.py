import json
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo.service.model import call_kw

from .common import CustomerCreditCommon


class Terms(SimpleNamespace):
    """What ``rating._get_terms`` returns, without a version of rules."""

    def sudo(self):
        return self

    def _get_max_amount(self, company, date=None):
        return self.max_amount


class CustomerLimitCommon(CustomerCreditCommon):
    """A customer with a dossier and all who act on it, two ratings with terms, and an
    engine that answers what the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._user("customer_archive.group_keeper", "keeper")
        salesman = (
            "sales_team.group_sale_salesman,base.group_allow_export,"
            "customer_archive.group_%s"
        )
        cls.bum = cls._user(salesman % "bum", "bum")
        cls.bum2 = cls._user(salesman % "bum", "bum2")
        cls.rep2 = cls._user(salesman % "rep", "rep2")
        cls.fin2 = cls._user("customer_archive.group_fin", "fin2")
        cls.asg = cls._user("customer_archive.group_asg,base.group_allow_export", "asg")
        cls.team.write({"user_id": cls.bum.id, "company_id": False})
        cls.dossier = cls.env["customer.dossier"].create(
            {
                "partner_id": cls.customer.id,
                "team_id": cls.team.id,
                "user_id": cls.rep.id,
                "keeper_id": cls.keeper.id,
            }
        )
        cls.scheme = cls.env["customer.credit.scheme"].create({"name": "Test"})
        cls.good, cls.weak = cls.env["customer.credit.rating"].create(
            [
                {
                    "name": name,
                    "code": name,
                    "scheme_id": cls.scheme.id,
                    "sequence": sequence,
                }
                for sequence, name in enumerate(("good", "weak"), 1)
            ]
        )
        cls.terms = {
            cls.good.id: cls._terms(5000.0),
            cls.weak.id: cls._terms(500.0, review_months=3, term_days=15),
        }
        # what the engine proposes: a rating and the lines of its factors
        cls.proposed = cls.good
        cls.lines = []
        ratings = type(cls.good)
        schemes = type(cls.scheme)
        proposal = type(
            "Proposal", (), {"score": 80.0, "reasons": ["Pays", "on time"]}
        )()

        def get_terms(self, company, date=None):
            return cls.terms.get(self.id, self.env["customer.credit.rule.line"])

        def propose(self, accounts, entered=None, records=None):
            cls.entered = entered
            proposal.rating = cls.proposed.with_env(self.env)
            proposal.lines = cls.lines
            return dict.fromkeys(accounts, proposal)

        def get_leading(self, company):
            return cls.scheme.with_env(self.env)

        cls.startClassPatcher(patch.object(ratings, "_get_terms", get_terms))
        cls.startClassPatcher(patch.object(schemes, "_propose", propose))
        cls.startClassPatcher(patch.object(schemes, "_get_leading", get_leading))

    @classmethod
    def _terms(cls, maximum, **values):
        return Terms(
            currency_id=cls.company.currency_id,
            max_amount=maximum,
            **{
                "coefficient": 1.0,
                "term_days": 30,
                "warning_percent": 70.0,
                "review_months": 12,
                "counts_guarantees": False,
                **values,
            },
        )

    @classmethod
    def _cap(cls, amount, currency=None):
        cls.company.write(
            {
                "credit_has_cap": True,
                "credit_cap_amount": amount,
                "credit_cap_currency_id": (currency or cls.company.currency_id).id,
            }
        )

    @classmethod
    def _foreign_currency(cls):
        """Return a currency of which 4 are worth 1 of the company's."""
        currency = cls.env["res.currency"].create({"name": "LMT", "symbol": "L"})
        cls.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": cls.company.id,
                "name": "2020-01-01",
                "rate": 4.0,
            }
        )
        return currency

    @contextmanager
    def assertRefused(self, exception, pattern="."):
        """Like ``assertRaisesRegex``, and what was written before is undone."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    def _rpc(self, user, record, method, *args):
        """Call like a client does, with what JSON can carry."""
        env = self.env(
            user=user,
            context={"lang": "en_US", "allowed_company_ids": self.company.ids},
            su=False,
        )
        env.flush_all()
        env.invalidate_all()
        arguments = json.loads(json.dumps(args))
        if record:
            arguments = [record.ids, *arguments]
        return call_kw(env[record._name], method, arguments, {})

    def _draft(self, user=None, **values):
        return (
            self.env["customer.credit.assessment"]
            .with_user(user or self.rep)
            .create({"account_id": self.account.id, "reason": "Sells more", **values})
        )

    def _decide(self, draft, *deciders):
        draft.action_submit()
        for decider in deciders or (self.fin,):
            draft.with_user(decider).action_approve("Agreed")
        return draft

    def _event(self, is_bad_faith=False, **values):
        """Return an event that has not been recorded yet, so without its effects."""
        kind = self.env.ref("customer_credit.customer_credit_event_kind_dispute")
        kind.is_bad_faith = is_bad_faith
        return self.env["customer.credit.event"].create(
            {
                "account_id": self.account.id,
                "kind_id": kind.id,
                "description": "The bank says so",
                "date": "2025-03-01",
                **values,
            }
        )
