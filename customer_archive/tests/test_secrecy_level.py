from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestSecrecyLevel(CustomerArchiveCommon):
    """Levels as decisions (D1), the matrix (D2, D3), important customers (A45)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.internal = cls.env.ref("customer_archive.customer_secrecy_level_internal")
        cls.trade = cls.env.ref("customer_archive.customer_secrecy_level_trade")
        cls.core = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.dossier = cls._formal_dossier()
        cls.keeper2 = cls._user("keeper", login="archive_keeper2")

    def _propose(self, level, user=None, **values):
        dossier_id = values.pop("dossier_id", self.dossier.id)
        return (
            self.env["customer.secrecy.decision"]
            .with_user(user or self.keeper)
            .create(
                {
                    "dossier_id": dossier_id,
                    "level_id": level.id,
                    "reason": "Prices agreed under seal",
                    **values,
                }
            )
        )

    # ------------------------------------------------------------ decision (D1)

    def test_old_level_applies_until_the_leadership_decides(self):
        self.assertEqual(self.dossier.secrecy_level_id, self.internal)
        proposal = self._propose(self.core)
        proposal.action_submit()
        self.assertEqual(proposal.approval_state, "pending")
        self.assertEqual(proposal.former_level_id, self.internal)
        self.assertEqual(self.dossier.secrecy_level_id, self.internal)
        self.assertTrue(self.dossier.with_user(self.keeper2).has_access("read"))
        proposal.with_user(self.gmo).action_approve("As proposed")
        self.assertEqual(self.dossier.secrecy_level_id, self.core)
        self.assertTrue(proposal.decided_on)
        self.env.invalidate_all()
        self.assertFalse(self.dossier.with_user(self.keeper2).has_access("read"))
        self.assertTrue(self.dossier.with_user(self.rep).has_access("read"))
        self.assertEqual(
            self.dossier.log_ids.sorted("id")[-1:].mapped(
                lambda line: (line.event, line.reason)
            ),
            [("secrecy", "Core Trade Secret: Prices agreed under seal")],
        )
        # it comes back to who proposed
        self.assertEqual(
            proposal.activity_ids.mapped(lambda a: (a.user_id, a.summary)),
            [(self.keeper, "Approved")],
        )

    def test_refused_proposal_changes_nothing(self):
        proposal = self._propose(self.trade)
        proposal.action_submit()
        proposal.with_user(self.gmo).action_reject("No secret in it")
        self.assertEqual(self.dossier.secrecy_level_id, self.internal)
        self.assertEqual(proposal.approval_state, "rejected")
        self.assertIn(proposal, self.dossier.secrecy_decision_ids)

    def test_who_proposes_and_who_decides(self):
        for user in (self.rep, self.bum, self.mdo, self.fin, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.secrecy.decision",
                    "create",
                    {
                        "dossier_id": self.dossier.id,
                        "level_id": self.core.id,
                        "reason": "x",
                    },
                )
        proposal = self._propose(self.trade)
        proposal.action_submit()
        for user in (self.keeper, self.mdo, self.rep, self.admin_user):
            with self.subTest(user=user.login), self.assertRefused(UserError):
                self._rpc(user, proposal._name, "action_approve", proposal.ids)
        for values in (
            {"approval_state": "approved"},
            {"former_level_id": self.core.id},
            {"decided_on": "2026-01-01"},
        ):
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(self.keeper, proposal._name, "write", proposal.ids, values)
        with self.assertRefused(UserError, "being decided on"):
            proposal.level_id = self.core
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.keeper,
                "customer.dossier",
                "write",
                self.dossier.ids,
                {"secrecy_level_id": self.core.id},
            )
        self.assertEqual(self.dossier.secrecy_level_id, self.internal)

    def test_proposals_that_make_no_sense(self):
        with self.assertRefused(UserError, "is the present level"):
            self._propose(self.internal).action_submit()
        self._propose(self.core).action_submit()
        with (
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self._propose(self.trade).action_submit()
            self.env.flush_all()
        other = self._dossier()
        paper = self._paper(other)
        with self.assertRefused(ValidationError, "another dossier"):
            self._propose(self.core, document_id=paper.id)

    # ------------------------------------------------------------ papers

    def _paper(self, dossier):
        return self.env["customer.document"].create(
            {
                "dossier_id": dossier.id,
                "type_id": self.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
            }
        )

    def test_paper_with_a_level_of_its_own(self):
        paper = self._paper(self.dossier)
        open_paper = self._paper(self.dossier)
        proposal = self._propose(self.core, document_id=paper.id)
        proposal.action_submit()
        self.assertTrue(paper.with_user(self.keeper2).has_access("read"))
        proposal.with_user(self.gmo).action_approve()
        self.env.invalidate_all()
        self.assertEqual(paper.secrecy_level_id, self.core)
        self.assertEqual(self.dossier.secrecy_level_id, self.internal)
        for user, readable in (
            (self.keeper2, open_paper),
            (self.keeper, paper + open_paper),
            (self.rep, paper + open_paper),
            (self.gmo, paper + open_paper),
            (self.rep2, paper.browse()),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(
                    paper.with_user(user).search(
                        [("dossier_id", "=", self.dossier.id)], order="id"
                    ),
                    readable,
                )
                self.assertEqual(
                    (paper + open_paper).with_user(user)._filtered_access("read"),
                    readable,
                )

    # ------------------------------------------------------------ matrix (D2, D3)

    def _may(self, user, operation):
        self.env.invalidate_all()
        dossiers = self.env["customer.dossier"].with_user(user)
        domain = dossiers._operation_domain(operation)
        return bool(
            dossiers.sudo().search_count([("id", "=", self.dossier.id), *domain])
        )

    def test_each_cell_of_the_matrix(self):
        """Own customers by relation, all by clearance; no role, no more than
        reading."""
        users = {"rep": self.rep, "bum2": self.bum2, "gmo": self.gmo}
        own = {"rep"}
        for operation in ("modify", "copy", "export"):
            for scope, expected in (
                ("none", set()),
                ("related", own),
                ("all", {"rep", "gmo"}),
            ):
                self.internal.right_ids.write({f"{operation}_scope": scope})
                with self.subTest(operation=operation, scope=scope):
                    self.assertEqual(
                        {
                            name
                            for name, user in users.items()
                            if self._may(user, operation)
                        },
                        expected,
                    )
        # the lowest level may be opened to all who sell (K7)
        self.assertFalse(self._may(self.rep2, "read"))
        self._right(self.internal, "rep").read_scope = "all"
        self.assertTrue(self._may(self.rep2, "read"))
        self.assertFalse(self._may(self.outsider, "read"))

    def test_reading_is_not_modifying(self):
        for user in (self.mdo, self.gmo):
            self.assertTrue(self.dossier.with_user(user).has_access("read"))
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.dossier",
                    "write",
                    self.dossier.ids,
                    {"needs": "changed"},
                )
        self._right(self.internal, "rep").modify_scope = "none"
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep, "customer.dossier", "write", self.dossier.ids, {"needs": "x"}
            )
        self._right(self.internal, "mdo").modify_scope = "all"
        self._rpc(
            self.mdo, "customer.dossier", "write", self.dossier.ids, {"needs": "y"}
        )
        self.assertEqual(self.dossier.needs, "y")

    def test_who_leaves_takes_nothing_along(self):
        self._right(self.internal, "rep").export_scope = "related"
        for closed, may in (
            (False, ["read", "modify", "copy", "export"]),
            ("no_copies", ["read", "modify"]),
            ("none", []),
        ):
            self.rep.sudo().archive_access = closed
            with self.subTest(closed=closed):
                self.assertEqual(
                    [
                        operation
                        for operation in ("read", "modify", "copy", "export")
                        if self._may(self.rep, operation)
                    ],
                    may,
                )

    def test_check_names_who_can_help(self):
        with self.assertRefused(AccessError, f"export right. Ask {self.keeper.name}"):
            self.dossier.with_user(self.rep)._check_operation("export")
        self.dossier.with_user(self.rep)._check_operation("copy")
        self._right(self.internal, "rep").copy_scope = "none"
        with self.assertRefused(AccessError, f"right to copy. Ask {self.keeper.name}"):
            self.dossier.with_user(self.rep)._check_operation("copy")

    def test_matrix_is_configuration(self):
        right = self._right(self.internal, "rep")
        for user in (self.rep, self.keeper, self.gmo, self.outsider):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, right._name, "write", right.ids, {"read_scope": "all"})
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    self.internal._name,
                    "write",
                    self.internal.ids,
                    {"is_default": False},
                )
        level = self.env["customer.secrecy.level"].create({"name": "New"})
        self.assertEqual(len(level.right_ids), 9)
        self.assertEqual(set(level.right_ids.mapped("read_scope")), {"related"})
        self.assertEqual(set(level.right_ids.mapped("export_scope")), {"none"})

    # ------------------------------------------------------------ who is related (D5)

    def test_coming_to_the_service_team_is_logged(self):
        self.dossier.with_user(self.bum).service_user_ids = [
            Command.link(self.outsider.id)
        ]
        line = self.dossier.log_ids.sorted("id")[-1]
        self.assertEqual(
            (line.event, line.user_id, line.reason),
            ("team", self.bum, f"+ {self.outsider.name}"),
        )
        self.dossier.with_user(self.bum).service_user_ids = [Command.clear()]
        self.assertEqual(
            self.dossier.log_ids.sorted("id")[-1].reason, f"− {self.outsider.name}"
        )

    # ------------------------------------------------------------ kept apart (A45)

    def test_important_files_are_kept_apart(self):
        room = self.env.ref("customer_archive.customer_storage_location_general")
        safe = self.env.ref("customer_archive.customer_storage_location_important")
        as_keeper = self.dossier.with_user(self.keeper)
        with self.assertRefused(ValidationError, "kept apart"):
            as_keeper.storage_location_id = safe
        as_keeper.storage_location_id = room
        with self.assertRefused(AccessError, "Only the keeper"):
            self.dossier.with_user(self.rep).storage_location_id = False
            self.dossier.with_user(self.rep).storage_location_id = room
        self.assertFalse(self.dossier.is_important)
        proposal = self._propose(self.trade)
        proposal.action_submit()
        proposal.with_user(self.gmo).action_approve()
        self.assertTrue(self.dossier.is_important)
        self.assertFalse(self.dossier.storage_location_id)
        self.assertIn(
            "Move the paper file and enter its new location",
            self.dossier.activity_ids.mapped("summary"),
        )
        as_keeper.storage_location_id = safe
        action = self.env.ref("customer_archive.customer_dossier_action_important")
        dossiers = self.env["customer.dossier"]
        important = [("secrecy_level_id.is_important", "=", True)]
        self.assertEqual(action.domain, str(important))
        self.assertEqual(
            dossiers.with_user(self.keeper).search(important), self.dossier
        )
        self.assertFalse(dossiers.with_user(self.rep2).search(important))
