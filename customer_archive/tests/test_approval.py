from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

# What a client can send in the place of the object that opens the guard.
FORGED_CONTEXTS = (
    {},
    {"customer_archive_system": True},
    {"customer_archive_system": 1},
    {"customer_archive_system": "<object object at 0x7f0000000000>"},
    {"customer_archive_system": {"__class__": "object"}},
    {"customer_archive_system": [True]},
)


class ApprovalCommon(CustomerArchiveCommon):
    """Measures of the rep on one dossier, decided by roles of the test's own, so
    that nobody else on the database takes part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.approval.route"].search(
            [("model_id.model", "=", "customer.measure")]
        ).action_archive()
        cls.first = cls._role("First", cls.keeper)
        cls.second = cls._role("Second", cls.mdo, cls.gmo)
        cls.dossier = cls._dossier(partner_id=cls.partner.id)

    @classmethod
    def _role(cls, name, *users):
        group = cls.env["res.groups"].create(
            {"name": f"Archive test {name}", "user_ids": [Command.set(cls._ids(users))]}
        )
        return cls.env["customer.role"].create(
            {"name": name, "code": f"TEST-{name}", "group_id": group.id}
        )

    @staticmethod
    def _ids(records):
        return [record.id for record in records]

    @classmethod
    def _route(cls, *steps, **values):
        """Make the company's route for measures. Each step: (turn, role) or
        (turn, role, values)."""
        return cls.env["customer.approval.route"].create(
            {
                "name": "Measures",
                "model_id": cls.env["ir.model"]._get_id("customer.measure"),
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": role.name,
                            "turn": turn,
                            "role_id": role.id,
                            **(more[0] if more else {}),
                        }
                    )
                    for turn, role, *more in steps
                ],
                **values,
            }
        )

    @classmethod
    def _two_steps(cls, **values):
        return cls._route((1, cls.first), (2, cls.second), **values)

    @classmethod
    def _submitted(cls, user=None, **values):
        measure = cls._measure(dossier_id=cls.dossier.id, **values)
        measure.with_user(user or cls.rep).action_submit()
        return measure

    def _asked(self, measure):
        """Return who has an open to-do to decide on ``measure``."""
        activity_type = self.env.ref("customer_archive.mail_activity_type_approval")
        return measure.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        ).user_id

    def _log(self, measure):
        return self.env["customer.approval.decision"].search(
            [
                ("approval_id.res_model", "=", measure._name),
                ("approval_id.res_id", "=", measure.id),
            ]
        )

    def assertUndecided(self, measure):
        measure.env.invalidate_all()
        self.assertRecordValues(
            measure, [{"approval_state": "pending", "state": "proposed"}]
        )
        self.assertEqual(measure.approval_id.state, "pending")
        self.assertFalse(self._log(measure))


@tagged("post_install", "-at_install")
class TestApproval(ApprovalCommon):
    # ------------------------------------------------------------ steps

    def test_steps_are_asked_in_turn(self):
        self._two_steps()
        measure = self._submitted()
        lines = measure.approval_id.line_ids
        self.assertRecordValues(
            lines,
            [
                {"name": "First", "state": "pending", "user_ids": self.keeper.ids},
                {"name": "Second", "state": "waiting", "user_ids": []},
            ],
        )
        with self.assertRaises(AccessError):
            measure.with_user(self.mdo).action_approve()
        measure.with_user(self.keeper).action_approve()
        self.assertRecordValues(
            lines,
            [
                {"state": "approved", "user_ids": self.keeper.ids},
                {"state": "pending", "user_ids": (self.mdo + self.gmo).ids},
            ],
        )
        self.assertEqual(measure.approval_state, "pending")
        measure.with_user(self.gmo).action_approve()
        self.assertRecordValues(
            measure, [{"approval_state": "approved", "state": "approved"}]
        )
        self.assertEqual(measure.approval_id.state, "approved")
        self.assertFalse(measure.approval_id.waiting_since)

    def test_steps_of_one_turn_all_approve_in_any_order(self):
        self._route((1, self.first), (1, self.second))
        for deciders in ((self.keeper, self.mdo), (self.mdo, self.keeper)):
            measure = self._submitted()
            self.assertEqual(
                measure.approval_id.line_ids.mapped("state"), ["pending", "pending"]
            )
            measure.with_user(deciders[0]).action_approve()
            self.assertEqual(measure.approval_state, "pending")
            self.assertEqual(self._asked(measure) & deciders[1], deciders[1])
            self.assertNotIn(deciders[0], self._asked(measure))
            measure.with_user(deciders[1]).action_approve()
            self.assertEqual(measure.approval_state, "approved")

    def test_one_rejection_of_parallel_steps_ends_the_request(self):
        self._route((1, self.first), (1, self.second))
        measure = self._submitted()
        measure.with_user(self.mdo).action_reject("Too late")
        self.assertEqual(measure.approval_state, "rejected")
        self.assertEqual(
            measure.approval_id.line_ids.mapped("state"), ["skipped", "rejected"]
        )
        with self.assertRefused(UserError, "decided already"):
            measure.with_user(self.keeper).action_approve()

    def test_condition_of_a_step(self):
        self._route(
            (1, self.first, {"domain": "[('kind', '=', 'preventive')]"}),
            (2, self.second),
        )
        corrective = self._submitted()
        self.assertEqual(corrective.approval_id.line_ids.role_id, self.second)
        preventive = self._submitted(kind="preventive")
        self.assertEqual(
            preventive.approval_id.line_ids.role_id, self.first + self.second
        )

    def test_step_needed_from_an_amount(self):
        self._route((1, self.first), (2, self.second, {"amount_min": 1000}))
        model = type(self.env["customer.measure"])
        for amount, roles in (
            (999.99, self.first),
            (1000, self.first + self.second),
            (1000.01, self.first + self.second),
        ):
            with patch.object(
                model, "_approval_amount", lambda self, amount=amount: amount
            ):
                measure = self._submitted()
            self.assertEqual(measure.approval_id.line_ids.role_id, roles, amount)
            self.assertEqual(measure.approval_id.amount, amount)

    def test_no_step_applies(self):
        self._route((1, self.first, {"domain": "[('kind', '=', 'preventive')]"}))
        with self.assertRefused(UserError, "No approval route applies"):
            self._submitted()

    def test_condition_that_does_not_fit_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "[(", "env.cr.commit()"):
            with self.assertRefused(UserError, "does not fit its document"):
                self._route((1, self.first, {"domain": domain}))

    def test_own_route_of_the_company_goes_first(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        self._route((1, self.second), company_id=False, sequence=1)
        self._route((1, self.first), sequence=99)
        self._route((1, self.first), company_id=other_company.id, sequence=1)
        self.assertEqual(self._submitted().approval_id.line_ids.role_id, self.first)
        self.env["customer.approval.route"].search(
            [("company_id", "=", self.company.id)]
        ).action_archive()
        self.assertEqual(self._submitted().approval_id.line_ids.role_id, self.second)

    def test_later_change_of_the_route_leaves_what_runs_alone(self):
        route = self._two_steps()
        measure = self._submitted()
        route.step_ids.unlink()
        route.unlink()
        measure.with_user(self.keeper).action_approve()
        measure.with_user(self.mdo).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    # ------------------------------------------------------------ log

    def test_log_says_who_what_and_why(self):
        self._two_steps()
        measure = self._submitted()
        measure.with_user(self.keeper).action_approve("Well thought out")
        measure.with_user(self.mdo).action_delegate(self.gmo.id, "On a journey")
        measure.with_user(self.gmo).action_reject("Too dear")
        first, second = measure.approval_id.line_ids
        self.assertRecordValues(
            self._log(measure),
            [
                {
                    "line_id": first.id,
                    "step": "First",
                    "decision": "approved",
                    "user_id": self.keeper.id,
                    "on_behalf_id": False,
                    "comment": "Well thought out",
                },
                {
                    "line_id": second.id,
                    "step": "Second",
                    "decision": "delegated",
                    "user_id": self.mdo.id,
                    "on_behalf_id": self.gmo.id,
                    "comment": "On a journey",
                },
                {
                    "line_id": second.id,
                    "step": "Second",
                    "decision": "rejected",
                    "user_id": self.gmo.id,
                    "on_behalf_id": False,
                    "comment": "Too dear",
                },
            ],
        )

    def test_each_decider_reads_the_step_in_his_language(self):
        route = self._two_steps()
        self.env["res.lang"]._activate_lang("fr_FR")
        step = route.step_ids.sorted("turn")[0]
        step.with_context(lang="fr_FR").name = "Archiviste"
        self.keeper.lang = "fr_FR"
        measure = self._submitted()
        self.assertEqual(measure.approval_id.line_ids[0].name, step.name)
        status = measure.with_context(lang="fr_FR").approval_status
        self.assertIn("Archiviste", status)
        self.assertEqual(measure.activity_ids.summary, "Archiviste")

    def test_log_is_kept_from_superuser_code_as_well(self):
        self._two_steps()
        measure = self._submitted()
        measure.with_user(self.keeper).action_approve()
        decision = self._log(measure).sudo()
        with self.assertRefused(AccessError, "the system writes this itself"):
            decision.write({"comment": "Something else"})
        with self.assertRaises(UserError):
            decision.unlink()
        with self.assertRaises(UserError):
            measure.approval_id.sudo().unlink()
        with self.assertRaises(UserError):
            measure.sudo().unlink()
        with self.assertRaises(UserError):
            measure.approval_id.line_ids.sudo().unlink()

    # ------------------------------------------------------------ absence

    def test_delegate_decides_from_the_first_to_the_last_day(self):
        self._route((1, self.first))
        self.env["customer.approval.delegation"].with_user(self.keeper).create(
            {
                "delegate_id": self.mdo.id,
                "date_from": date(2031, 5, 5),
                "date_to": date(2031, 5, 9),
            }
        )
        for day, may in (
            ("2031-05-04", False),
            ("2031-05-05", True),
            ("2031-05-07", True),
            ("2031-05-09", True),
            ("2031-05-10", False),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                measure = self._submitted()
                to_decide = self.env["customer.approval"].with_user(self.mdo)
                self.assertEqual(measure.with_user(self.mdo).can_approve, may)
                self.assertEqual(
                    bool(
                        to_decide.search_count(
                            [
                                ("can_decide", "=", True),
                                ("id", "=", measure.approval_id.id),
                            ]
                        )
                    ),
                    may,
                )
                self.assertEqual(self.mdo in self._asked(measure), may)
                if not may:
                    with self.assertRaises(AccessError):
                        measure.with_user(self.mdo).action_approve()
                    continue
                measure.with_user(self.mdo).action_approve("For the keeper")
                self.assertRecordValues(
                    self._log(measure),
                    [{"user_id": self.mdo.id, "on_behalf_id": self.keeper.id}],
                )
                self.assertEqual(measure.approval_state, "approved")

    def test_absence_follows_the_calendar_of_the_absent(self):
        self._route((1, self.first))
        self.keeper.tz = "Asia/Shanghai"
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.keeper.id,
                "delegate_id": self.mdo.id,
                "date_from": "2031-05-05",
                "date_to": "2031-05-09",
            }
        )
        measure = self._submitted()
        for now, may in (
            ("2031-05-04 15:59:00", False),
            ("2031-05-04 16:01:00", True),
            ("2031-05-09 15:59:00", True),
            ("2031-05-09 16:01:00", False),
        ):
            for tz in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
                with self.subTest(now=now, tz=tz), freeze_time(now):
                    (values,) = self._rpc(
                        self.mdo,
                        "customer.measure",
                        "read",
                        measure.ids,
                        ["can_approve"],
                        context={"tz": tz},
                    )
                    self.assertEqual(values["can_approve"], may)

    def test_absent_person_may_still_decide(self):
        self._route((1, self.first))
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.keeper.id,
                "delegate_id": self.mdo.id,
                "date_from": "2031-05-01",
                "date_to": "2031-05-31",
            }
        )
        with freeze_time("2031-05-07 12:00:00"):
            measure = self._submitted()
            measure.with_user(self.keeper).action_approve()
        self.assertRecordValues(
            self._log(measure), [{"user_id": self.keeper.id, "on_behalf_id": False}]
        )

    def test_author_does_not_decide_in_the_place_of_the_decider(self):
        self._route((1, self.first))
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.keeper.id,
                "delegate_id": self.rep.id,
                "date_from": "2031-05-01",
                "date_to": "2031-05-31",
            }
        )
        with freeze_time("2031-05-07 12:00:00"):
            measure = self._submitted()
            self.assertFalse(measure.with_user(self.rep).can_approve)
            self.assertNotIn(self.rep, self._asked(measure))
            with self.assertRefused(UserError, "your own request"):
                measure.with_user(self.rep).action_approve()

    def test_stand_in_of_two_deciders_decides_only_one_step(self):
        self._two_steps()
        for absent in (self.keeper, self.mdo):
            self.env["customer.approval.delegation"].create(
                {
                    "user_id": absent.id,
                    "delegate_id": self.bum.id,
                    "date_from": "2031-05-01",
                    "date_to": "2031-05-31",
                }
            )
        with freeze_time("2031-05-07 12:00:00"):
            measure = self._submitted()
            measure.with_user(self.bum).action_approve()
            with self.assertRaises(AccessError):
                measure.with_user(self.bum).action_approve()
        self.assertEqual(measure.approval_state, "pending")

    def test_absence_is_named_by_oneself_only(self):
        delegation = self.env["customer.approval.delegation"]
        dates = {"date_from": "2031-05-01", "date_to": "2031-05-31"}
        with self.assertRaises(AccessError):
            delegation.with_user(self.rep).create(
                {**dates, "user_id": self.mdo.id, "delegate_id": self.rep.id}
            )
        own = delegation.with_user(self.rep).create(
            {**dates, "delegate_id": self.rep2.id}
        )
        with self.assertRaises(AccessError):
            own.write({"user_id": self.mdo.id, "delegate_id": self.rep.id})
        with self.assertRaises(AccessError):
            own.with_user(self.mdo).read(["delegate_id"])
        with self.assertRefused(UserError, "yourself"):
            delegation.with_user(self.rep).create({**dates, "delegate_id": self.rep.id})

    # ------------------------------------------------------------ passing on

    def test_passing_on(self):
        self._route((1, self.first))
        measure = self._submitted()
        measure.with_user(self.keeper).action_delegate(self.bum.id)
        self.assertEqual(measure.approval_id.line_ids.user_ids, self.bum)
        self.assertEqual(self._asked(measure), self.bum)
        with self.assertRaises(AccessError):
            measure.with_user(self.keeper).action_approve()
        measure.with_user(self.bum).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_passing_on_is_refused(self):
        self._two_steps()
        measure = self._submitted()
        archived = self._user("mdo", login="archive_gone", active=False)
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "archive_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        for delegate in (self.outsider, self.rep, self.keeper, archived, portal):
            with (
                self.subTest(delegate=delegate.login),
                self.assertRefused(UserError, "cannot decide on"),
            ):
                measure.with_user(self.keeper).action_delegate(delegate.id)
        with self.assertRaises(UserError):
            measure.with_user(self.keeper).action_delegate(0)
        with self.assertRaises(AccessError):
            measure.with_user(self.mdo).action_delegate(self.mdo.id)
        measure.with_user(self.keeper).action_approve()
        # who took part already could not decide, and the request would be stuck
        with self.assertRefused(UserError, "cannot decide on"):
            measure.with_user(self.mdo).action_delegate(self.keeper.id)

    def test_stand_in_passes_on_for_the_absent(self):
        self._route((1, self.first))
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.keeper.id,
                "delegate_id": self.mdo.id,
                "date_from": "2031-05-01",
                "date_to": "2031-05-31",
            }
        )
        with freeze_time("2031-05-07 12:00:00"):
            measure = self._submitted()
            measure.with_user(self.mdo).action_delegate(self.gmo.id)
            self.assertEqual(measure.approval_id.line_ids.user_ids, self.gmo)
            with self.assertRaises(AccessError):
                measure.with_user(self.mdo).action_approve()
            measure.with_user(self.gmo).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    # ------------------------------------------------------------ rejection

    def test_rejection_needs_a_reason(self):
        self._route((1, self.first))
        measure = self._submitted()
        for reason in (False, "", "  \n "):
            with self.assertRefused(UserError, "Say why"):
                measure.with_user(self.keeper).action_reject(reason)
        self.assertUndecided(measure)

    def test_rejected_document_can_be_submitted_again(self):
        self._route((1, self.first))
        measure = self._submitted()
        first = measure.approval_id
        measure.with_user(self.keeper).action_reject("Name the carrier")
        self.assertRecordValues(
            measure, [{"approval_state": "rejected", "state": "proposed"}]
        )
        self.assertIn("Name the carrier", measure.approval_status)
        measure.with_user(self.rep).action = "Change to carrier X"
        measure.with_user(self.rep).action_submit()
        self.assertNotEqual(measure.approval_id, first)
        measure.with_user(self.keeper).action_approve()
        self.assertEqual(measure.approval_state, "approved")
        self.assertEqual(first.state, "rejected")
        self.assertEqual(
            self._log(measure).mapped("decision"), ["rejected", "approved"]
        )

    # ------------------------------------------------------------ withdrawal

    def test_only_the_author_withdraws(self):
        self._two_steps()
        measure = self._submitted()
        for user in (self.keeper, self.mdo, self.gmo, self.bum):
            with self.assertRaises(AccessError):
                measure.with_user(user).action_withdraw()
        measure.with_user(self.rep).action_withdraw()
        self.assertRecordValues(
            measure, [{"approval_state": "none", "state": "proposed"}]
        )
        self.assertFalse(self._asked(measure))
        self.assertRecordValues(
            self._log(measure),
            [{"decision": "withdrawn", "user_id": self.rep.id, "step": False}],
        )
        for method in ("action_withdraw", "action_approve"):
            with self.assertRefused(UserError, "decided already"):
                getattr(measure.with_user(self.rep), method)()
        measure.with_user(self.rep).action_submit()
        self.assertEqual(measure.approval_state, "pending")

    def test_decided_request_is_not_withdrawn(self):
        self._route((1, self.first))
        measure = self._submitted()
        measure.with_user(self.keeper).action_approve()
        with self.assertRefused(UserError, "decided already"):
            measure.with_user(self.rep).action_withdraw()
        self.assertEqual(measure.approval_state, "approved")

    # ------------------------------------------------------------ to-dos

    def test_deciders_have_a_todo_until_it_is_decided(self):
        self._two_steps()
        measure = self._submitted()
        self.assertEqual(self._asked(measure), self.keeper)
        measure.with_user(self.keeper).action_approve()
        self.assertEqual(self._asked(measure), self.mdo + self.gmo)
        measure.with_user(self.mdo).action_approve()
        self.assertFalse(self._asked(measure))
        self.assertRecordValues(
            measure.activity_ids, [{"user_id": self.rep.id, "summary": "Approved"}]
        )

    def test_steps_of_the_same_name_keep_their_own_todos(self):
        self._route(
            (1, self.first, {"name": "Review"}), (1, self.second, {"name": "Review"})
        )
        measure = self._submitted()
        measure.with_user(self.keeper).action_approve()
        self.assertEqual(self._asked(measure), self.mdo + self.gmo)

    def test_author_is_told_of_a_rejection_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._route((1, self.first))
        measure = self._submitted()
        measure.with_user(self.keeper).action_reject("No")
        self.assertEqual(measure.activity_ids.user_id, self.rep)
        self.assertEqual(len(measure.activity_ids), 1)

    # ------------------------------------------------------------ nobody can decide

    def test_role_without_holder(self):
        self._route((1, self._role("Vacant")))
        measure = self._measure(dossier_id=self.dossier.id)
        count = self.env["customer.approval"].search_count([])
        with self.assertRefused(UserError, "Nobody can decide the step Vacant"):
            measure.with_user(self.rep).action_submit()
        self.assertRecordValues(
            measure,
            [{"approval_state": "none", "state": "proposed", "approval_id": False}],
        )
        self.assertFalse(measure.activity_ids)
        self.assertEqual(self.env["customer.approval"].search_count([]), count)

    def test_role_without_holder_in_a_later_turn(self):
        self._route((1, self.first), (2, self._role("Vacant")))
        measure = self._submitted()
        with self.assertRefused(UserError, "Nobody can decide the step Vacant"):
            measure.with_user(self.keeper).action_approve()
        self.assertUndecided(measure)
        self.assertEqual(self._asked(measure), self.keeper)

    def test_inactive_users_and_other_companies_do_not_decide(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self._user(
            "mdo",
            login="archive_elsewhere",
            company_id=other_company.id,
            company_ids=[Command.set(other_company.ids)],
        )
        gone = self._user("mdo", login="archive_gone", active=False)
        self._route((1, self._role("Third", elsewhere, gone)))
        with self.assertRefused(UserError, "Nobody can decide"):
            self._submitted()

    # ------------------------------------------------------------ who took part

    def test_one_person_does_not_decide_two_steps(self):
        both = self._role("Both", self.mdo)
        self._route((1, self.second), (2, both))
        measure = self._submitted()
        with self.assertRefused(UserError, "Nobody can decide the step Both"):
            measure.with_user(self.mdo).action_approve()
        measure.with_user(self.gmo).action_approve()
        measure.with_user(self.mdo).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_one_person_does_not_decide_two_parallel_steps(self):
        self._route((1, self.second), (1, self._role("Both", self.mdo, self.bum)))
        measure = self._submitted()
        measure.with_user(self.mdo).action_approve()
        with self.assertRaises(AccessError):
            measure.with_user(self.mdo).action_approve()
        self.assertEqual(len(self._log(measure)), 1)
        measure.with_user(self.bum).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_one_person_decides_two_steps_where_the_route_allows(self):
        self._route(
            (1, self.second),
            (2, self._role("Both", self.mdo)),
            allow_same_decider=True,
        )
        measure = self._submitted()
        measure.with_user(self.mdo).action_approve()
        measure.with_user(self.mdo).action_approve()
        self.assertEqual(measure.approval_state, "approved")
        self.assertEqual(self._log(measure).user_id, self.mdo)
        self.assertEqual(len(self._log(measure)), 2)

    def test_own_request_is_decided_by_another(self):
        self._route((1, self.second))
        measure = self._submitted(user=self.mdo, user_id=self.mdo.id)
        self.assertEqual(measure.approval_id.line_ids.user_ids, self.gmo)
        self.assertFalse(measure.with_user(self.mdo).can_approve)
        with self.assertRefused(UserError, "your own request"):
            measure.with_user(self.mdo).action_approve()
        self.assertUndecided(measure)
        measure.with_user(self.gmo).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_own_request_where_the_step_allows(self):
        self._route((1, self.second, {"allow_requester": True}))
        measure = self._submitted(user=self.mdo, user_id=self.mdo.id)
        self.assertTrue(measure.with_user(self.mdo).can_approve)
        measure.with_user(self.mdo).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    # ------------------------------------------------------------ roles change

    def test_deciders_follow_the_role(self):
        self._route((1, self.second))
        measure = self._submitted()
        self.second.group_id.user_ids = [Command.unlink(self.mdo.id)]
        self.assertFalse(measure.with_user(self.mdo).can_approve)
        with self.assertRaises(AccessError):
            measure.with_user(self.mdo).action_approve()
        self.second.group_id.user_ids = [Command.link(self.bum.id)]
        self.env["customer.approval"]._refresh_deciders()
        self.assertEqual(measure.approval_id.line_ids.user_ids, self.gmo + self.bum)
        self.assertEqual(self._asked(measure), self.gmo + self.bum)
        measure.with_user(self.bum).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_refresh_twice_asks_once(self):
        self._route((1, self.second))
        measure = self._submitted()
        self.second.group_id.user_ids = [Command.link(self.bum.id)]
        for _i in range(2):
            self.env["customer.approval"]._refresh_deciders()
        self.assertEqual(len(measure.activity_ids), 3)

    def test_unit_manager_is_the_leader_of_the_unit(self):
        bum_role = self.env.ref("customer_archive.customer_role_bum")
        self._route((1, bum_role))
        measure = self._submitted()
        self.assertEqual(measure.approval_id.line_ids.user_ids, self.bum)
        self.unit.user_id = self.bum2
        with self.assertRaises(AccessError):
            measure.with_user(self.bum).action_approve()
        measure.with_user(self.bum2).action_approve()
        self.assertEqual(measure.approval_state, "approved")

    def test_submitted_twice(self):
        self._two_steps()
        measure = self._submitted()
        with self.assertRefused(UserError, "submitted already"):
            measure.with_user(self.rep).action_submit()

    def test_locked_while_pending_and_after_approval(self):
        self._route((1, self.first))
        measure = self._submitted()
        for _i in range(2):
            with self.assertRefused(UserError, "cannot be changed"):
                measure.with_user(self.rep).write({"action": "Something else"})
            measure.with_user(self.rep).write({"cause": "Known now"})
            if measure.approval_state == "pending":
                measure.with_user(self.keeper).action_approve()

    def test_reminder_reaches_the_deciders_of_what_waits(self):
        self._route((1, self.first))
        measure = self._submitted()
        measure.approval_id._system_write({"waiting_since": "2031-05-01 08:00:00"})
        approval = self.env["customer.approval"].with_company(self.company)
        for end, count in ((date(2031, 5, 1), 0), (date(2031, 5, 2), 1)):
            domain = [
                ("partner_ids", "in", self.keeper.partner_id.ids),
                ("model", "=", "customer.measure"),
                ("res_id", "=", measure.id),
                ("subject", "=", "Waiting for your decision"),
            ]
            approval._duty_remind_deciders(None, None, end)
            self.assertEqual(self.env["mail.message"].search_count(domain), count)


@tagged("post_install", "-at_install")
class TestApprovalAttacks(ApprovalCommon):
    """What a client tries with calls of his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._two_steps()
        cls.measure = cls._submitted()
        cls.approval = cls.measure.approval_id
        cls.line = cls.approval.line_ids[:1]

    def test_decision_is_not_forged(self):
        decision = {
            "approval_id": self.approval.id,
            "line_id": self.line.id,
            "step": "First",
            "decision": "approved",
            "user_id": self.keeper.id,
            "date": "2031-05-01 08:00:00",
        }
        line = {
            "approval_id": self.approval.id,
            "name": "Mine",
            "role_id": self.first.id,
            "state": "approved",
        }
        approval = {
            "res_model": "customer.measure",
            "res_id": self.measure.id,
            "kind": "default",
            "requester_id": self.rep.id,
            "state": "approved",
        }
        for user in (self.rep, self.keeper, self.outsider, self.admin_user):
            for context in FORGED_CONTEXTS:
                for model, values in (
                    ("customer.approval.decision", decision),
                    ("customer.approval.line", line),
                    ("customer.approval", approval),
                ):
                    with (
                        self.subTest(user=user.login, model=model, context=context),
                        self.assertRaises(AccessError),
                        mute_logger("odoo.addons.base.models.ir_rule"),
                    ):
                        self._rpc(user, model, "create", [values], context=context)
        self.assertUndecided(self.measure)

    def test_request_and_steps_are_not_written(self):
        attempts = (
            (self.approval, {"state": "approved"}),
            (self.approval, {"requester_id": self.keeper.id}),
            (self.approval, {"allow_same_decider": True}),
            (self.line, {"state": "approved"}),
            (self.line, {"allow_requester": True}),
            (self.line, {"user_ids": [[4, self.rep.id]]}),
            (self.line, {"delegate_ids": [[4, self.rep.id]]}),
        )
        for user in (self.rep, self.keeper, self.outsider, self.admin_user):
            for context in FORGED_CONTEXTS:
                for record, values in attempts:
                    with (
                        self.subTest(user=user.login, values=values, context=context),
                        self.assertRaises(AccessError),
                    ):
                        self._rpc(
                            user,
                            record._name,
                            "write",
                            record.ids,
                            values,
                            context=context,
                        )
        self.assertUndecided(self.measure)

    def test_log_is_not_changed_or_deleted(self):
        self.measure.with_user(self.keeper).action_approve()
        decision = self._log(self.measure)
        for user in (self.rep, self.keeper, self.outsider, self.admin_user):
            for context in FORGED_CONTEXTS:
                for record in (decision, self.line, self.approval):
                    with self.assertRaises(AccessError):
                        self._rpc(
                            user, record._name, "unlink", record.ids, context=context
                        )
                with self.assertRaises(AccessError):
                    self._rpc(
                        user,
                        decision._name,
                        "write",
                        decision.ids,
                        {"comment": "Forged"},
                        context=context,
                    )
        self.assertTrue(decision.exists())

    def test_document_is_not_created_approved(self):
        values = {
            "name": "Ready",
            "action": "Approved by nobody",
            "user_id": self.rep.id,
            "verifier_id": self.keeper.id,
            "date_due": "2030-06-30",
        }
        for context in FORGED_CONTEXTS:
            for forged in (
                {"approval_state": "approved"},
                {"state": "approved"},
                {"state": "effective"},
                {"approval_id": self.approval.id},
                {"date_done": "2030-01-01"},
            ):
                with self.assertRaises(AccessError):
                    self._rpc(
                        self.rep,
                        "customer.measure",
                        "create",
                        [values | forged],
                        context=context,
                    )
                with self.assertRaises(AccessError):
                    self._rpc(
                        self.rep,
                        "customer.measure",
                        "web_save",
                        [],
                        values | forged,
                        {"state": {}},
                        context=context,
                    )
                defaults = {f"default_{name}": forged[name] for name in forged}
                (measure_id,) = self._rpc(
                    self.rep,
                    "customer.measure",
                    "create",
                    [values],
                    context=context | defaults,
                )
                measure = self.env["customer.measure"].browse(measure_id)
                self.assertRecordValues(
                    measure,
                    [
                        {
                            "approval_state": "none",
                            "state": "proposed",
                            "approval_id": False,
                            "date_done": False,
                        }
                    ],
                )

    def test_defaults_of_the_client_do_not_reach_the_request(self):
        measure = self._measure(dossier_id=self.dossier.id)
        defaults = {
            "default_state": "approved",
            "default_allow_requester": True,
            "default_allow_same_decider": True,
            "default_delegate_ids": self.rep.ids,
            "default_requester_id": self.outsider.id,
            "default_decision": "approved",
            "default_user_ids": self.rep.ids,
        }
        self._rpc(
            self.rep,
            "customer.measure",
            "action_submit",
            measure.ids,
            context=defaults,
        )
        self.assertUndecided(measure)
        self.assertRecordValues(
            measure.approval_id.line_ids,
            [
                {
                    "state": "pending",
                    "allow_requester": False,
                    "delegate_ids": [],
                    "user_ids": self.keeper.ids,
                },
                {
                    "state": "waiting",
                    "allow_requester": False,
                    "delegate_ids": [],
                    "user_ids": [],
                },
            ],
        )
        self.assertRecordValues(
            measure.approval_id,
            [{"requester_id": self.rep.id, "allow_same_decider": False}],
        )
        self._rpc(
            self.keeper,
            "customer.measure",
            "action_reject",
            measure.ids,
            "No",
            context=defaults | {"default_user_id": self.mdo.id},
        )
        self.assertRecordValues(
            self._log(measure),
            [{"decision": "rejected", "user_id": self.keeper.id}],
        )

    def test_approved_document_is_not_copied_approved(self):
        self.measure.with_user(self.keeper).action_approve()
        self.measure.with_user(self.mdo).action_approve()
        (copy_id,) = self._rpc(
            self.rep, "customer.measure", "copy", self.measure.ids, {}
        )
        copied = self.env["customer.measure"].browse(copy_id)
        self.assertRecordValues(
            copied,
            [{"approval_state": "none", "state": "proposed", "approval_id": False}],
        )
        for forged in (
            {"approval_state": "approved"},
            {"state": "approved"},
            {"approval_id": self.approval.id},
        ):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.rep, "customer.measure", "copy", self.measure.ids, forged
                )

    def test_document_is_not_imported_approved(self):
        count = self.env["customer.measure"].search_count([])
        names = ["name", "action", "user_id/.id", "verifier_id/.id", "date_due"]
        row = ["New", "New", str(self.rep.id), str(self.keeper.id), "2030-06-30"]
        for forged in ("state", "approval_state"):
            with mute_logger("odoo.models"):
                result = self._rpc(
                    self.rep,
                    "customer.measure",
                    "load",
                    names + [forged],
                    [row + ["approved"]],
                )
            self.assertFalse(result["ids"])
            self.assertIn("the system writes this", str(result["messages"]))
            with mute_logger("odoo.models"):
                result = self._rpc(
                    self.rep,
                    "customer.measure",
                    "load",
                    [".id", forged],
                    [[str(self.measure.id), "approved"]],
                )
            self.assertFalse(result["ids"])
        self.assertEqual(self.env["customer.measure"].search_count([]), count)
        self.assertUndecided(self.measure)

    def test_steps_are_not_written_through_the_document(self):
        decision = {
            "approval_id": self.approval.id,
            "decision": "approved",
            "user_id": self.keeper.id,
            "date": "2031-05-01 08:00:00",
        }
        count = self.env["customer.approval.line"].search_count([])
        for context in FORGED_CONTEXTS:
            for values in (
                {"approval_line_ids": [[1, self.line.id, {"state": "approved"}]]},
                {"approval_line_ids": [[2, self.line.id, 0]]},
                {
                    "approval_line_ids": [
                        [0, 0, {"approval_id": self.approval.id, "name": "x"}]
                    ]
                },
                {"approval_decision_ids": [[0, 0, decision]]},
            ):
                with (
                    self.subTest(values=values, context=context),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(
                        self.rep,
                        "customer.measure",
                        "write",
                        self.measure.ids,
                        values,
                        context=context,
                    )
        self.assertEqual(self.env["customer.approval.line"].search_count([]), count)
        self.assertUndecided(self.measure)

    def test_state_is_not_written(self):
        for user in (self.rep, self.keeper, self.mdo, self.admin_user):
            for context in FORGED_CONTEXTS:
                for values in (
                    {"state": "approved"},
                    {"approval_state": "approved"},
                    {"approval_id": False},
                    {"state": "approved", "cause": "Harmless"},
                ):
                    with self.assertRaises(AccessError):
                        self._rpc(
                            user,
                            "customer.measure",
                            "write",
                            self.measure.ids,
                            values,
                            context=context,
                        )
        self.assertUndecided(self.measure)

    def test_private_methods_are_refused(self):
        for model, method in (
            ("customer.approval", "_decide"),
            ("customer.approval", "_create_request"),
            ("customer.approval", "_close"),
            ("customer.approval", "_delegate"),
            ("customer.approval.line", "_system_write"),
            ("customer.approval.decision", "_system_create"),
            ("customer.measure", "_approval_on_approved"),
            ("customer.measure", "_approval_closed"),
            ("customer.measure", "_advance"),
            ("customer.measure", "_system_write"),
        ):
            with self.assertRefused(AccessError, "Private methods"):
                self._rpc(self.keeper, model, method, self.measure.ids)

    def test_who_may_not_decide(self):
        second = self.approval.line_ids[1:]
        for user, error in (
            (self.rep, UserError),
            (self.bum, AccessError),
            (self.mdo, AccessError),
            (self.admin_user, AccessError),
            (self.outsider, AccessError),
            (self.rep2, AccessError),
            (self.env.ref("base.public_user"), AccessError),
        ):
            for context in FORGED_CONTEXTS:
                for method, args in (
                    ("action_approve", []),
                    ("action_reject", ["Because"]),
                    ("action_delegate", [user.id]),
                    ("action_delegate", [self.mdo.id]),
                ):
                    with (
                        self.subTest(user=user.login, method=method),
                        self.assertRaises(error),
                    ):
                        self._rpc(
                            user,
                            "customer.measure",
                            method,
                            self.measure.ids,
                            *args,
                            context=context,
                        )
        self.assertUndecided(self.measure)
        self.assertEqual(second.state, "waiting")

    def test_nobody_decides_twice_or_afterwards(self):
        approve = (self.keeper, "customer.measure", "action_approve", self.measure.ids)
        self._rpc(*approve)
        with self.assertRaises(AccessError):
            self._rpc(*approve)
        self._rpc(self.mdo, "customer.measure", "action_reject", self.measure.ids, "No")
        for user in (self.mdo, self.gmo, self.keeper):
            for method, args in (
                ("action_approve", []),
                ("action_reject", ["Because"]),
                ("action_withdraw", []),
            ):
                with self.assertRaises(UserError):
                    self._rpc(user, "customer.measure", method, self.measure.ids, *args)
            with self.assertRaises(UserError):
                self._rpc(
                    user,
                    "customer.measure",
                    "action_delegate",
                    self.measure.ids,
                    self.bum.id,
                )
        self.assertEqual(self.measure.approval_state, "rejected")
        self.assertEqual(
            self._log(self.measure).mapped("decision"), ["approved", "rejected"]
        )

    def test_dialog_of_another_user(self):
        dialog = (
            self.env["customer.approval.decide"]
            .with_user(self.keeper)
            .create(
                {
                    "res_model": "customer.measure",
                    "res_id": self.measure.id,
                    "decision": "approve",
                }
            )
        )
        for user in (self.rep, self.outsider):
            for method, args in (
                ("action_decide", []),
                ("read", [["comment"]]),
                ("write", [{"decision": "reject"}]),
            ):
                with self.assertRaises(UserError):
                    self._rpc(user, dialog._name, method, dialog.ids, *args)
            own_id = self._rpc(
                user,
                dialog._name,
                "create",
                {"res_model": "customer.measure", "res_id": self.measure.id},
            )
            with self.assertRaises(UserError):
                self._rpc(user, dialog._name, "action_decide", [own_id])
        self.assertUndecided(self.measure)
        self._rpc(self.keeper, dialog._name, "action_decide", dialog.ids)
        self.assertRecordValues(self._log(self.measure), [{"user_id": self.keeper.id}])

    def test_dialog_calls_no_other_model(self):
        for model in ("res.users", "customer.approval", "no.such.model", "base"):
            dialog = self.env["customer.approval.decide"].create(
                {"res_model": model, "res_id": self.keeper.id}
            )
            with self.assertRefused(UserError, "not decided on here"):
                dialog.action_decide()

    def test_holder_passes_on_to_nobody_but_another(self):
        with self.assertRefused(UserError, "cannot decide on"):
            self._rpc(
                self.keeper,
                "customer.measure",
                "action_delegate",
                self.measure.ids,
                self.keeper.id,
            )
        self.assertUndecided(self.measure)


@tagged("post_install", "-at_install")
class TestApprovalHttp(ApprovalCommon, HttpCase):
    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_attacks_over_http(self):
        self._route((1, self.first))
        measure = self._submitted()
        line = measure.approval_id.line_ids

        def call(model, method, *args, **kwargs):
            return self.make_jsonrpc_request(
                f"/web/dataset/call_kw/{model}/{method}",
                {"model": model, "method": method, "args": args, "kwargs": kwargs},
            )

        self.authenticate(self.rep.login, self.rep.login)
        for context in FORGED_CONTEXTS:
            for model, method, *args in (
                ("customer.measure", "write", measure.ids, {"state": "approved"}),
                ("customer.measure", "action_approve", measure.ids),
                ("customer.measure", "_approval_on_approved", measure.ids, None),
                ("customer.approval.line", "write", line.ids, {"state": "approved"}),
                ("customer.approval", "_decide", measure.approval_id.ids, "approved"),
            ):
                with self.assertRaises(JsonRpcException):
                    call(model, method, *args, context=context)
        self.assertUndecided(measure)

        self.authenticate(self.keeper.login, self.keeper.login)
        self.assertIs(call("customer.measure", "action_approve", measure.ids), True)
        with self.assertRaises(JsonRpcException):
            call("customer.measure", "action_approve", measure.ids)
        self.env.invalidate_all()
        self.assertEqual(measure.approval_state, "approved")
        self.assertRecordValues(self._log(measure), [{"user_id": self.keeper.id}])
