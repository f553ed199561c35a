import itertools
import json
from base64 import b64encode
from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.service.model import call_kw
from odoo.tests import TransactionCase

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

ROLES = ("rep", "bum", "keeper", "mdo", "gmo", "fin", "fug", "asg", "pl")
CUSTOMERS = itertools.count(1)


class CustomerArchiveCommon(TransactionCase):
    """One user per role, two business units and builders with plain defaults."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what it asks has tests of its own
        cls.env["customer.confidentiality.duty"].sudo().search([]).action_archive()
        cls.env = cls.env(context=dict(cls.env.context, **DISABLED_MAIL_CONTEXT))
        cls.company = cls.env.company
        users = {role: cls._user_values(role) for role in ROLES}
        users["rep2"] = cls._user_values("rep", login="archive_rep2")
        users["bum2"] = cls._user_values("bum", login="archive_bum2")
        users["outsider"] = cls._user_values(False, login="archive_outsider")
        users["admin_user"] = cls._user_values("admin")
        # at once: one by one they take four times as long, for each class
        created = cls.env["res.users"].create(list(users.values()))
        for name, user in zip(users, created, strict=True):
            setattr(cls, name, user)
        cls.unit = cls._unit("Unit North", user_id=cls.bum.id, keeper_id=cls.keeper.id)
        cls.other_unit = cls._unit("Unit South", user_id=cls.bum2.id)
        cls.partner = cls._customer("Dragon Ltd")
        # what is mandatory has tests of its own: elsewhere only a deal is
        cls.env["customer.dossier.field"].search([]).write(
            {
                "required_legal": False,
                "required_person": False,
                "required_other": False,
            }
        )
        cls.env["customer.document.type"].search([]).write(
            {
                "mandatory_for_legal": False,
                "mandatory_for_person": False,
                "mandatory_for_other": False,
            }
        )

    @classmethod
    def _user(cls, role, login=None, **values):
        """Return a new salesperson; ``role`` is the code of an archive role."""
        return cls.env["res.users"].create(cls._user_values(role, login, **values))

    @classmethod
    def _user_values(cls, role, login=None, **values):
        login = login or f"archive_{role}"
        groups = cls.env.ref("sales_team.group_sale_salesman")
        if role:
            groups += cls.env.ref(f"customer_archive.group_{role}")
        return {
            "login": login,
            "password": login,
            "name": login.capitalize(),
            "email": "a.a@example.com",
            "group_ids": [Command.set(groups.ids)],
            "lang": "en_US",
            "tz": "UTC",
            **values,
        }

    @classmethod
    def _unit(cls, name, **values):
        return cls.env["crm.team"].create(
            {"name": name, "company_id": False, "keeper_id": False, **values}
        )

    @classmethod
    def _customer(cls, name=None, **values):
        # two of the same name would be taken for one customer
        name = name or f"Customer {next(CUSTOMERS)}"
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "lang": "en_US", **values}
        )

    @classmethod
    def _dossier(cls, **values):
        """Return a preliminary dossier of the rep in his unit; a new customer
        unless ``partner_id`` is given."""
        values = {"team_id": cls.unit.id, "user_id": cls.rep.id, **values}
        if "partner_id" not in values:
            values["partner_id"] = cls._customer().id
        return cls.env["customer.dossier"].create(values)

    @classmethod
    def _deal(cls, dossiers):
        """Put a signed contract with its file into each of ``dossiers``."""
        return cls.env["customer.contract"]._system_create(
            [
                {
                    "dossier_id": dossier.id,
                    "number": f"HT-{dossier.number}",
                    "name": "Framework contract",
                    "state": "signed",
                    "signed_on": "2020-01-15",
                    "file": b64encode(b"signed"),
                    "file_name": "contract.pdf",
                }
                for dossier in dossiers
                if not dossier.contract_ids
            ]
        )

    @classmethod
    def _submit(cls, dossier):
        """Let the rep submit ``dossier``, which has a deal."""
        cls._deal(dossier)
        dossier.with_user(cls.rep).action_submit()

    @classmethod
    def _right(cls, level, role):
        """Return the line of the matrix for a level and the code of a role."""
        return level.right_ids.filtered(
            lambda right: right.role_id.code == role.upper()
        )

    @classmethod
    def _formal_dossier(cls, **values):
        dossier = cls._dossier(**values)
        cls._submit(dossier)
        dossier.with_user(cls.bum).action_approve()
        dossier.with_user(cls.mdo).action_approve()
        return dossier

    @classmethod
    def _measure(cls, **values):
        """Return a proposed measure of the rep, to be verified by the keeper."""
        return cls.env["customer.measure"].create(
            {
                "name": "Deliveries are late",
                "action": "Change the carrier",
                "user_id": cls.rep.id,
                "verifier_id": cls.keeper.id,
                "team_id": cls.unit.id,
                "date_due": "2030-06-30",
                **values,
            }
        )

    @classmethod
    def _case(cls, user=None, **values):
        """Return a new quality complaint of the customer ``cls.partner``, logged by
        ``user``, the keeper (of customer service) by default."""
        case = (
            cls.env["customer.complaint"]
            .with_user(user or cls.keeper)
            .create(
                {
                    "name": "Seals leak",
                    "kind": "quality",
                    "partner_id": cls.partner.id,
                    "complainant": "Li",
                    "description": "Every third seal leaks after a week.",
                    "type_id": cls.env.ref(
                        "customer_archive.customer_problem_type_quality"
                    ).id,
                    **values,
                }
            )
        )
        return case.with_env(cls.env)

    @classmethod
    def _answered(cls, case):
        """Have the customer of ``case`` sent the result; how has tests of its own."""
        return cls.env["customer.complaint.dispatch"]._system_create(
            [
                {
                    "complaint_id": case.id,
                    "number": f"FW-{case.id}-{len(case.dispatch_ids)}",
                    "date": "2030-01-31",
                    "medium": "post",
                    "recipient": "Li",
                    "subject": "Seals",
                    "user_id": cls.mdo.id,
                    "turn": case.reopen_count,
                }
            ]
        )

    @classmethod
    def _permit(cls, user, dossiers, kind="read", **values):
        """Return a permit that ``user`` has not submitted yet."""
        return (
            cls.env["customer.access.permit"]
            .with_user(user)
            .create(
                {
                    "kind": kind,
                    "purpose": "To prepare a visit",
                    "item_ids": [
                        Command.create({"partner_id": partner.id})
                        for partner in dossiers.sudo().partner_id
                    ],
                    **values,
                }
            )
            .with_env(cls.env)
        )

    @classmethod
    def _retire(cls, user):
        """Deactivate ``user`` as before the archive was installed: no hand-over."""
        with patch.object(type(user), "_check_handed_over"):
            user.active = False

    @classmethod
    def _rpc(cls, user, model, method, *args, **kwargs):
        """Call like a client does: private methods are refused and only what JSON
        can carry arrives."""
        env = cls.env(user=user, context={"lang": "en_US", "tz": "UTC"}, su=False)
        env.flush_all()
        env.invalidate_all()
        arguments = json.loads(json.dumps([args, kwargs]))
        return call_kw(env[model], method, *arguments)

    @contextmanager
    def assertRefused(self, exception, pattern="."):
        """Like ``assertRaisesRegex``, and what was written before is undone."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)
