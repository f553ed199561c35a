import json
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import Command, fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

MODEL = "customer.staff.handover"
LINE = "customer.staff.handover.line"
NOW = "2026-03-02 08:00:00"


class StaffHandoverCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        export = cls.env.ref("base.group_allow_export")
        for user in (cls.rep, cls.rep2, cls.keeper):
            user.group_ids = [Command.link(export.id)]
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.unit.id, "user_id": cls.rep.id},
                {"crm_team_id": cls.unit.id, "user_id": cls.rep2.id},
            ]
        )
        cls.dossier = cls._formal_dossier(partner_id=cls.partner.id)
        # what the hand-over takes away
        cls._right(cls.dossier.secrecy_level_id, "rep").export_scope = "related"

    @classmethod
    def _handover(cls, user=None, opener=None, **values):
        values = {
            "user_id": (user or cls.rep).id,
            "team_id": cls.unit.id,
            "date_last": "2026-03-31",
            "successor_id": cls.rep2.id,
            **values,
        }
        return (
            cls.env[MODEL]
            .with_user(opener or cls.bum)
            .create(values)
            .with_user(cls.env.user)
        )

    def assertAsked(self, handover, users, others):
        asked = handover.approval_id.line_ids.user_ids
        self.assertEqual(asked & users, users)
        self.assertFalse(asked & others)

    def _line(self, handover, kind):
        return handover.line_ids.filtered(lambda line: line.kind == kind)

    def _settle(self, handover):
        """Move and receive everything of ``handover``."""
        self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self._rpc(self.bum, MODEL, "action_receive_department", handover.ids)
        self._rpc(self.keeper, MODEL, "action_receive_data", handover.ids)

    def _complete(self, handover):
        self._settle(handover)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.bum, MODEL, "action_approve", handover.ids)
        self._rpc(self.keeper, MODEL, "action_approve", handover.ids)


@tagged("post_install", "-at_install")
class TestStaffHandover(StaffHandoverCommon):
    """From the list to the two signatures (D27, D28)."""

    @freeze_time(NOW)
    def test_course(self):
        own_customer = self._customer("Phoenix Ltd", user_id=self.rep.id)
        contact = self._customer(
            "Zhao", is_company=False, parent_id=own_customer.id, user_id=self.rep.id
        )
        kept = self._dossier(user_id=self.rep2.id, keeper_id=self.rep.id)
        served = self._dossier(
            user_id=self.bum.id, service_user_ids=[Command.link(self.rep.id)]
        )
        lead = self.env["crm.lead"].create(
            {"name": "Ten pumps", "type": "opportunity", "user_id": self.rep.id}
        )
        order = self.env["sale.order"].create(
            {"partner_id": own_customer.id, "user_id": self.rep.id}
        )
        measure = self._measure()
        checked = self._measure(user_id=self.bum.id, verifier_id=self.rep.id)
        todo = own_customer.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.rep.id, summary="Call"
        )
        meetings = self.env["calendar.event"].create(
            [
                {
                    "name": name,
                    "start": start,
                    "stop": start,
                    "user_id": self.rep.id,
                    "partner_ids": [
                        Command.set([self.rep.partner_id.id, own_customer.id])
                    ],
                }
                for name, start in (
                    ("Visit", "2026-03-10 09:00:00"),
                    ("Past", "2026-02-10 09:00:00"),
                )
            ]
        )
        self.other_unit.keeper_id = self.rep
        absence = self.env["customer.approval.delegation"].create(
            {
                "user_id": self.bum2.id,
                "delegate_id": self.rep.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-20",
            }
        )
        verification = self.env["customer.verification"]._system_create(
            {
                "dossier_id": self.dossier.id,
                "user_id": self.rep.id,
                "date_due": "2026-03-20",
            }
        )
        self.dossier.message_subscribe(partner_ids=self.rep.partner_id.ids)
        handover = self._handover()
        self.assertEqual(handover.head_id, self.bum)
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self.assertRecordValues(
            handover, [{"state": "started", "started_on": fields.Datetime.now()}]
        )
        self.assertEqual(
            {
                line.kind: (line.res_model, line.res_id, line.count)
                for line in handover.line_ids
            },
            {
                "dossier": ("customer.dossier", self.dossier.id, 1),
                "kept": ("customer.dossier", kept.id, 1),
                "served": ("customer.dossier", served.id, 1),
                "customer": ("res.partner", own_customer.id, 1),
                "contact": ("res.partner", 0, 1),
                "team_keeper": ("crm.team", self.other_unit.id, 1),
                "lead": ("crm.lead", lead.id, 1),
                "order": ("sale.order", order.id, 1),
                "meeting": ("calendar.event", 0, 1),
                "measure": ("customer.measure", measure.id, 1),
                "measure_verifier": ("customer.measure", checked.id, 1),
                "verification": ("customer.verification", 0, 1),
                "activity": (
                    "mail.activity",
                    0,
                    self.env["mail.activity"].search_count(
                        [("user_id", "=", self.rep.id)]
                    ),
                ),
                "delegation": ("customer.approval.delegation", 0, 1),
            },
        )
        self.assertEqual(handover.line_ids.successor_id, self.rep2)
        self.assertEqual(handover.open_count, 14)
        self._rpc(
            self.bum,
            LINE,
            "create",
            {"handover_id": handover.id, "name": "Key of the archive room"},
        )
        with self.assertRefused(UserError, "still holds: .*Responsible Rep: 1"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        # one customer goes to somebody else
        with self.assertRefused(AccessError):
            self._rpc(self.bum2, LINE, "action_move", self._line(handover, "kept").ids)
        self._line(handover, "customer").with_user(self.bum).successor_id = self.bum
        self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self.assertRecordValues(
            self.dossier, [{"user_id": self.rep2.id, "state": "formal"}]
        )
        self.assertEqual(self.partner.user_id, self.rep2)
        self.assertEqual(kept.keeper_id, self.rep2)
        self.assertEqual(served.service_user_ids, self.rep2)
        self.assertEqual(own_customer.user_id, self.bum)
        self.assertEqual(
            (contact.user_id, lead.user_id, order.user_id, todo.user_id),
            (self.rep2, self.rep2, self.rep2, self.rep2),
        )
        self.assertEqual(
            (measure.user_id, checked.verifier_id, verification.user_id),
            (self.rep2, self.rep2, self.rep2),
        )
        self.assertEqual(self.other_unit.keeper_id, self.rep2)
        self.assertFalse(absence.exists())
        visit, past = meetings
        self.assertEqual(visit.user_id, self.rep2)
        self.assertEqual(
            visit.partner_ids, self.rep2.partner_id + own_customer, "not the leaver"
        )
        self.assertEqual(past.user_id, self.rep)
        self.assertEqual(
            self.dossier.log_ids[0].reason, f"Hand-over of {self.rep.name}"
        )
        with self.assertRefused(UserError, "15 items are not received"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.bum, MODEL, "action_receive_department", handover.ids)
        with self.assertRefused(UserError, "15 items are not received"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.keeper, MODEL, "action_receive_data", handover.ids)
        self.assertEqual(handover.open_count, 0)
        self.assertRecordValues(
            handover.line_ids[0],
            [
                {
                    "department_user_id": self.bum.id,
                    "keeper_user_id": self.keeper.id,
                    "department_on": fields.Datetime.now(),
                    "keeper_on": fields.Datetime.now(),
                }
            ],
        )
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self.assertAsked(handover, self.bum + self.keeper, self.rep + self.mdo)
        with freeze_time("2026-03-30 16:00:00"):
            self._rpc(self.keeper, MODEL, "action_approve", handover.ids)
            self.assertEqual(handover.state, "started")
            self._rpc(self.bum, MODEL, "action_approve", handover.ids)
        self.assertRecordValues(
            handover,
            [
                {
                    "state": "done",
                    "done_on": fields.Datetime.to_datetime("2026-03-30 16:00:00"),
                }
            ],
        )
        for dossier in (self.dossier, kept, served):
            self.assertRecordValues(
                dossier.log_ids[0],
                [{"event": "staff_handover", "reason": self.rep.name}],
            )
        self.assertNotIn(self.rep.partner_id, self.dossier.message_partner_ids)
        self.rep.active = False
        self.assertFalse(self.rep.active)

    def test_transfer_gives_access_back(self):
        handover = self._handover(reason="transfer")
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self.assertEqual(self.rep.archive_access, "no_copies")
        self._complete(handover)
        self.assertEqual(handover.state, "done")
        self.assertFalse(self.rep.archive_access)
        self.assertFalse(self.dossier.with_user(self.rep).has_access("read"))
        own = self._dossier()
        self.assertTrue(own.with_user(self.rep).has_access("read"))

    def test_manager_leaves(self):
        """The director takes the place of a head who leaves, and the unit passes on."""
        handover = self._handover(self.bum, self.mdo, successor_id=self.rep.id)
        self.assertFalse(handover.head_id)
        self._rpc(self.mdo, MODEL, "action_start", handover.ids)
        self.assertEqual(self._line(handover, "team").res_id, self.unit.id)
        with self.assertRefused(AccessError):
            self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self._rpc(self.mdo, MODEL, "action_move", handover.ids)
        self.assertEqual(self.unit.user_id, self.rep)
        self.assertFalse(handover.head_id, "the rep has not the role")
        self._rpc(self.mdo, MODEL, "action_receive_department", handover.ids)
        self._rpc(self.keeper, MODEL, "action_receive_data", handover.ids)
        self._rpc(self.keeper, MODEL, "action_submit", handover.ids)
        for user in (self.mdo, self.keeper):
            self._rpc(user, MODEL, "action_approve", handover.ids)
        self.assertEqual(handover.state, "done")

    def test_submitted_dossier_moves(self):
        waiting = self._dossier()
        self._submit(waiting)
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._complete(handover)
        self.assertRecordValues(
            waiting, [{"user_id": self.rep2.id, "state": "submitted"}]
        )

    def test_held_since_the_start(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._settle(handover)
        late = self._dossier()
        with self.assertRefused(UserError, "Responsible Rep: 1"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.bum, MODEL, "action_update", handover.ids)
        self.assertIn(late.id, self._line(handover, "dossier").mapped("res_id"))
        self._complete(handover)
        self.assertEqual(late.user_id, self.rep2)

    def test_held_while_being_signed(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._settle(handover)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.bum, MODEL, "action_approve", handover.ids)
        self._dossier()
        with self.assertRefused(UserError, "Responsible Rep: 1"):
            self._rpc(self.keeper, MODEL, "action_approve", handover.ids)
        self.assertEqual(handover.state, "started")

    def test_borrowed_items_come_back_first(self):
        """What is lent keeps the user active until the keeper has it back."""
        with freeze_time("2026-03-02 08:00:00"):
            permit = self._permit(self.rep2, self.dossier, kind="borrow")
            self._rpc(self.rep2, permit._name, "action_submit", permit.ids)
            self._rpc(self.mdo, permit._name, "action_approve", permit.ids)
            self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids)
        handover = self._handover(self.rep2, successor_id=self.rep.id)
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        with self.assertRefused(UserError, "Borrowed Items: 1"):
            self.rep2.active = False
        self._settle(handover)
        self.assertEqual(permit.user_id, self.rep2)
        with self.assertRefused(UserError, "Borrowed Items: 1"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        conditions = [
            {"item_id": item.id, "condition": "complete"} for item in permit.item_ids
        ]
        self._rpc(self.keeper, permit._name, "action_take_back", permit.ids, conditions)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self.assertTrue(self._line(handover, "borrowed").moved_on)
        self.assertEqual(handover.approval_state, "pending")

    def test_cancel(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._settle(handover)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        for user in (self.bum, self.keeper, self.rep, self.gmo):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, MODEL, "action_cancel", handover.ids, "Stays")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.mdo, MODEL, "action_cancel", handover.ids, " ")
        dialog_id = self._rpc(
            self.mdo,
            "customer.upkeep.decide",
            "create",
            {"decision": "cancel", "reason": "Stays"},
        )
        self._rpc(
            self.mdo,
            "customer.upkeep.decide",
            "action_decide",
            [dialog_id],
            context={"active_ids": handover.ids},
        )
        self.assertRecordValues(
            handover,
            [
                {
                    "state": "cancelled",
                    "cancel_reason": "Stays",
                    "approval_state": "none",
                }
            ],
        )
        self.assertFalse(self.rep.archive_access)
        with self.assertRefused(UserError, "open hand-over"):
            self._rpc(self.mdo, MODEL, "action_cancel", handover.ids, "Again")
        self._handover()

    def test_rejected_and_signed_again(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._settle(handover)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        with self.assertRefused(UserError, "waits for the signatures"):
            self._rpc(self.bum, MODEL, "action_move", handover.ids)
        with self.assertRefused(UserError):
            self._rpc(self.bum, MODEL, "write", handover.ids, {"successor_id": 1})
        self._rpc(self.keeper, MODEL, "action_reject", handover.ids, "A key is missing")
        self.assertRecordValues(
            handover, [{"state": "started", "approval_state": "rejected"}]
        )
        self._complete(handover)
        self.assertEqual(handover.state, "done")

    def test_print(self):
        self.env["ir.attachment"].search(
            Domain("url", "=like", "/web/assets/%")
        ).unlink()
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._rpc(
            self.bum,
            LINE,
            "create",
            {"handover_id": handover.id, "name": "Key of the archive room"},
        )
        self._complete(handover)
        reports = self.env["ir.actions.report"]
        name = "customer_archive.report_customer_staff_handover"
        html = reports.with_user(self.keeper)._render_qweb_html(name, handover.ids)[0]
        for word in (
            "Customer Data Hand-over List",
            "客户资料交接清单",
            "Dragon Ltd",
            "Key of the archive room",
            "Customer Service Head",
            "Department Head",
            "Receiver",
            self.rep.name,
            self.rep2.name,
        ):
            self.assertIn(word, html.decode())
        self.assertEqual(html.decode().count("approved "), 2)
        pdf = reports.with_user(self.keeper)._render_qweb_pdf(name, handover.ids)[0]
        self.assertTrue(pdf.startswith(b"%PDF") or b"Hand-over List" in pdf)

    def test_start_costs_the_same_for_many(self):
        def count(user, number):
            for _number in range(number):
                self._dossier(user_id=user.id)
            handover = self._handover(user, self.mdo, successor_id=self.bum.id)
            as_mdo = handover.with_user(self.mdo)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            as_mdo.action_start()
            self.env.flush_all()
            self.assertEqual(len(self._line(handover, "dossier")), number)
            return self.env.cr.sql_log_count - before

        few = count(self._user("rep", login="archive_few"), 2)
        many = count(self._user("rep", login="archive_many"), 30)
        self.assertLessEqual(many, few + 1)


@tagged("post_install", "-at_install")
class TestStaffHandoverAccess(StaffHandoverCommon):
    """Whoever leaves takes nothing along, and nobody acts out of turn (D27)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealing = cls.env["customer.dealing"].create(
            {
                "dossier_id": cls.dossier.id,
                "date": "2026-01-31",
                "subject": "Secret",
                "kind": "other",
            }
        )

    def test_no_copies_from_the_start(self):
        handover = self._handover()
        calls = (
            ("customer.dossier", self.dossier.ids),
            ("customer.dealing", self.dealing.ids),
            ("res.partner", self.partner.ids),
            ("crm.lead", []),
            (MODEL, handover.ids),
        )
        for model, ids in calls:
            self._rpc(self.rep, model, "export_data", ids, ["id"])
        reports = self.env["ir.actions.report"].with_user(self.rep)
        card = "customer_archive.report_customer_data_card"
        reports._render_qweb_html(card, self.dossier.ids)
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        as_rep = self.dossier.with_user(self.rep)
        for model, ids in calls:
            with (
                self.subTest(model=model),
                self.assertRefused(AccessError, "nothing is exported or printed"),
            ):
                self._rpc(self.rep, model, "export_data", ids, ["id"])
        for name, ids in (
            (card, self.dossier.ids),
            ("customer_archive.report_customer_dossier", self.dossier.ids),
            ("customer_archive.report_customer_statistics_sheet", self.dossier.ids),
            ("customer_archive.report_customer_staff_handover", handover.ids),
        ):
            for render in (reports._render_qweb_html, reports._render_qweb_pdf):
                with (
                    self.subTest(report=name),
                    self.assertRefused(AccessError, "nothing is exported or printed"),
                ):
                    render(name, ids)
        xlsx = self.env["customer.xlsx.report.dossier"].with_user(self.rep)
        for make in (xlsx._make_xlsx, xlsx._get_action):
            with self.assertRefused(AccessError, "nothing is exported or printed"):
                make(as_rep)
        for operation in ("copy", "export"):
            with self.assertRefused(AccessError):
                as_rep._check_operation(operation)
        # work goes on until the end
        self.assertTrue(as_rep.has_access("read"))
        self.assertTrue(as_rep.may_modify)

    def test_orders_are_printed_to_the_end(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "user_id": self.rep.id}
        )
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        reports = self.env["ir.actions.report"].with_user(self.rep)
        html = reports._render_qweb_html("sale.report_saleorder", order.ids)[0]
        self.assertIn(order.name, html.decode())

    def test_no_access_on_completion(self):
        opened = self._measure(dossier_id=self.dossier.id)
        opened_by_rep = (
            self.env["customer.measure"]
            .with_user(self.rep)
            .create(
                {
                    "name": "Late again",
                    "action": "Call",
                    "verifier_id": self.keeper.id,
                    "date_due": "2030-01-31",
                }
            )
        )
        information_id = self._rpc(
            self.rep,
            "customer.information",
            "create",
            {"text": "They build a plant", "partner_id": self.partner.id},
        )
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self.assertTrue(handover.with_user(self.rep).has_access("read"))
        self._complete(handover)
        self.assertEqual(self.rep.archive_access, "none")
        # still named somewhere
        with patch.object(type(self.rep), "_check_not_left"):
            self.dossier._system_write(
                {"service_user_ids": [Command.link(self.rep.id)]}
            )
        for record in (
            self.dossier,
            self.dealing,
            opened,
            opened_by_rep,
            self.env["customer.information"].browse(information_id),
            handover,
            handover.line_ids[0],
            self.dossier.log_ids[0],
            self.dossier.contract_ids[0],
        ):
            here = [("id", "=", record.id)]
            with self.subTest(model=record._name):
                for method, args in (
                    ("read", [record.ids, ["display_name"]]),
                    ("export_data", [record.ids, ["id"]]),
                    ("unlink", [record.ids]),
                ):
                    with self.assertRefused(AccessError):
                        self._rpc(self.rep, record._name, method, *args)
                self.assertEqual(
                    self._rpc(self.rep, record._name, "search_count", here), 0
                )
                self.assertEqual(
                    self._rpc(
                        self.rep,
                        record._name,
                        "formatted_read_group",
                        here,
                        [],
                        ["__count"],
                    )[0]["__count"],
                    0,
                )

    def test_who_returns(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        with self.assertRefused(UserError, "who left the company"):
            self._rpc(self.mdo, MODEL, "action_restore", handover.ids)
        self._complete(handover)
        again = self._handover()
        with self.assertRefused(UserError, "has handed over already"):
            self._rpc(self.bum, MODEL, "action_start", again.ids)
        for user in (self.bum, self.keeper, self.rep, self.admin_user):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._rpc(user, MODEL, "action_restore", handover.ids)
        self.assertEqual(self.rep.archive_access, "none")
        self._rpc(self.mdo, MODEL, "action_restore", handover.ids)
        self.assertFalse(self.rep.archive_access)
        self.assertIn("Access was given back", handover.message_ids[0].body)
        self._rpc(self.bum, MODEL, "action_start", again.ids)
        self.assertEqual(self.rep.archive_access, "no_copies")
        # an old procedure does not open a new one's doors
        self._rpc(self.mdo, MODEL, "action_restore", handover.ids)
        self.assertEqual(self.rep.archive_access, "no_copies")

    def test_deciders_follow(self):
        """What waited for a leaver's decision waits for the others with the role."""
        keeper2 = self._user("keeper", login="archive_keeper2")
        leaving = self._handover(keeper2, self.mdo, team_id=self.other_unit.id)
        waiting = self._handover()
        self._rpc(self.bum, MODEL, "action_start", waiting.ids)
        self._settle(waiting)
        self._rpc(self.bum, MODEL, "action_submit", waiting.ids)
        self.assertAsked(waiting, self.bum + self.keeper + keeper2, self.rep)
        self._rpc(self.mdo, MODEL, "action_start", leaving.ids)
        self.assertEqual(self._line(leaving, "approval").count, 1)
        self.other_unit.user_id = self.bum2
        for user, method in (
            (self.bum2, "action_move"),
            (self.bum2, "action_receive_department"),
            (self.keeper, "action_receive_data"),
            (self.bum2, "action_submit"),
            (self.bum2, "action_approve"),
            (self.keeper, "action_approve"),
        ):
            self._rpc(user, MODEL, method, leaving.ids)
        self.assertEqual(leaving.state, "done")
        self.assertAsked(waiting, self.bum + self.keeper, keeper2)

    def test_who_opens(self):
        for user in (
            self.rep,
            self.bum2,
            self.fug,
            self.fin,
            self.gmo,
            self.outsider,
            self.admin_user,
        ):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._handover(opener=user)
        with self.assertRefused(AccessError, "does not belong to your business unit"):
            self._handover(self.fin)
        with self.assertRefused(AccessError):
            self._handover(self.bum, self.bum, successor_id=self.rep.id)
        with self.assertRefused(AccessError):
            self._handover(self.keeper, self.keeper)
        for user in (self.bum, self.keeper, self.mdo):
            handover = self._handover(opener=user)
            self.assertEqual(handover.state, "draft")
            handover.with_user(user).unlink()
        self.assertFalse(self.rep.archive_access)

    def test_moved_to_somebody_else_before_the_start(self):
        handover = self._handover()
        with self.assertRefused(AccessError, "does not belong to your business unit"):
            self._rpc(self.bum, MODEL, "write", handover.ids, {"user_id": self.fin.id})
        with self.assertRefused(AccessError):
            self._rpc(
                self.bum,
                MODEL,
                "write",
                handover.ids,
                {"team_id": self.other_unit.id},
            )
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        for values in (
            {"user_id": self.rep2.id},
            {"reason": "transfer"},
            {"team_id": self.other_unit.id},
        ):
            with self.assertRefused(UserError, "cannot be done"):
                self._rpc(self.mdo, MODEL, "write", handover.ids, values)
        with self.assertRefused(UserError, "stays on record"):
            self._rpc(self.mdo, MODEL, "unlink", handover.ids)
        with self.assertRefused(UniqueViolation), mute_logger("odoo.sql_db"):
            self._handover()

    def test_strangers(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        line = handover.line_ids[0]
        actions = {
            MODEL: (
                "action_start",
                "action_update",
                "action_move",
                "action_receive_department",
                "action_receive_data",
                "action_submit",
                "action_approve",
                "action_reject",
                "action_withdraw",
                "action_cancel",
            ),
            LINE: (
                "action_move",
                "action_receive_department",
                "action_receive_data",
            ),
        }
        for user in (
            self.fin,
            self.fug,
            self.asg,
            self.pl,
            self.bum2,
            self.outsider,
            self.admin_user,
        ):
            for record in (handover, line):
                model, here = record._name, [("id", "=", record.id)]
                for method, args, empty in (
                    ("search", [here], []),
                    ("search_read", [here, ["display_name"]], []),
                    ("search_count", [here], 0),
                    ("formatted_read_group", [here, ["create_uid"], ["__count"]], []),
                    ("name_search", ["", here], []),
                ):
                    with self.subTest(user=user.login, model=model, call=method):
                        self.assertEqual(self._rpc(user, model, method, *args), empty)
                for method, args in (
                    ("read", [record.ids, ["display_name"]]),
                    ("export_data", [record.ids, ["id"]]),
                    ("write", [record.ids, {"successor_id": user.id}]),
                    ("unlink", [record.ids]),
                    ("copy", [record.ids]),
                    *(
                        (name, [record.ids, "x"] if "cancel" in name else [record.ids])
                        for name in actions[model]
                    ),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=method),
                        self.assertRefused(UserError),
                    ):
                        self._rpc(user, model, method, *args)
            with (
                self.subTest(user=user.login),
                self.assertRefused(AccessError),
            ):
                self._rpc(
                    user, LINE, "create", {"handover_id": handover.id, "name": "x"}
                )
        # the leaver and the successor read and do nothing
        for user in (self.rep, self.rep2):
            for record in (handover, line):
                self._rpc(user, record._name, "read", record.ids, ["display_name"])
                for method in actions[record._name]:
                    args = [record.ids, "x"] if "cancel" in method else [record.ids]
                    with (
                        self.subTest(user=user.login, call=method),
                        self.assertRefused(UserError),
                    ):
                        self._rpc(user, record._name, method, *args)
                with self.assertRefused(AccessError):
                    self._rpc(
                        user, record._name, "write", record.ids, {"successor_id": 2}
                    )
        self.assertEqual(self.dossier.user_id, self.rep)

    def test_written_by_the_system_alone(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        line = self._line(handover, "dossier")
        for user in (self.bum, self.keeper, self.mdo):
            for values in (
                {"state": "done"},
                {"approval_state": "approved"},
                {"done_on": NOW},
                {"head_id": user.id},
                {"cancel_reason": "x"},
            ):
                with self.assertRefused(AccessError, "writes this itself"):
                    self._rpc(user, MODEL, "write", handover.ids, values)
            for values in (
                {"moved_on": NOW},
                {"department_user_id": user.id},
                {"keeper_user_id": user.id},
                {"is_settled": True},
                {"res_id": 1},
                {"partner_id": self.partner.id},
            ):
                with self.assertRefused(AccessError, "writes this itself"):
                    self._rpc(user, LINE, "write", line.ids, values)
            for values in ({"kind": "paper"}, {"count": 9}):
                with self.assertRefused(UserError, "stays as it is"):
                    self._rpc(user, LINE, "write", line.ids, values)
            with self.assertRefused(UserError, "entered by hand"):
                self._rpc(user, LINE, "unlink", line.ids)
            for values in ({"kind": "dossier"}, {"keeper_user_id": user.id}):
                with self.assertRefused(AccessError):
                    self._rpc(
                        user, LINE, "create", {"handover_id": handover.id, **values}
                    )
            with self.assertRefused(AccessError, "writes this itself"):
                self._rpc(
                    user,
                    MODEL,
                    "create",
                    {
                        "user_id": self.rep2.id,
                        "team_id": self.unit.id,
                        "date_last": "2026-03-31",
                        "successor_id": self.bum.id,
                        "state": "started",
                    },
                )

    def test_archive_access_is_nobodys_to_write(self):
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        administrator = self._user(False, login="archive_erp")
        administrator.group_ids += self.env.ref("base.group_system")
        administrator.group_ids += self.env.ref("customer_archive.group_admin")
        for user in (self.rep, administrator, self.mdo):
            for method, args in (
                ("write", [self.rep.ids, {"archive_access": False}]),
                ("read", [self.rep.ids, ["archive_access"]]),
                ("search_count", [[("archive_access", "=", "no_copies")]]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, "res.users", method, *args)
        values = {"name": "New", "login": "archive_new"}
        with self.assertRefused(AccessError):
            self._rpc(
                administrator,
                "res.users",
                "create",
                values | {"archive_access": "none"},
            )
        with self.assertRefused(AccessError):
            self._rpc(
                administrator,
                "res.users",
                "create",
                values,
                context={"default_archive_access": "none"},
            )
        copy_id = self._rpc(administrator, "res.users", "copy", self.rep.ids)
        self.assertFalse(self.env["res.users"].browse(copy_id).archive_access)
        self.assertEqual(self.rep.archive_access, "no_copies")

    def test_two_persons(self):
        """The head who is a keeper, too, signs and receives for one department."""
        self.bum.group_ids += self.env.ref("customer_archive.group_keeper")
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self._rpc(self.bum, MODEL, "action_receive_department", handover.ids)
        with self.assertRefused(UserError, "by two persons"):
            self._rpc(self.bum, LINE, "action_receive_data", handover.line_ids.ids)
        with self.assertRefused(AccessError, "by its head"):
            self._rpc(
                self.keeper, LINE, "action_receive_department", handover.line_ids.ids
            )
        with self.assertRefused(AccessError, "by its head"):
            self._rpc(
                self.mdo, LINE, "action_receive_department", handover.line_ids.ids
            )
        self._rpc(self.keeper, MODEL, "action_receive_data", handover.ids)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self._rpc(self.bum, MODEL, "action_approve", handover.ids)
        with self.assertRefused(UserError):
            self._rpc(self.bum, MODEL, "action_approve", handover.ids)
        self.assertEqual(handover.state, "started")
        self._rpc(self.keeper, MODEL, "action_approve", handover.ids)
        self.assertEqual(handover.state, "done")

    def test_the_leaver_signs_nothing(self):
        """Not by his own role, nor in somebody's place."""
        self.rep.group_ids += self.env.ref("customer_archive.group_keeper")
        handover = self._handover()
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.keeper.id,
                "delegate_id": self.rep.id,
                "date_from": fields.Date.today(),
                "date_to": fields.Date.add(fields.Date.today(), days=9),
            }
        )
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self._rpc(self.bum, MODEL, "action_receive_department", handover.ids)
        with self.assertRefused(AccessError):
            self._rpc(self.rep, MODEL, "action_receive_data", handover.ids)
        self._rpc(self.keeper, MODEL, "action_receive_data", handover.ids)
        self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        self.assertAsked(handover, self.bum + self.keeper, self.rep)
        with self.assertRefused(AccessError, "his own items"):
            self._rpc(self.rep, MODEL, "action_approve", handover.ids)
        with self.assertRefused(UserError):
            self._rpc(self.keeper, MODEL, "action_delegate", handover.ids, self.rep.id)

    def test_successor(self):
        for values in (
            {"successor_id": self.rep.id},
            {"successor_id": self.env.ref("base.public_user").id},
        ):
            with self.assertRefused(ValidationError, "cannot take over"):
                self._handover(**values)
        self._rpc(
            self.mdo,
            MODEL,
            "action_start",
            self._handover(self.rep2, successor_id=self.bum.id).ids,
        )
        with self.assertRefused(ValidationError, "cannot take over"):
            self._handover()

    def test_managers_move_their_own_units_dossiers(self):
        foreign = self._dossier(team_id=self.other_unit.id)
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        with self.assertRefused(AccessError, "own business unit"):
            self._rpc(self.bum, MODEL, "action_move", handover.ids)
        self._rpc(self.mdo, MODEL, "action_move", handover.ids)
        self.assertEqual(foreign.user_id, self.rep2)

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids += other
        self.mdo.company_ids += other
        self.keeper.company_ids += other
        theirs = self._dossier(partner_id=self._customer(company_id=other.id).id)
        self.assertEqual(theirs.company_id, other)
        handover = self._handover()
        self._rpc(self.bum, MODEL, "action_start", handover.ids)
        line = self._line(handover, "dossier").filtered(
            lambda line: line.res_id == theirs.id
        )
        self.assertEqual(line.company_id, other)
        with self.assertRefused(AccessError):
            self._rpc(self.bum, LINE, "read", line.ids, ["item"])
        # the list is complete in all companies, whoever works on it
        self._rpc(self.bum, MODEL, "action_move", handover.ids)
        with self.assertRefused(UserError, "still holds: Responsible Rep: 1"):
            self._rpc(self.bum, MODEL, "action_submit", handover.ids)
        both = {"allowed_company_ids": (self.company + other).ids}
        with self.assertRefused(UserError, "does not work for Other"):
            self._rpc(self.mdo, LINE, "action_move", line.ids, context=both)
        self.rep2.company_ids += other
        self._rpc(self.mdo, LINE, "action_move", line.ids, context=both)
        self.assertEqual(theirs.user_id, self.rep2)
        self.mdo.write({"company_id": other.id, "company_ids": other.ids})
        with self.assertRefused(AccessError):
            self._rpc(self.mdo, MODEL, "read", handover.ids, ["state"])


@tagged("post_install", "-at_install")
class TestStaffHandoverSession(StaffHandoverCommon, HttpCase):
    """A session that was open before the start is closed for copies by it (D27)."""

    def test_open_session(self):
        handover = self._handover()
        self.authenticate(self.rep.login, self.rep.login)
        data = {
            "import_compat": False,
            "context": {},
            "domain": [("id", "=", self.dossier.id)],
            "fields": [{"name": "number", "label": "Number", "type": "char"}],
            "groupby": [],
            "ids": self.dossier.ids,
            "model": "customer.dossier",
        }
        xlsx = "/customer_archive/xlsx/customer.xlsx.report.dossier"

        def answers():
            return [
                self.url_open(
                    "/web/export/csv",
                    data={
                        "data": json.dumps(data),
                        "csrf_token": http.Request.csrf_token(self),
                    },
                ),
                self.url_open(f"{xlsx}?ids={self.dossier.id}"),
                self.url_open(
                    "/report/html/customer_archive.report_customer_data_card/"
                    f"{self.dossier.id}"
                ),
            ]

        self.assertEqual([answer.status_code for answer in answers()], [200] * 3)
        handover.with_user(self.bum).action_start()
        with mute_logger("odoo.http"):
            for answer in answers():
                with self.subTest(url=answer.url):
                    self.assertGreaterEqual(answer.status_code, 400)
                    self.assertNotIn(self.dossier.number.encode(), answer.content)
        self._complete(handover)
        with mute_logger("odoo.http"):
            reply = self.make_jsonrpc_request(
                "/web/dataset/call_kw",
                {
                    "model": "customer.dossier",
                    "method": "search_count",
                    "args": [[]],
                    "kwargs": {},
                },
            )
        self.assertEqual(reply, 0)


@tagged("post_install", "-at_install")
class TestStaffHandoverDeactivation(StaffHandoverCommon):
    """A responsible user is not let go around the procedure (D29)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.erp = cls._user(False, login="archive_erp")
        cls.erp.group_ids += cls.env.ref("base.group_erp_manager")
        cls.erp.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls._customer("Phoenix Ltd", user_id=cls.rep.id)

    def test_refused_on_every_way(self):
        internal = self.env.ref("base.group_user")
        portal = self.env.ref("base.group_portal")
        pattern = r"Responsible Rep: 1, Customers: 1\).*Start a hand-over"
        for model, method, args in (
            ("res.users", "write", [self.rep.ids, {"active": False}]),
            ("res.users", "action_archive", [self.rep.ids]),
            ("res.users", "unlink", [self.rep.ids]),
            (
                "res.users",
                "write",
                [self.rep.ids, {"group_ids": [Command.set(portal.ids)]}],
            ),
            (
                "res.users",
                "write",
                [(self.outsider + self.rep).ids, {"active": False}],
            ),
        ):
            with (
                self.subTest(method=method, args=args),
                self.assertRefused(UserError, pattern),
            ):
                self._rpc(self.erp, model, method, *args)
        self.assertTrue(self.rep.active)
        self.rep.group_ids = internal
        with self.assertRefused(UserError, pattern):
            internal.user_ids = [Command.unlink(self.rep.id)]
        with self.assertRefused(UserError, pattern):
            self.rep.sudo().active = False

    def test_each_responsibility_counts(self):
        for user, values, pattern in (
            (self.fin, {"keeper_id": self.fin.id}, "Keeper: 1"),
            (
                self.asg,
                {"service_user_ids": [Command.link(self.asg.id)]},
                "Service Team: 1",
            ),
        ):
            self.dossier._system_write(values)
            with self.assertRefused(UserError, pattern):
                user.active = False
        with self.assertRefused(UserError, "Business Unit Led: 1"):
            self.bum.active = False
        # a sales team without dossiers is no business of the archive
        self.bum2.active = False
        self.assertFalse(self.bum2.active)

    def test_unfinished_procedure(self):
        handover = self._handover(self.pl, self.mdo, team_id=False)
        self._rpc(self.mdo, MODEL, "action_start", handover.ids)
        with self.assertRefused(UserError, "is not completed"):
            self.pl.active = False
        self._rpc(self.mdo, MODEL, "action_cancel", handover.ids, "Stays")
        self.pl.active = False
        self.assertFalse(self.pl.active)

    def test_others_go_as_before(self):
        self.dossier.with_user(self.keeper)._move_to_history(
            self.env["crm.lost.reason"].create({"name": "Moved away"}), "2026"
        )
        self.env["res.partner"].search([("user_id", "=", self.rep.id)]).user_id = False
        self._rpc(self.erp, "res.users", "action_archive", self.rep.ids)
        self.assertFalse(self.rep.active)
        self._rpc(self.erp, "res.users", "action_unarchive", self.rep.ids)
        self.assertTrue(self.rep.active)
        self._rpc(self.erp, "res.users", "unlink", self.outsider.ids)
        self.assertFalse(self.outsider.exists())

    def test_many_at_once_cost_the_same(self):
        def count(number):
            users = self.env["res.users"]
            for index in range(number):
                users += self._user("rep", login=f"archive_{number}_{index}")
            self.env.flush_all()
            self.env.invalidate_all()
            users.mapped("name")
            before = self.env.cr.sql_log_count
            users._check_handed_over()
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(8), count(2))
