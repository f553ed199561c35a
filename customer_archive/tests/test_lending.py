import io
from datetime import datetime

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools.pdf import PdfFileReader

from .test_permit import MORNING, PermitCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestLending(PermitCommon):
    def _lent(self, user=None, **values):
        permit = self._approved(user or self.outsider, "borrow", **values)
        self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids, SIGNATURE)
        return permit

    def _conditions(self, permit, condition="complete"):
        return [
            {"item_id": item.id, "condition": condition, "remark": "Checked"}
            for item in permit.item_ids
        ]

    def _take_back(self, permit, **kwargs):
        self._rpc(
            self.keeper,
            permit._name,
            "action_take_back",
            permit.ids,
            self._conditions(permit, **kwargs),
        )

    # ------------------------------------------------------------ course

    @freeze_time(MORNING)
    def test_from_request_to_return(self):
        permit = self._approved(self.outsider, "borrow")
        self.assertRecordValues(
            permit,
            [
                {
                    "state": "approved",
                    "same_day_return": False,
                    "not_to_leave": False,
                    "date_until": datetime(2031, 5, 10, 17, 30),
                }
            ],
        )
        self.assertFalse(self._reads(self.outsider))
        self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids, SIGNATURE)
        self.assertRecordValues(
            permit,
            [
                {
                    "state": "issued",
                    "issued_by_id": self.keeper.id,
                    "issued_on": datetime(2031, 5, 7, 9),
                }
            ],
        )
        self.assertTrue(permit.signature)
        self.assertTrue(self._reads(self.outsider))
        self._take_back(permit, condition="damaged")
        self.assertRecordValues(
            permit,
            [
                {
                    "state": "returned",
                    "returned_to_id": self.keeper.id,
                    "returned_on": datetime(2031, 5, 7, 9),
                }
            ],
        )
        self.assertRecordValues(
            permit.item_ids, [{"condition": "damaged", "remark": "Checked"}]
        )
        self.assertFalse(self._reads(self.outsider))

    @freeze_time(MORNING)
    def test_through_the_dialogs(self):
        permit = self._approved(self.outsider, "borrow")
        dialogs = self.env["customer.access.permit.handle"].with_user(self.keeper)
        action = permit.with_user(self.keeper).action_open_hand_out()
        dialog = dialogs.with_context(**action["context"]).create(
            {"signature": SIGNATURE}
        )
        dialog.action_confirm()
        self.assertEqual(permit.state, "issued")
        action = permit.with_user(self.keeper).action_open_take_back()
        dialog = dialogs.with_context(**action["context"]).create({})
        self.assertEqual(dialog.line_ids.item_id, permit.item_ids)
        with self.assertRefused(UserError, "how it came back"):
            dialog.action_confirm()
        dialog.line_ids.condition = "complete"
        dialog.action_confirm()
        self.assertEqual(permit.state, "returned")
        self.assertEqual(permit.item_ids.condition, "complete")

    @freeze_time(MORNING)
    def test_each_step_by_the_keeper_only(self):
        permit = self._approved(self.outsider, "borrow")
        others = (self.outsider, self.rep, self.bum, self.mdo, self.gmo, self.fin)
        for method, args in (
            ("action_hand_out", []),
            ("action_take_back", [self._conditions(permit)]),
        ):
            for user in others:
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, permit._name, method, permit.ids, *args)
            self._rpc(self.keeper, permit._name, method, permit.ids, *args)
        self.assertEqual(permit.state, "returned")

    @freeze_time(MORNING)
    def test_keeper_handles_no_lending_of_his_own(self):
        permit = self._approved(self.keeper, "borrow")
        with self.assertRefused(AccessError, "another keeper"):
            self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids)

    @freeze_time(MORNING)
    def test_each_step_from_its_state_only(self):
        permit = self._permit(self.outsider, self.dossier, "borrow")
        permit.with_user(self.outsider).action_submit()
        conditions = self._conditions(permit)
        for move, allowed in (
            (lambda: None, ()),
            (permit.with_user(self.mdo).action_approve, ("action_hand_out",)),
            (permit.with_user(self.keeper).action_hand_out, ("action_take_back",)),
            (lambda: self._take_back(permit), ()),
        ):
            move()
            for method, args in (
                ("action_hand_out", []),
                ("action_take_back", [conditions]),
            ):
                if method not in allowed:
                    with self.assertRefused(UserError, "cannot be done"):
                        self._rpc(self.keeper, permit._name, method, permit.ids, *args)
        reading = self._approved(self.outsider)
        with self.assertRefused(UserError, "cannot be done"):
            self._rpc(self.keeper, reading._name, "action_hand_out", reading.ids)

    @freeze_time(MORNING)
    def test_every_item_is_checked(self):
        permit = self._lent(dossiers=self.dossier + self._dossier())
        conditions = self._conditions(permit)
        for given in (
            [],
            conditions[:1],
            [conditions[0], conditions[0]],
            [conditions[0], {**conditions[1], "condition": False}],
            [*conditions, {"item_id": 0, "condition": "complete"}],
        ):
            with self.assertRefused(UserError, "how it came back"):
                self._rpc(
                    self.keeper, permit._name, "action_take_back", permit.ids, given
                )
        self.assertEqual(permit.state, "issued")

    # ------------------------------------------------------------ same day

    def test_sales_bring_it_back_today_whatever_they_asked(self):
        for user in (self.rep2, self.bum2):
            with freeze_time(MORNING):
                permit = self._permit(
                    user, self.dossier, "borrow", date_until="2031-06-30 00:00:00"
                )
                permit.with_user(user).action_submit()
                self.assertRecordValues(
                    permit,
                    [
                        {
                            "same_day_return": True,
                            "not_to_leave": True,
                            "date_until": datetime(2031, 5, 7, 17, 30),
                        }
                    ],
                )
                permit.with_user(self.mdo).action_approve()
                permit.with_user(self.keeper).action_hand_out()
            with freeze_time("2031-05-07 17:29:59"):
                self.assertTrue(self._reads(user))
                self.assertFalse(permit.is_overdue)
            with freeze_time("2031-05-07 17:30:00"):
                self.assertFalse(self._reads(user))
            with freeze_time("2031-05-07 17:30:01"):
                self.assertTrue(permit.is_overdue)

    @freeze_time(MORNING)
    def test_important_material_comes_back_today(self):
        important = self._dossier()
        important._system_write({"secrecy_level_id": self.trade_level.id})
        paper = self.env["customer.document"].create(
            {
                "dossier_id": self.dossier.id,
                "type_id": self.env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
                "is_important": True,
            }
        )
        self.dossier.service_user_ids = [Command.link(self.outsider.id)]
        by_paper = Command.create(
            {"partner_id": self.partner.id, "document_id": paper.id}
        )
        for values in (
            {"dossiers": self.dossier + important},
            {"item_ids": [by_paper]},
        ):
            permit = self._lent(date_until="2031-05-20 00:00:00", **values)
            self.assertRecordValues(
                permit,
                [
                    {
                        "same_day_return": True,
                        "not_to_leave": False,
                        "date_until": datetime(2031, 5, 7, 17, 30),
                    }
                ],
            )
            self._take_back(permit)

    @freeze_time(MORNING)
    def test_what_became_important_meanwhile(self):
        permit = self._approved(
            self.outsider, "borrow", date_until="2031-05-20 00:00:00"
        )
        self.assertEqual(permit.date_until, datetime(2031, 5, 20))
        self.dossier._system_write({"secrecy_level_id": self.trade_level.id})
        permit.with_user(self.keeper).action_hand_out()
        self.assertEqual(permit.date_until, datetime(2031, 5, 7, 17, 30))

    def test_close_of_business_at_the_office(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.company.customer_close_hour = 18
        # his own clock is his to set
        self.rep2.tz = "America/Los_Angeles"
        with freeze_time("2031-05-07 01:00:00"):
            permit = self._approved(self.rep2, "borrow")
        self.assertEqual(permit.date_until, datetime(2031, 5, 7, 10))
        for hour in (0, -1, 24):
            with self.assertRefused(ValidationError, "between 0 and 24"):
                self.company.customer_close_hour = hour

    def test_after_the_close_of_business(self):
        with freeze_time("2031-05-07 18:00:00"):
            permit = self._approved(self.rep2, "borrow")
            self.assertEqual(permit.date_until, datetime(2031, 5, 8, 17, 30))
            with self.assertRefused(UserError, "handed out tomorrow"):
                self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids)
        with freeze_time("2031-05-08 17:30:00"):
            with self.assertRefused(UserError, "is over"):
                self._rpc(self.keeper, permit._name, "action_hand_out", permit.ids)
        with freeze_time("2031-05-08 09:00:00"):
            permit.with_user(self.keeper).action_hand_out()
        self.assertEqual(permit.date_until, datetime(2031, 5, 8, 17, 30))

    @freeze_time(MORNING)
    def test_early_hand_out_is_due_on_its_own_day(self):
        permit = self._approved(
            self.rep2,
            "borrow",
            date_from="2031-05-20 08:00:00",
            date_until="2031-05-30 08:00:00",
        )
        self.assertEqual(permit.date_until, datetime(2031, 5, 20, 17, 30))
        permit.with_user(self.keeper).action_hand_out()
        self.assertEqual(permit.date_until, datetime(2031, 5, 7, 17, 30))

    # ------------------------------------------------------------ overdue (D20)

    def _returns(self, permit):
        kind = self.env.ref("customer_archive.mail_activity_type_return")
        return permit.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def _told(self, permit, subject):
        return self.env["mail.message"].search(
            [
                ("model", "=", permit._name),
                ("res_id", "=", permit.id),
                ("subject", "=", subject),
            ]
        )

    def test_reminder_at_the_close_of_business(self):
        with freeze_time(MORNING):
            permit = self._lent(self.rep2)
        with freeze_time("2031-05-07 17:25:00"):
            self._work()
            self.assertFalse(self._returns(permit))
        for minute in (35, 45):
            with freeze_time(f"2031-05-07 17:{minute}:00"):
                self._work()
            self.assertEqual(self._returns(permit).user_id, self.rep2)
            self.assertEqual(len(self._returns(permit)), 1)
            message = self._told(permit, "Return what you borrowed")
            self.assertEqual(message.notified_partner_ids, self.rep2.partner_id)
            self.assertIn("Return it to Archive_keeper now", message.body)
            self.assertIn("Dragon Ltd had to be back by", message.body)
        with freeze_time("2031-05-07 18:00:00"):
            self._take_back(permit)
        self.assertFalse(self._returns(permit))
        self.assertFalse(permit.is_overdue)

    def test_offices_are_told_the_next_morning_once(self):
        with freeze_time(MORNING):
            permit = self._lent(self.rep2)
        duty = self.env.ref("customer_archive.customer_duty_tell_overdue")
        permits = self.env["customer.access.permit"].with_company(self.company)
        with freeze_time("2031-05-07 18:00:00"):
            permits._duty_tell_overdue(duty, "2031-05-06", "2031-05-07")
        self.assertFalse(self._told(permit, "Overdue return"))
        with freeze_time("2031-05-08 01:00:00"):
            for _i in range(2):
                permits._duty_tell_overdue(duty, "2031-05-07", "2031-05-08")
        message = self._told(permit, "Overdue return")
        self.assertEqual(len(message), 1)
        self.assertLessEqual(
            (self.keeper + self.mdo).partner_id, message.notified_partner_ids
        )
        self.assertNotIn(self.gmo.partner_id, message.notified_partner_ids)
        self.assertIn("Archive_rep2 has not returned: Dragon Ltd", message.body)

    def test_nothing_else_is_lent_while_late(self):
        with freeze_time(MORNING):
            late = self._lent(self.rep2)
            asked = self._permit(self.rep2, self._dossier(), "borrow")
            approved = self._approved(
                self.rep2,
                "borrow",
                dossiers=self._dossier(),
                date_from="2031-05-08 08:00:00",
                date_until="2031-05-09 08:00:00",
            )
        with freeze_time("2031-05-08 09:00:00"):
            self.assertEqual(
                self._rpc(
                    self.keeper,
                    late._name,
                    "search",
                    [("is_overdue", "=", True), ("user_id", "=", self.rep2.id)],
                ),
                late.ids,
            )
            # the item that is asked for has a period of its own
            asked.with_user(self.rep2).date_until = "2031-05-09 08:00:00"
            with self.assertRaises(RedirectWarning) as refused:
                self._rpc(self.rep2, asked._name, "action_submit", asked.ids)
            message, action, button, _context = refused.exception.args
            self.assertRegex(message, r"You cannot borrow: 1 items are overdue since ")
            self.assertEqual(button, "My Lendings")
            self.assertEqual(
                self.env[action["res_model"]].search(action["domain"]), late
            )
            with self.assertRefused(UserError, "Archive_rep2 cannot borrow"):
                self._rpc(self.keeper, approved._name, "action_hand_out", approved.ids)
            self._take_back(late)
            self._rpc(self.keeper, approved._name, "action_hand_out", approved.ids)
            self._rpc(self.rep2, asked._name, "action_submit", asked.ids)

    @freeze_time(MORNING)
    def test_revoked_while_it_is_out(self):
        permit = self._lent()
        permit.with_user(self.keeper).action_revoke("Needed here")
        self.assertEqual(permit.state, "issued")
        self.assertFalse(self._reads(self.outsider))
        with freeze_time("2031-05-07 09:00:01"):
            self.assertTrue(permit.is_overdue)
        self._take_back(permit)
        self.assertEqual(permit.state, "returned")

    # ------------------------------------------------------------ print (D21)

    def _render(self, report, permits, user):
        content, _type = (
            self.env["ir.actions.report"]
            .with_user(user)
            ._render_qweb_html(f"customer_archive.{report}", permits.ids)
        )
        return html.fromstring(content).text_content()

    @freeze_time(MORNING)
    def test_slip(self):
        level = self.dossier.secrecy_level_id
        level.rules_of_use = "In the office only"
        permit = self._lent(self.rep2)
        for user in (self.keeper, self.rep2):
            text = self._render("action_report_customer_borrow_slip", permit, user)
            for part in (
                permit.number,
                "Stub",
                "Borrower's Half",
                "Dragon Ltd",
                "To prepare a visit",
                "Not to Leave the Office",
                "In the office only",
                "Archive_rep2",
                "Archive_keeper",
                "Archive_mdo",
            ):
                self.assertIn(part, text)
        with self.assertRefused(AccessError):
            self._render("action_report_customer_borrow_slip", permit, self.outsider)
        with self.allow_pdf_render():
            content, _type = (
                self.env["ir.actions.report"]
                .with_user(self.keeper)
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(
                    "customer_archive.action_report_customer_borrow_slip", permit.ids
                )
            )
        self.assertEqual(len(PdfFileReader(io.BytesIO(content)).pages), 1)

    @freeze_time(MORNING)
    def test_register(self):
        permits = self._lent(self.rep2) + self._lent()
        self._take_back(permits[0])
        text = self._render(
            "action_report_customer_borrow_register", permits, self.keeper
        )
        for part in (*permits.mapped("number"), "Archive_rep2", "Complete", "Borrow"):
            self.assertIn(part, text)
        self.keeper.group_ids = [
            Command.link(self.env.ref("base.group_allow_export").id)
        ]
        report = self.env["customer.xlsx.report.permit"]
        content = report.with_user(self.keeper)._make_xlsx(permits)
        self.assertTrue(content.startswith(b"PK"))
        with self.assertRefused(AccessError):
            report.with_user(self.mdo)._make_xlsx(permits)
