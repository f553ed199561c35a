from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_archive.models import customer_dossier

from .common import CustomerArchiveCommon

MORNING = "2031-05-07 09:00:00"


class PermitCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.dossier = cls._dossier(partner_id=cls.partner.id)
        cls.core_level = cls.env.ref("customer_archive.customer_secrecy_level_core")
        cls.trade_level = cls.env.ref("customer_archive.customer_secrecy_level_trade")
        cls.gmo2 = cls._user("gmo", login="archive_gmo2")
        cls.mdo2 = cls._user("mdo", login="archive_mdo2")

    def _approved(self, user, kind="read", deciders=None, dossiers=None, **values):
        permit = self._permit(user, dossiers or self.dossier, kind, **values)
        permit.with_user(user).action_submit()
        for decider in deciders or (self.gmo if kind == "read" else self.mdo,):
            permit.with_user(decider).action_approve()
        return permit

    def _work(self):
        """Run the job that follows the permits."""
        cron = self.env.ref("customer_archive.ir_cron_follow_permits")
        with self.enter_registry_test_mode():
            cron.with_user(self.env.ref("base.user_root")).method_direct_trigger()
        self.env.invalidate_all()

    def _reads(self, user, record=None):
        """Return whether ``user`` reads; searching, reading and asking agree."""
        record = record or self.dossier
        self.env.invalidate_all()
        found = bool(self._rpc(user, record._name, "search", [("id", "=", record.id)]))
        self.assertEqual(record.with_user(user).has_access("read"), found)
        if found:
            self._rpc(user, record._name, "read", record.ids, ["display_name"])
        else:
            with self.assertRefused(AccessError):
                self._rpc(user, record._name, "read", record.ids, ["display_name"])
        return found


@tagged("post_install", "-at_install")
class TestPermit(PermitCommon):
    # ------------------------------------------------------------ by the minute

    def test_lapses_by_the_minute_without_a_job(self):
        with freeze_time(MORNING):
            permit = self._approved(
                self.rep2,
                date_from="2031-05-07 10:00:00",
                date_until="2031-05-07 12:10:00",
            )
        dealing = self.env["customer.dealing"].create(
            {"dossier_id": self.dossier.id, "subject": "Offer", "kind": "other"}
        )
        for time, may in (
            ("09:59:59", False),
            ("10:00:00", True),
            ("12:09:59", True),
            ("12:10:00", False),
        ):
            with freeze_time(f"2031-05-07 {time}"):
                for record in (self.dossier, dealing):
                    self.assertEqual(self._reads(self.rep2, record), may, time)
                self.assertEqual(permit.is_in_force, may)
                head = self.partner.with_user(self.rep2).dossier_access
                self.assertEqual(head, "open" if may else "hidden")
        self.assertEqual(permit.state, "approved")
        with freeze_time("2031-05-07 12:20:00"):
            self._work()
            self.assertEqual(permit.state, "expired")

    def test_paper_that_is_named_opens_alone(self):
        type_ = self.env.ref(
            "customer_archive.customer_document_type_power_of_attorney"
        )
        paper, other = self.env["customer.document"].create(
            [{"dossier_id": self.dossier.id, "type_id": type_.id} for _i in range(2)]
        )
        named = Command.create({"partner_id": self.partner.id, "document_id": paper.id})
        for kind, deciders, may_copy in (
            ("read", (self.gmo,), False),
            ("copy", (self.mdo, self.gmo), True),
        ):
            with self.subTest(kind=kind), freeze_time(MORNING):
                permit = self._permit(self.keeper, self.dossier, kind, item_ids=[named])
                permit._system_write({"user_id": self.rep2.id})
                permit.with_user(self.rep2).action_submit()
                for decider in deciders:
                    permit.with_user(decider).action_approve()
                self.assertTrue(self._reads(self.rep2, paper))
                for record in (self.dossier, other):
                    self.assertFalse(self._reads(self.rep2, record))
                self.assertEqual(
                    self.env["customer.access.log"]
                    .with_user(self.rep2)
                    ._get_permit(self.dossier),
                    permit.number,
                )
                as_rep2 = paper.with_user(self.rep2)
                if may_copy:
                    as_rep2._check_registered_operation("copy")
                else:
                    with self.assertRefused(AccessError):
                        as_rep2._check_registered_operation("copy")
                permit.with_user(self.gmo).action_revoke("Enough")
                self.assertFalse(self._reads(self.rep2, paper))

    def test_opens_nothing_before_the_approval(self):
        with freeze_time(MORNING):
            permit = self._permit(self.rep2, self.dossier)
            self.assertFalse(self._reads(self.rep2))
            permit.with_user(self.rep2).action_submit()
            self.assertFalse(self._reads(self.rep2))
            permit.with_user(self.gmo).action_approve()
            self.assertTrue(self._reads(self.rep2))
            self.assertFalse(self._reads(self.bum2))

    @freeze_time(MORNING)
    def test_revocation_is_noticed_in_the_same_transaction(self):
        permit = self._approved(self.outsider)
        as_user = self.dossier.with_user(self.outsider)
        partner = self.partner.with_user(self.outsider)
        self.assertTrue(as_user.has_access("read"))
        self.assertTrue(as_user.may_read)
        self.assertEqual(partner.dossier_access, "open")
        permit.with_user(self.keeper).action_revoke("The visit was called off")
        self.assertFalse(as_user.may_read)
        self.assertFalse(as_user.has_access("read"))
        self.assertEqual(partner.dossier_access, "hidden")
        self.assertRecordValues(
            permit,
            [
                {
                    "state": "expired",
                    "revoked_by_id": self.keeper.id,
                    "revoke_reason": "The visit was called off",
                    "revoked_on": datetime(2031, 5, 7, 9),
                }
            ],
        )

    @freeze_time(MORNING)
    def test_many_permits_use_a_subquery(self):
        self._approved(self.outsider)
        self.patch(customer_dossier, "MAX_LITERAL_IDS", 1)
        other = self._dossier()
        unrelated = self._dossier()
        self.assertTrue(self._reads(self.outsider))
        self._approved(self.outsider, dossiers=other)
        self.env.invalidate_all()
        dossiers = self.env["customer.dossier"].with_user(self.outsider)
        query = str(dossiers._permitted_domain("read"))
        self.assertIn("SELECT", query)
        for dossier, may in ((self.dossier, 1), (other, 1), (unrelated, 0)):
            self.assertEqual(self._reads(self.outsider, dossier), bool(may))

    def test_limit_of_literal_ids(self):
        self.assertEqual(customer_dossier.MAX_LITERAL_IDS, 1000)

    @freeze_time(MORNING)
    def test_cost_does_not_grow_with_the_permits(self):
        dossiers = self.env["customer.dossier"].browse(
            [self._dossier(user_id=self.rep2.id).id for _i in range(50)]
        )

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = (
                self.env["customer.dossier"]
                .with_user(self.rep2)
                .search_read([("id", "in", dossiers.ids)], ["number", "user_id"])
            )
            self.assertEqual(len(found), 50)
            return self.env.cr.sql_log_count - before

        queries()
        without = queries()
        permits = self.env["customer.access.permit"]
        for dossier in dossiers:
            permits |= self._permit(self.rep2, dossier)
        permits._system_write({"state": "approved"})
        self.assertEqual(queries(), without)

    # ------------------------------------------------------------ what it opens

    @freeze_time(MORNING)
    def test_reader_does_not_change_copy_or_export(self):
        self._approved(self.rep2)
        as_reader = self.dossier.with_user(self.rep2)
        self.assertTrue(as_reader.has_access("read"))
        self.assertFalse(as_reader.may_modify)
        for method, args in (("write", [{"needs": "x"}]), ("unlink", [])):
            with self.assertRefused(AccessError):
                self._rpc(
                    self.rep2, self.dossier._name, method, self.dossier.ids, *args
                )
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2,
                "customer.dealing",
                "create",
                {"dossier_id": self.dossier.id, "subject": "x"},
            )
        for operation in ("copy", "export"):
            with self.assertRefused(AccessError, "copy permit"):
                as_reader._check_operation(operation)

    @freeze_time(MORNING)
    def test_permit_to_copy(self):
        self._approved(self.rep2, "copy", (self.mdo, self.gmo))
        as_reader = self.dossier.with_user(self.rep2)
        for operation in ("copy", "export"):
            as_reader._check_operation(operation)
        self.assertFalse(as_reader.may_modify)

    @freeze_time(MORNING)
    def test_opens_the_history_library_but_nothing_destroyed(self):
        self.dossier._system_write({"state": "history"})
        self._approved(self.rep2)
        self.assertTrue(self._reads(self.rep2))
        self.dossier._system_write({"state": "destroyed"})
        self.assertFalse(self._reads(self.rep2))

    @freeze_time(MORNING)
    def test_who_leaves_has_no_permit_any_more(self):
        self._approved(self.rep2)
        self.rep2.archive_access = "none"
        self.assertFalse(self._reads(self.rep2))

    @freeze_time(MORNING)
    def test_secret_dossier(self):
        self.dossier._system_write({"secrecy_level_id": self.core_level.id})
        keeper2 = self._user("keeper", login="archive_keeper2")
        permit = self._approved(self.rep2)
        self.assertTrue(self._reads(self.rep2))
        # the dossier's own keeper is related to it, the other is not cleared
        for user, may in (
            (self.keeper, True),
            (self.mdo, True),
            (self.gmo, True),
            (keeper2, False),
            (self.fin, False),
            (self.rep, False),
            (self.bum2, False),
            (self.outsider, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._reads(user, permit), may)
                self.assertEqual(self._reads(user, permit.item_ids), may)

    @freeze_time(MORNING)
    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        permit = self._approved(self.rep2)
        self.mdo.company_ids = [Command.link(other.id)]
        for companies, may in ((self.company, True), (other, False)):
            self.env.invalidate_all()
            for record in (permit, permit.item_ids):
                as_mdo = record.with_user(self.mdo).with_context(
                    allowed_company_ids=companies.ids
                )
                self.assertEqual(as_mdo.has_access("read"), may)
        private = self._customer("Zephyr", company_id=other.id)
        with self.assertRefused(AccessError):
            self._permit(self.rep2, self._dossier(partner_id=private.id))

    # ------------------------------------------------------------ request

    @freeze_time(MORNING)
    def test_request_tells_nothing(self):
        """The same form for a customer with an important dossier and for one
        without any."""
        self.core_level.rules_of_use = "Nobody copies"
        self.dossier._system_write({"secrecy_level_id": self.trade_level.id})
        answers = []
        for customer in (self.partner, self._customer()):
            values = {
                "purpose": "x",
                "item_ids": [Command.create({"partner_id": customer.id})],
            }
            permit_id = self._rpc(
                self.outsider, "customer.access.permit", "create", values
            )
            (answer,) = self._rpc(
                self.outsider,
                "customer.access.permit",
                "read",
                [permit_id],
                ["state", "same_day_return", "rules_of_use", "date_until"],
            )
            answers.append({**answer, "id": 0})
            item = self.env["customer.access.permit"].browse(permit_id).item_ids
            for name in ("dossier_id", "is_important"):
                with self.assertRefused(AccessError):
                    self._rpc(self.outsider, item._name, "read", item.ids, [name])
                with self.assertRefused(AccessError):
                    self._rpc(
                        self.outsider, item._name, "search", [(name, "!=", False)]
                    )
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0]["rules_of_use"], "Nobody copies")

    @freeze_time(MORNING)
    def test_rules_of_use_of_the_strictest_level(self):
        self.trade_level.rules_of_use = "In the office only"
        self.core_level.rules_of_use = "Nobody copies"
        secret = self._dossier()
        secret._system_write({"secrecy_level_id": self.trade_level.id})
        permit = self._approved(self.rep2, dossiers=self.dossier + secret)
        as_user = permit.with_user(self.rep2)
        self.assertEqual(as_user.rules_of_use, "In the office only")

    @freeze_time(MORNING)
    def test_system_fields_are_not_written(self):
        permit = self._permit(self.rep2, self.dossier)
        item = permit.item_ids
        for record, values in (
            (permit, {"state": "approved"}),
            (permit, {"approval_state": "approved"}),
            (permit, {"user_id": self.rep.id}),
            (permit, {"number": "JY-1"}),
            (permit, {"team_id": self.other_unit.id}),
            (permit, {"is_related": True}),
            (permit, {"issued_on": "2031-05-07 09:00:00"}),
            (permit, {"signature": "eA=="}),
            (permit, {"release_attachment_id": 1}),
            (item, {"dossier_id": self.dossier.id}),
            (item, {"condition": "complete"}),
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(AccessError, "writes this itself"),
            ):
                self._rpc(self.rep2, record._name, "write", record.ids, values)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(
                self.rep2,
                permit._name,
                "create",
                {"purpose": "x", "state": "approved"},
            )
        self.assertEqual(permit.number[:8], "JY-2031-")

    @freeze_time(MORNING)
    def test_nothing_changes_once_it_is_submitted(self):
        permit = self._permit(self.rep2, self.dossier)
        permit.with_user(self.rep2).action_submit()
        later = "2031-12-31 00:00:00"
        other = self._dossier()
        for _state in range(2):
            for values in (
                {"date_until": later},
                {"kind": "copy"},
                {"item_ids": [Command.create({"partner_id": other.partner_id.id})]},
            ):
                with self.assertRefused(UserError):
                    self._rpc(self.rep2, permit._name, "write", permit.ids, values)
            for method, args in (
                ("create", [{"permit_id": permit.id, "partner_id": 1}]),
                ("write", [permit.item_ids.ids, {"partner_id": other.partner_id.id}]),
                ("unlink", [permit.item_ids.ids]),
            ):
                with self.assertRefused(AccessError):
                    self._rpc(self.rep2, permit.item_ids._name, method, *args)
            with self.assertRefused(UserError):
                self._rpc(self.rep2, permit._name, "unlink", permit.ids)
            with self.assertRefused(AccessError):
                self._rpc(
                    self.rep2,
                    "ir.attachment",
                    "create",
                    {"name": "x", "res_model": permit._name, "res_id": permit.id},
                )
            if permit.state == "requested":
                permit.with_user(self.gmo).action_approve()
        self.assertEqual(permit.item_ids.dossier_id, self.dossier)

    @freeze_time(MORNING)
    def test_item_does_not_move_to_another_permit(self):
        mine = self._permit(self.rep2, self.dossier)
        submitted = self._approved(self.rep2)
        theirs = self._permit(self.outsider, self.dossier)
        for permit in (submitted, theirs):
            with self.assertRefused(AccessError):
                self._rpc(
                    self.rep2,
                    mine.item_ids._name,
                    "write",
                    mine.item_ids.ids,
                    {"permit_id": permit.id},
                )

    @freeze_time(MORNING)
    def test_item_names_what_the_requester_may_read(self):
        paper = self.env["customer.document"].create(
            {
                "dossier_id": self.dossier.id,
                "type_id": self.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
            }
        )
        permit = self._permit(self.rep2, self.dossier)
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2,
                permit.item_ids._name,
                "write",
                permit.item_ids.ids,
                {"document_id": paper.id},
            )
        with self.assertRefused(ValidationError, "is not a paper of"):
            self._permit(
                self.rep,
                self.dossier,
                item_ids=[
                    Command.create(
                        {
                            "partner_id": self._customer().id,
                            "document_id": paper.id,
                        }
                    )
                ],
            )

    @freeze_time(MORNING)
    def test_submission_needs_items_and_time(self):
        permit = self._permit(self.rep2, self.dossier, item_ids=[])
        with self.assertRefused(UserError, "which customers"):
            self._rpc(self.rep2, permit._name, "action_submit", permit.ids)
        with self.assertRefused(ValidationError, "ends after it begins"):
            self._permit(
                self.rep2,
                self.dossier,
                date_from="2031-05-08 00:00:00",
                date_until="2031-05-08 00:00:00",
            )
        permit = self._permit(
            self.rep2,
            self.dossier,
            date_from="2031-05-01 00:00:00",
            date_until="2031-05-07 09:00:00",
        )
        with self.assertRefused(UserError, "is over"):
            self._rpc(self.rep2, permit._name, "action_submit", permit.ids)

    def test_decision_after_the_period(self):
        with freeze_time(MORNING):
            permit = self._permit(
                self.rep2, self.dossier, date_until="2031-05-07 12:00:00"
            )
            permit.with_user(self.rep2).action_submit()
        with (
            freeze_time("2031-05-07 12:00:00"),
            self.assertRefused(UserError, "is over"),
        ):
            self._rpc(self.gmo, permit._name, "action_approve", permit.ids)
        self.assertEqual(permit.state, "requested")

    # ------------------------------------------------------------ who decides (K7)

    @freeze_time(MORNING)
    def test_who_decides(self):
        everybody = (
            self.rep,
            self.rep2,
            self.bum,
            self.bum2,
            self.keeper,
            self.mdo,
            self.gmo,
            self.fin,
            self.outsider,
            self.admin_user,
        )
        for kind, offices in (
            ("read", [self.gmo]),
            ("borrow", [self.mdo]),
            ("copy", [self.mdo, self.gmo]),
        ):
            permit = self._permit(self.rep2, self._dossier(), kind)
            permit.with_user(self.rep2).action_submit()
            for decider in offices:
                for user in everybody:
                    if user == decider:
                        continue
                    with (
                        self.subTest(kind=kind, user=user.login),
                        self.assertRefused(UserError),
                    ):
                        self._rpc(user, permit._name, "action_approve", permit.ids)
                self.assertEqual(permit.state, "requested")
                self._rpc(decider, permit._name, "action_approve", permit.ids)
            self.assertEqual(permit.state, "approved")

    @freeze_time(MORNING)
    def test_copy_for_who_reads_already(self):
        permit = self._approved(self.rep, "copy")
        self.assertRecordValues(permit, [{"state": "approved", "is_related": True}])

    @freeze_time(MORNING)
    def test_own_request(self):
        for user, other, kind in (
            (self.gmo, self.gmo2, "read"),
            (self.mdo, self.mdo2, "borrow"),
        ):
            permit = self._permit(user, self.dossier, kind)
            permit.with_user(user).action_submit()
            with self.assertRefused(UserError, "decide your own request"):
                self._rpc(user, permit._name, "action_approve", permit.ids)
            self._rpc(other, permit._name, "action_approve", permit.ids)
            self.assertEqual(permit.state, "approved")

    @freeze_time(MORNING)
    def test_only_the_requester_submits(self):
        permit = self._permit(self.rep2, self.dossier)
        for user in (self.rep, self.keeper, self.gmo, self.admin_user):
            with self.assertRefused(AccessError):
                self._rpc(user, permit._name, "action_submit", permit.ids)

    @freeze_time(MORNING)
    def test_rejected_and_withdrawn(self):
        permit = self._permit(self.rep2, self.dossier)
        permit.with_user(self.rep2).action_submit()
        permit.with_user(self.rep2).action_withdraw()
        self.assertEqual(permit.state, "requested")
        permit.with_user(self.rep2).purpose = "To visit on Monday"
        permit.with_user(self.rep2).action_submit()
        permit.with_user(self.gmo).action_reject("Ask your manager")
        self.assertEqual(permit.state, "rejected")
        self.assertFalse(self._reads(self.rep2))
        for method in ("action_submit", "action_withdraw", "action_approve"):
            with self.assertRefused(UserError):
                self._rpc(self.rep2, permit._name, method, permit.ids)

    @freeze_time(MORNING)
    def test_who_revokes(self):
        permit = self._approved(self.rep2)
        for user in (self.rep2, self.rep, self.bum, self.fin, self.outsider):
            with (
                self.subTest(user=user.login),
                self.assertRefused(AccessError),
            ):
                self._rpc(user, permit._name, "action_revoke", permit.ids, "x")
        with self.assertRefused(UserError, "Say why"):
            self._rpc(self.gmo, permit._name, "action_revoke", permit.ids, " ")
        self.assertTrue(self._reads(self.rep2))
        dialog_id = self._rpc(
            self.gmo,
            "customer.access.permit.handle",
            "create",
            {"permit_id": permit.id, "step": "revoke", "reason": "No visit"},
        )
        self._rpc(
            self.gmo, "customer.access.permit.handle", "action_confirm", [dialog_id]
        )
        self.assertFalse(self._reads(self.rep2))
        with self.assertRefused(UserError, "cannot be done"):
            self._rpc(self.gmo, permit._name, "action_revoke", permit.ids, "x")

    # ------------------------------------------------------------ attack, list

    @freeze_time(MORNING)
    def test_strangers(self):
        permit = self._permit(self.rep2, self.dossier)
        strangers = self.rep, self.bum2, self.fin, self.outsider, self.admin_user
        for user in strangers:
            user.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        calls = (
            ("read", [["purpose"]]),
            ("export_data", [["purpose"]]),
            ("write", [{"purpose": "x"}]),
            ("copy", []),
            ("unlink", []),
            ("action_submit", []),
            ("action_withdraw", []),
            ("action_hand_out", []),
            ("action_take_back", [[]]),
            ("action_revoke", ["x"]),
            ("action_make_release_file", []),
            ("action_download_release_file", []),
        )
        for submitted in (False, True):
            if submitted:
                permit.with_user(self.rep2).action_submit()
            for user in strangers:
                here = [("id", "=", permit.id)]
                for method, args, empty in (
                    ("search", [here], []),
                    ("search_read", [here, ["purpose"]], []),
                    ("search_count", [here], 0),
                    ("formatted_read_group", [here, ["kind"], ["__count"]], []),
                    ("name_search", ["", here], []),
                ):
                    found = self._rpc(user, permit._name, method, *args)
                    self.assertEqual(found, empty, (user.login, method))
                for method, args in calls:
                    with (
                        self.subTest(user=user.login, call=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, permit._name, method, permit.ids, *args)
                for step in ("hand_out", "take_back", "revoke"):
                    dialogs = "customer.access.permit.handle"
                    values = {"permit_id": permit.id, "step": step, "reason": "x"}
                    dialog_id = self._rpc(user, dialogs, "create", values)
                    with self.assertRefused(AccessError):
                        self._rpc(user, dialogs, "action_confirm", [dialog_id])
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user,
                            dialogs,
                            "default_get",
                            ["line_ids"],
                            context={"default_permit_id": permit.id},
                        )
        # a request that was not submitted is nobody else's business
        draft = self._permit(self.rep2, self.dossier)
        self.assertFalse(self._reads(self.gmo, draft))

    @freeze_time(MORNING)
    def test_head_of_the_unit_reads_the_requests_of_his_people(self):
        self.env["crm.team.member"].create(
            {"crm_team_id": self.other_unit.id, "user_id": self.rep2.id}
        )
        permit = self._permit(self.rep2, self.dossier)
        self.assertEqual(permit.team_id, self.other_unit)
        self.assertFalse(self._reads(self.bum2, permit))
        permit.with_user(self.rep2).action_submit()
        self.assertTrue(self._reads(self.bum2, permit))
        self.assertFalse(self._reads(self.bum2))

    @freeze_time(MORNING)
    def test_permits_of_a_dossier_and_their_use(self):
        permit = self._approved(self.rep2)
        self._approved(self.rep2, dossiers=self._dossier())
        action = self._rpc(
            self.keeper, "customer.dossier", "action_view_permits", self.dossier.ids
        )
        permits = self.env["customer.access.permit"].with_user(self.keeper)
        self.assertEqual(permits.search(action["domain"]), permit)
        log = self.env["customer.access.log"]
        log.with_user(self.rep2)._log_access(self.dossier, "read")
        log.with_user(self.gmo)._log_access(self.dossier, "read")
        entries = log.search([("dossier_id", "=", self.dossier.id)])
        self.env.cr.execute(
            "UPDATE customer_access_log SET create_date = %s WHERE id IN %s",
            [MORNING, tuple(entries.ids)],
        )
        action = self._rpc(self.keeper, permit._name, "action_view_use", permit.ids)
        self.assertEqual(log.search(action["domain"]).user_id, self.rep2)
        with self.assertRefused(AccessError):
            self._rpc(self.outsider, permit._name, "action_view_use", permit.ids)

    def test_list_by_role(self):
        for user, context in (
            (self.keeper, {"search_default_out": 1}),
            (self.mdo, "{'search_default_mine': 1}"),
        ):
            action = self.env["customer.access.permit"].with_user(user)
            self.assertEqual(action._get_list_action()["context"], context)

    @freeze_time(MORNING)
    def test_filter_to_decide(self):
        permit = self._permit(self.rep2, self.dossier)
        permit.with_user(self.rep2).action_submit()
        domain = [("approval_id.can_decide", "=", True), ("id", "=", permit.id)]
        for user, found in ((self.gmo, permit.ids), (self.mdo, [])):
            self.assertEqual(self._rpc(user, permit._name, "search", domain), found)

    def test_lasts_as_long_as_asked(self):
        with freeze_time(MORNING):
            permit = self._approved(
                self.rep2, date_until=datetime(2031, 5, 7, 9) + timedelta(days=40)
            )
        with freeze_time("2031-06-16 08:59:59"):
            self.assertTrue(self._reads(self.rep2))
        self.assertFalse(permit.same_day_return)
