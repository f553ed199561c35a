from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .test_complaint_technical import LOG, TechnicalCommon

PART = "customer.service.part"
SIGN = "customer.service.sign"


@tagged("post_install", "-at_install")
class TestServiceLog(TechnicalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case._move_to("investigating")
        cls.case._system_write(
            {
                "department_id": cls.case.technical_team_id.id,
                "service_state": "accepted",
            }
        )
        cls.partner.write({"street": "Dragon Road 8", "city": "Shenzhen"})
        cls.person = cls._customer("Li", is_company=False, parent_id=cls.partner.id)

    def _free(self, user=None, **values):
        values = {"partner_id": self.partner.id, **values}
        return self._log(user, complaint_id=False, **values)

    # ------------------------------------------------------------ what is entered

    def test_log_gets_number_customer_and_hours(self):
        """B35."""
        log = self._log()
        self.assertRegex(log.number, r"^JS-\d{4}-\d{4,}$")
        self.assertEqual(log.partner_id, self.partner)
        self.assertEqual(log.company_id, self.case.company_id)
        self.assertEqual(log.user_id, self.asg)
        self.assertEqual(log.hours, 1.5)

    def test_mode_is_mandatory(self):
        """B37."""
        self.assertTrue(self.env[LOG]._fields["mode"].required)
        self.assertFalse(self.env[LOG].default_get(["mode"]))

    def test_visit_needs_a_place(self):
        """B37."""
        log = self._log(mode="on_site")
        self.assertEqual(log.place.split(", ")[0], "Dragon Road 8")
        self._call(self.asg, "write", {"place": False}, record=log)
        with self.assertRefused(UserError, "lacks.*Visit Address"):
            self._call(self.asg, "action_finish", record=log)
        self.assertFalse(self._log(mode="remote").place)

    @mute_logger("odoo.sql_db")
    def test_wrong_dates(self):
        with self.assertRefused(IntegrityError, "end_after_start"):
            self._log(date_end="2026-03-02 07:59:59")
        log = self._log(date_end="2026-03-02 08:00:00")
        with freeze_time("2026-03-02 07:59:59"):
            with self.assertRefused(UserError, "in the future"):
                self._call(self.asg, "action_finish", record=log)
        with freeze_time("2026-03-02 08:00:00"):
            self._call(self.asg, "action_finish", record=log)
        self.assertEqual((log.state, log.hours), ("done", 0))

    def test_finishing_needs_end_work_and_result(self):
        log = self._log(date_end=False, work=False, result=False)
        with self.assertRefused(UserError, "End Time.*Work Done.*Result"):
            self._call(self.asg, "action_finish", record=log)

    @mute_logger("odoo.sql_db")
    def test_training_is_a_service(self):
        """B38."""
        log = self._log(is_training=True, training_score=5)
        with self.assertRefused(UserError, "Training Topic.*Attendees"):
            self._call(self.asg, "action_finish", record=log)
        values = {"training_topic": "Alignment", "attendees": "Li, Wu"}
        self._call(self.asg, "write", values, record=log)
        self._call(self.asg, "action_finish", record=log)
        self.assertEqual(log.state, "done")
        with self.assertRefused(IntegrityError, "training_score_range"):
            self._log(training_score=6)

    def test_customer_of_the_case(self):
        other = self._customer()
        with self.assertRefused(ValidationError, "is about"):
            self._log(partner_id=other.id)
        stranger = self._customer("Wu", is_company=False, parent_id=other.id)
        with self.assertRefused(ValidationError, "one of its people"):
            self._log(contact_id=stranger.id)
        with self.assertRefused(ValidationError, "is about"):
            self._free(partner_id=self.person.id)

    @mute_logger("odoo.sql_db")
    def test_parts(self):
        """B35: a product or a free name."""
        product = self.env["product.product"].create({"name": "Antenna"})
        log = self._log(
            part_ids=[
                Command.create({"product_id": product.id, "quantity": 2}),
                Command.create({"name": "Screw"}),
            ]
        )
        self.assertEqual(log.part_ids.mapped("name"), ["Antenna", "Screw"])
        self.assertEqual(log.part_ids.mapped("quantity"), [2, 1])
        self.assertEqual(log.part_ids[0].uom_id, product.uom_id)
        with self.assertRefused(IntegrityError, "quantity_positive"):
            self._log(part_ids=[Command.create({"name": "Screw", "quantity": 0})])

    # ------------------------------------------------------------ who writes, who reads

    def test_only_who_serves_writes(self):
        for user in (
            self.fug,
            self.rep,
            self.bum,
            self.keeper,
            self.mdo,
            self.gmo,
            self.fin,
            self.pl,
            self.outsider,
            self.admin_user,
        ):
            with self.subTest(user=user.login):
                with self.assertRefused(AccessError):
                    self._log(user)
                with self.assertRefused(AccessError):
                    self._free(user)
        with self.assertRefused(ValidationError, "does not belong"):
            self._log(user_id=self.rep.id)

    def test_case_that_is_not_worked_on(self):
        """Not by creating, nor by moving a log that one has."""
        other = self._case()
        log = self._free()
        with self.assertRefused(AccessError):
            self._log(complaint_id=other.id)
        with self.assertRefused(AccessError):
            self._call(self.asg, "write", {"complaint_id": other.id}, record=log)
        self.case._move_to("closed")
        with self.assertRefused(UserError, "closed"):
            self._log()

    def test_log_of_somebody_else(self):
        log = self._log()
        for user in (self.asg2, self.fug, self.keeper, self.outsider):
            for method, args in (
                ("write", [{"work": "x"}]),
                ("unlink", []),
                ("action_finish", []),
                ("action_cancel", ["x"]),
                ("action_plan_event", []),
                ("action_sign", [self._signature(), "Li"]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._call(user, method, *args, record=log)
            with self.assertRefused(AccessError):
                self._rpc(user, PART, "create", {"log_id": log.id, "name": "x"})
        self.assertEqual(log.state, "draft")

    def test_who_reads(self):
        """With a case who reads that, without one the groups that serve and who may
        read the dossier."""
        with_case, free = self._log(), self._free()
        part = self.env[PART]._system_create([{"log_id": free.id, "name": "Screw"}])
        readers = {
            with_case: (self.asg, self.asg2, self.fug, self.rep, self.mdo, self.gmo),
            free: (self.asg, self.asg2, self.fug, self.rep, self.mdo, self.gmo),
        }
        for log, users in readers.items():
            for user in users:
                with self.subTest(user=user.login):
                    self.assertTrue(
                        self._rpc(user, LOG, "search_count", [("id", "=", log.id)])
                    )
        export = self.env.ref("base.group_allow_export")
        strangers = (self.rep2, self.bum2, self.fin, self.outsider, self.admin_user)
        for user in strangers:
            user.group_ids += export
        for log in (with_case, free, part):
            here = [("id", "=", log.id)]
            for user in strangers:
                with self.subTest(user=user.login, log=log):
                    for method, args, empty in (
                        ("search", [here], []),
                        ("search_read", [here, ["id"]], []),
                        ("formatted_read_group", [here, ["partner_id"]], []),
                    ):
                        found = self._rpc(user, log._name, method, *args)
                        self.assertEqual(found, empty)
                    for method, args in (
                        ("read", [["display_name"]]),
                        ("export_data", [["display_name"]]),
                        ("write", [{"company_id": False}]),
                        ("unlink", []),
                    ):
                        with self.assertRefused(AccessError):
                            self._call(user, method, *args, record=log)
        self.assertEqual(self.dossier.with_user(self.rep).service_log_count, 2)
        self.assertEqual(self.dossier.with_user(self.rep2).service_log_count, 0)

    def test_engineer_keeps_his_log(self):
        log = self._log()
        self.asg.group_ids -= self.env.ref("customer_archive.group_asg")
        self.case._system_write({"user_id": self.asg2.id})
        self.assertEqual(
            self._rpc(self.asg, LOG, "search", [("id", "=", log.id)]), log.ids
        )

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.asg.company_ids = [Command.link(other.id)]
        log = self._free()
        self.assertEqual(log.company_id, self.company)
        as_asg = log.with_user(self.asg).with_context(allowed_company_ids=other.ids)
        self.assertFalse(as_asg.has_access("read"))
        with self.assertRefused(AccessError, "writes this itself"):
            self._free(company_id=other.id)

    def test_reading_costs_the_same(self):
        for _n in range(2):
            self._free()
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            logs = self.env[LOG].with_user(self.asg).search([("state", "=", "draft")])
            logs.web_read({"display_name": {}, "partner_id": {}, "hours": {}})
            return len(logs), self.env.cr.sql_log_count - before

        count()
        few, cost = count()
        for _n in range(8):
            self._free()
        self.env.flush_all()
        many, later = count()
        self.assertGreater(many, few)
        self.assertLessEqual(later, cost)

    # ------------------------------------------------------------ locked, signed

    def test_system_writes_state_and_signature(self):
        log = self._finished_log()
        for state in ("draft", "done", "confirmed"):
            log._system_write({"state": state})
            for values in (
                {"state": "confirmed"},
                {"signature": self._signature()},
                {"signed_by": "Li"},
                {"signed_on": "2026-03-02 10:00:00"},
                {"hours": 80},
                {"number": "JS-1"},
                {"cancel_reason": "x"},
            ):
                for user in (self.asg, self.fug, self.mdo):
                    with (
                        self.subTest(user=user.login, state=state, values=values),
                        self.assertRefused(UserError),
                    ):
                        self._call(user, "write", values, record=log)
        for values in ({"state": "done"}, {"signature": self._signature()}):
            with self.assertRefused(AccessError, "writes this itself"):
                self._log(**values)

    def test_finished_log_stays(self):
        part = Command.create({"name": "Screw"})
        log = self._log(part_ids=[part])
        draft = self._log(part_ids=[part])
        photo = self._photo(log)
        self._call(self.asg, "write", {"photo_ids": [Command.link(photo)]}, record=log)
        self._call(self.asg, "action_finish", record=log)
        for call in (
            (LOG, "write", log.ids, {"work": "x"}),
            (LOG, "write", log.ids, {"part_ids": [part]}),
            (LOG, "write", log.ids, {"photo_ids": [Command.clear()]}),
            (LOG, "action_finish", log.ids),
            (LOG, "action_plan_event", log.ids),
            (LOG, "unlink", log.ids),
            (PART, "create", {"log_id": log.id, "name": "Bolt"}),
            (PART, "write", log.part_ids.ids, {"quantity": 9}),
            (PART, "write", draft.part_ids.ids, {"log_id": log.id}),
            (PART, "unlink", log.part_ids.ids),
            ("ir.attachment", "write", [photo], {"raw": "Zm9yZ2Vk"}),
            ("ir.attachment", "unlink", [photo]),
            (
                "ir.attachment",
                "create",
                {"name": "x", "res_model": LOG, "res_id": log.id},
            ),
        ):
            with self.subTest(call=call[:2]), self.assertRefused(UserError):
                self._rpc(self.asg, *call)
        self.assertEqual((log.work, len(log.part_ids)), ("Turned it round", 1))

    def _photo(self, log):
        return self._rpc(
            self.asg,
            "ir.attachment",
            "create",
            {"name": "photo.txt", "res_model": LOG, "res_id": log.id},
        )

    def test_photos_are_of_the_log(self):
        log, other = self._log(), self._log()
        with self.assertRefused(ValidationError, "Upload photos here"):
            self._call(
                self.asg,
                "write",
                {"photo_ids": [Command.link(self._photo(other))]},
                record=log,
            )

    def test_customer_signs_on_the_screen(self):
        """B35: who and when, after which nothing changes."""
        log = self._log(contact_id=self.person.id)
        with self.assertRefused(UserError, "needs"):
            self._call(self.asg, "action_sign", self._signature(), "Li", record=log)
        self._call(self.asg, "action_finish", record=log)
        dialog = Form(
            self.env[SIGN].with_user(self.asg).with_context(default_log_id=log.id)
        )
        self.assertEqual(dialog.name, "Li")
        dialog.signature = self._signature()
        dialog = dialog.save()
        with freeze_time("2026-03-02 10:00:00"):
            self._rpc(self.asg, SIGN, "action_confirm", dialog.ids)
        self.assertEqual(log.state, "confirmed")
        self.assertEqual(log.signed_by, "Li")
        self.assertEqual(str(log.signed_on), "2026-03-02 10:00:00")
        self.assertTrue(log.signature)
        self.assertFalse(dialog.exists())
        message = log.message_ids.filtered(lambda note: "Signed by Li" in note.body)
        self.assertEqual(message.author_id, self.asg.partner_id)
        for method, args in (
            ("write", [{"work": "x"}]),
            ("action_cancel", ["x"]),
            ("action_sign", [self._signature(), "Wu"]),
        ):
            with self.subTest(call=method), self.assertRefused(UserError):
                self._call(self.asg, method, *args, record=log)
        with self.assertRefused(AccessError):
            self._rpc(
                self.asg2,
                "ir.attachment",
                "create",
                {"name": "x", "res_model": LOG, "res_id": log.id, "raw": "eA=="},
            )
        self.assertEqual(log.signed_by, "Li")

    def test_signature_is_a_drawing_with_a_name(self):
        log = self._finished_log()
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>".hex()
        for signature, name, message in (
            (self._signature(), " ", "Enter who signs"),
            (False, "Li", "Enter who signs"),
            ("not base64", "Li", "PNG or JPEG"),
            ("PHN2ZyB4bWxucz0naHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmcnLz4=", "Li", "PNG"),
            (svg, "Li", "PNG or JPEG"),
            (5, "Li", "PNG or JPEG"),
        ):
            with self.subTest(name=name), self.assertRefused(UserError, message):
                self._call(self.asg, "action_sign", signature, name, record=log)
        self._call(self.asg, "action_sign", self._signature("JPEG"), "Li", record=log)
        self.assertEqual(log.state, "confirmed")

    def test_signature_dialog_of_a_stranger(self):
        """The dialog tells no name of a log that its user may not read."""
        log = self._finished_log(contact_id=self.person.id)
        with self.assertRefused(AccessError):
            self._rpc(
                self.rep2, SIGN, "onchange", [], {"log_id": log.id}, [], {"name": {}}
            )
        with self.assertRefused(AccessError):
            dialog = self._rpc(
                self.asg2,
                SIGN,
                "create",
                {"log_id": log.id, "name": "Li", "signature": self._signature()},
            )
            self._rpc(self.asg2, SIGN, "action_confirm", [dialog])
        self.assertEqual(log.state, "done")

    def test_cancelled_log_does_not_count(self):
        log = self._finished_log()
        self.assertNotIn(
            "there is no finished service log", self.case._get_service_obstacles()
        )
        with self.assertRefused(UserError, "Say why"):
            self._call(self.asg, "action_cancel", " ", record=log)
        dialog = self._rpc(
            self.asg,
            "customer.service.reason",
            "create",
            {"log_id": log.id, "reason": "Entered twice"},
        )
        self._rpc(self.asg, "customer.service.reason", "action_confirm", [dialog])
        self.assertEqual((log.state, log.cancel_reason), ("cancelled", "Entered twice"))
        self.assertIn(
            "there is no finished service log", self.case._get_service_obstacles()
        )

    # ------------------------------------------------------------ calendar (B37)

    def test_visit_in_the_calendar_tells_no_problem(self):
        log = self._log(mode="on_site", contact_id=self.person.id)
        with self.assertRefused(UserError, "on site"):
            self._call(self.asg, "action_plan_event", record=self._log())
        self._call(self.asg, "action_plan_event", record=log)
        event = log.event_id
        self.assertEqual(event.name, f"{log.number} {self.partner.name}")
        self.assertNotIn(log.problem, str(event.read()))
        self.assertEqual(event.partner_ids, self.asg.partner_id | self.person)
        self.assertEqual((event.start, event.stop), (log.date_start, log.date_end))
        self._call(self.asg, "action_plan_event", record=log)
        self.assertEqual(log.event_id, event)
        self.assertFalse(
            self._rpc(self.rep2, "calendar.event", "search", [("id", "=", event.id)])
        )
        event.start = "2026-03-05 08:00:00"
        self.assertEqual(str(log.date_start), "2026-03-02 08:00:00")

    # ------------------------------------------------------------ printed

    def _render(self, name, record, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(self.asg)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(
            f"customer_archive.{name}", record.ids
        )
        return content.decode()

    def test_printed_forms(self):
        """B33, B35."""
        form = self._form()
        log = self._finished_log(part_ids=[Command.create({"name": "Screw"})])
        self._call(self.asg, "action_sign", self._signature(), "Li", record=log)
        text = self._render("report_customer_service_log", log)
        for word in (log.number, "Turned it round", "Screw", "Li", "技术服务日志"):
            self.assertIn(word, text)
        self.assertIn("data:image/png;base64", text)
        blank = self._render("report_customer_service_log_blank", log)
        self.assertIn("o_customer_form_blank", blank)
        self.assertNotIn(log.number, blank)
        text = self._render("report_customer_feedback_form", form)
        for word in (form.number, form.problem, "客户问题反馈表"):
            self.assertIn(word, text)
        blank = self._render("report_customer_feedback_form_blank", form)
        self.assertNotIn(form.number, blank)

    # ------------------------------------------------------------ destroyed (D31)

    def test_goes_with_the_dossier(self):
        form = self._form()
        log = self._finished_log(part_ids=[Command.create({"name": "Screw"})])
        free = self._free()
        part = log.part_ids
        self.dossier.sudo()._destroy_customers()
        for record in (form, log, free, part, self.case):
            self.assertFalse(record.exists(), record._name)
