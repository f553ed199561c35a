from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import CustomerArchiveCommon

CLOCK_FIELDS = ["deadline_id", "contact_due", "response_due", "solution_due"]
TAKE_IN = "customer_archive.mail_activity_type_take_in"


@tagged("post_install", "-at_install")
class TestComplaintIntake(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in (
            "customer_service",
            "follow_up",
            "after_sales",
            "technical",
            "supply_chain",
            "finance",
        ):
            team = cls.env.ref(f"customer_archive.customer_service_team_{name}")
            setattr(cls, name, team)
        for name in ("quality", "logistics", "billing"):
            kind = cls.env.ref(f"customer_archive.customer_problem_type_{name}")
            setattr(cls, f"type_{name}", kind)
        # who is in the database besides does not take cases in
        others = cls.customer_service._get_members(cls.company) - cls.keeper
        others.group_ids -= cls.env.ref("customer_archive.group_keeper")
        cls.case = cls._case()

    # ------------------------------------------------------------ receiver (B7)

    def _todos(self, case):
        kind = self.env.ref(TAKE_IN)
        return case.activity_ids.filtered(lambda todo: todo.activity_type_id == kind)

    def test_who_logs_a_case_in_the_department_receives_it(self):
        self.assertEqual(self.case.receiver_id, self.keeper)
        self.assertFalse(self._todos(self.case))

    def test_member_with_the_fewest_open_cases_receives_it(self):
        second = self._user("keeper", "archive_second", lang="zh_CN")
        case = self._case(self.rep)
        self.assertEqual(case.receiver_id, second)
        self.assertEqual(self._todos(case).user_id, second)
        # two and one
        self._case()
        self.assertEqual(self._case(self.rep).receiver_id, second)
        # two and two: the one who is longer there
        self.assertEqual(self._case(self.rep).receiver_id, self.keeper)
        # closed cases are no work
        (self.case + self._case())._system_write({"state": "closed"})
        self.assertEqual(self._case(self.rep).receiver_id, self.keeper)

    def test_receiver_is_reminded_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.keeper.lang = "zh_CN"
        summary = self._todos(self._case(self.rep)).summary
        chinese = self.env["customer.complaint"].with_context(lang="zh_CN").env
        self.assertEqual(
            summary,
            chinese._("Contact the customer: %(subject)s", subject="Seals leak"),
        )

    def test_todo_goes_with_the_first_step(self):
        case = self._case(self.rep)
        self.assertTrue(self._todos(case))
        case.with_user(self.keeper)._move_to("contacted")
        self.assertFalse(self._todos(case))

    def test_receiver_is_a_member(self):
        with self.assertRefused(ValidationError, "does not belong to Customer Service"):
            self.case.receiver_id = self.rep
        with self.assertRefused(ValidationError, "does not belong to Customer Service"):
            self._case(receiver_id=self.rep.id)
        second = self._user("keeper", "archive_second")
        self.case.with_user(self.keeper).receiver_id = second
        self.assertEqual(self._todos(self.case).user_id, second)

    def test_department_without_members_loses_nothing(self):
        self.keeper.group_ids -= self.env.ref("customer_archive.group_keeper")
        case = self._case(self.rep)
        self.assertFalse(case.receiver_id)
        self.assertIn("has no members", "".join(case.message_ids.mapped("body")))
        self.assertTrue(case.contact_due)

    def test_receiver_works_in_the_company(self):
        company = self.env["res.company"].create({"name": "Subsidiary"})
        self.rep.company_ids += company
        case = self._case(self.rep, company_id=company.id)
        self.assertFalse(case.receiver_id)

    # ------------------------------------------------------------ routing (B9)

    def _logs(self, case):
        return case.log_ids.filtered(lambda log: log.event == "routed")

    def test_problem_type_names_the_department(self):
        self.assertEqual(self.case.department_id, self.technical)
        logistics = self._case(type_id=self.type_logistics.id)
        self.assertEqual(logistics.department_id, self.supply_chain)
        # no type yet: who received it
        self.assertEqual(self._case(type_id=False).department_id, self.customer_service)
        self.assertEqual(
            self._case(kind="technical", type_id=False).department_id, self.after_sales
        )

    def test_new_type_routes_anew_openly(self):
        self._rpc(
            self.keeper,
            "customer.complaint",
            "write",
            self.case.ids,
            {"type_id": self.type_logistics.id},
        )
        self.assertEqual(self.case.department_id, self.supply_chain)
        log = self._logs(self.case)
        self.assertEqual(log.user_id, self.keeper)
        self.assertIn("Technical Department → Supply Chain Department", log.note)
        self.assertIn("Product Quality → Delivery Delay", log.note)
        self.assertIn("Routed anew", "".join(self.case.message_ids.mapped("body")))

    def test_new_kind_has_its_flow_and_its_clocks(self):
        due = self.case.solution_due
        self.case.with_user(self.keeper).kind = "enquiry"
        self.assertEqual(
            self.case.flow_id,
            self.env.ref("customer_archive.customer_complaint_flow_enquiry"),
        )
        self.assertEqual(
            self.case.deadline_id,
            self.env.ref("customer_archive.customer_complaint_deadline_enquiry"),
        )
        self.assertLess(self.case.solution_due, due)
        self.assertIn("Quality Complaint → Enquiry", self._logs(self.case).note)
        self.assertEqual(self.case.receiver_id, self.keeper)

    def test_other_receiving_department_other_receiver(self):
        self.case.with_user(self.keeper).kind = "technical"
        self.assertEqual(self.case.receiver_team_id, self.follow_up)
        self.assertEqual(self.case.receiver_id, self.fug)
        self.assertEqual(self._todos(self.case).user_id, self.fug)

    def test_who_passes_a_case_on_sees_what_becomes_of_it(self):
        """Saving a form reads it again: it must not fail after the last right."""
        case = self._case(self.rep, kind="technical", type_id=False)
        case.with_user(self.fug).kind = "quality"
        self.assertFalse(case.with_user(self.fug).has_access("write"))
        self.assertTrue(case.with_user(self.fug).has_access("read"))
        member = self._user("rep", "archive_member")
        self.technical.member_ids = member
        self._rpc(
            member,
            "customer.complaint",
            "web_save",
            self.case.ids,
            {"department_id": self.finance.id},
            {"name": {}, "department_id": {}},
        )
        self.assertEqual(self.case.department_id, self.finance)
        self.case._system_write({"state": "closed"})
        self.assertFalse(self.case._filter_readable(member))

    def test_department_chosen_by_hand_stays(self):
        case = self.case.with_user(self.keeper)
        case.department_id = self.finance
        log = self._logs(self.case)
        self.assertEqual(log.user_id, self.keeper)
        self.assertIn("Technical Department → Finance and Audit", log.note)
        case.type_id = self.type_logistics
        self.assertEqual(self.case.department_id, self.finance)

    def test_department_and_type_at_once(self):
        self.case.with_user(self.keeper).write(
            {"department_id": self.finance.id, "type_id": self.type_logistics.id}
        )
        self.assertEqual(self.case.department_id, self.finance)
        self.assertEqual(len(self._logs(self.case)), 2)

    def test_the_same_values_change_nothing(self):
        self.case.with_user(self.keeper).write(
            {
                "type_id": self.type_quality.id,
                "kind": "quality",
                "department_id": self.technical.id,
            }
        )
        self.assertFalse(self._logs(self.case))

    def test_settled_once_a_solution_is_proposed(self):
        for state in ("contacted", "investigating"):
            self.case._system_write({"state": state})
            self.case.with_user(self.keeper).is_complex = state == "contacted"
        for state in ("proposed", "decision", "executing", "confirmation", "closed"):
            self.case._system_write({"state": state})
            for values in (
                {"kind": "service"},
                {"type_id": self.type_billing.id},
                {"is_complex": True},
            ):
                with self.assertRefused(UserError):
                    self.case.write(values)

    def test_complex_cases_have_deadlines_of_their_own(self):
        flow = self.case.flow_id
        flow.complex_deadline_id.solution_hours = 100
        self.case.with_user(self.keeper).is_complex = True
        self.assertEqual(self.case.deadline_id, flow.complex_deadline_id)
        hours = (self.case.solution_due - self.case.received_at).total_seconds() / 3600
        self.assertEqual(hours, 100)

    def test_reassigning_leaves_the_clocks(self):
        """B12."""
        self.case.received_at = fields.Datetime.subtract(self.case.received_at, days=1)
        before = self.case.read(CLOCK_FIELDS)
        self.case.with_user(self.keeper).write(
            {"department_id": self.finance.id, "user_id": self.rep.id}
        )
        self.case.with_user(self.keeper).user_id = self.rep2
        self.assertEqual(self.case.read(CLOCK_FIELDS), before)

    # ------------------------------------------------------------ what is needed first

    def test_what_is_missing_is_named_at_once(self):
        """B6, B8."""
        case = self._case(partner_id=False, type_id=False, is_complex=True)
        with self.assertRefused(
            UserError, "the customer, the problem type, and the responsible person"
        ):
            case._check_taken_in()
        case.write({"partner_id": self.partner.id, "user_id": self.rep.id})
        with self.assertRefused(UserError, "enter the problem type first"):
            case._check_taken_in()
        case.type_id = self.type_quality
        case._check_taken_in()
        self._case(is_complex=False)._check_taken_in()

    # ------------------------------------------------------------ customer

    def test_customer_is_settled_with_the_first_step(self):
        case = self._case(partner_id=False).with_user(self.keeper)
        person = self._customer("Liu", is_company=False, parent_id=self.partner.id)
        case.partner_id = person
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(case.contact_id, person)
        case._move_to("contacted")
        with self.assertRefused(UserError, "Refuse it and log another"):
            case.write({"partner_id": self._customer().id, "contact_id": False})
        case.partner_id = self.partner

    def test_later_dossier_takes_the_cases_up(self):
        closed = self._case()
        other = self._case(partner_id=self._customer().id)
        closed._system_write({"state": "closed"})
        self.assertFalse(self.case.dossier_id)
        dossier = self._dossier(partner_id=self.partner.id)
        self.assertEqual((self.case + closed).dossier_id, dossier)
        self.assertEqual(self.case.team_id, self.unit)
        self.assertFalse(other.dossier_id)

    def test_taking_up_costs_the_same_for_any_number(self):
        counts = []
        for number in (2, 12):
            partners = [self._customer() for _index in range(2)]
            for index in range(number):
                self._case(partner_id=partners[index % 2].id)
            dossiers = self._dossier() + self._dossier()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            dossiers._file_complaints()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - start)
        self.assertEqual(*counts)

    # ------------------------------------------------------------ hotline (B4)

    def test_hotline_of_the_unit_before_that_of_the_company(self):
        self.company.complaint_hotline = "400 800 0000"
        self.assertEqual(self.case._get_hotline(), "400 800 0000")
        self._dossier(partner_id=self.partner.id)
        self.assertEqual(self.case._get_hotline(), "400 800 0000")
        self.unit.hotline = "400 820 1234"
        self.assertEqual(self.case.with_user(self.rep)._get_hotline(), "400 820 1234")

    def test_hotline_of_the_company_is_printed(self):
        self.company.complaint_hotline = "400 800 0000"
        dossier = self._dossier()
        report = "customer_archive.report_customer_data_card"
        content, _type = self.env["ir.actions.report"]._render_qweb_html(
            report, dossier.ids
        )
        self.assertIn(b"400 800 0000", content)

    def _call(self, **context):
        return Form(
            self.env["customer.complaint"]
            .with_user(self.keeper)
            .with_context(**context),
            "customer_archive.customer_complaint_view_form_quick",
        )

    def test_call_is_logged_in_six_fields(self):
        self.partner.phone = "+86 21 6888 7777"
        self.company.country_id = self.env.ref("base.cn")
        form = self._call()
        form.phone = "021-68887777"
        self.assertEqual(form.partner_id, self.partner)
        form.complainant = "Li"
        form.kind = "quality"
        form.type_id = self.type_quality
        form.description = "Seals leak\nEvery third one."
        case = form.save()
        self.assertRecordValues(
            case,
            [
                {
                    "name": "Seals leak",
                    "phone": "021-68887777",
                    "channel": "phone",
                    "partner_id": self.partner.id,
                    "receiver_id": self.keeper.id,
                    "department_id": self.technical.id,
                }
            ],
        )
        action = case.action_open()
        self.assertEqual(action["res_id"], case.id)

    def test_number_of_a_contact_names_him(self):
        person = self.env["res.partner"].create(
            {"name": "Liu", "parent_id": self.partner.id, "phone": "+862168881111"}
        )
        form = self._call()
        form.phone = "+86 21 6888 1111"
        self.assertEqual(form.partner_id, self.partner)
        self.assertEqual(form.contact_id, person)
        self.assertEqual(form.complainant, "Liu")
        self.assertEqual(form.phone, "+86 21 6888 1111")

    def test_number_of_several_customers_proposes_none(self):
        (self.partner + self._customer()).phone = "+86 21 6888 7777"
        form = self._call()
        form.phone = "+86 21 6888 7777"
        self.assertFalse(form.partner_id)
        # who was chosen stays
        form.partner_id = self.partner
        form.phone = "8888"
        self.assertEqual(form.partner_id, self.partner)

    def test_long_first_line_makes_a_short_subject(self):
        case = self._case(name="Kept")
        self.assertEqual(case.name, "Kept")
        form = self._call()
        form.complainant = "Li"
        form.description = "x" * 200
        self.assertEqual(len(form.save().name), 80)

    # ------------------------------------------------------------ visit

    def _visit(self, *partners):
        return (
            self.env["calendar.event"]
            .with_user(self.rep)
            .create(
                {
                    "name": "Visit",
                    "start": "2026-03-09 08:00:00",
                    "stop": "2026-03-09 09:00:00",
                    "partner_ids": [
                        Command.set(
                            [self.rep.partner_id.id, *(who.id for who in partners)]
                        )
                    ],
                }
            )
        )

    def test_complaint_of_a_visit(self):
        person = self._customer("Liu", is_company=False, parent_id=self.partner.id)
        event = self._visit(person)
        action = event.action_log_complaint()
        form = Form(
            self.env["customer.complaint"]
            .with_user(self.rep)
            .with_context(**action["context"])
        )
        form.description = "He complained in the yard."
        case = form.save()
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.partner.id,
                    "contact_id": person.id,
                    "complainant": "Liu",
                    "channel": "visit",
                    "event_id": event.id,
                }
            ],
        )
        event.unlink()
        self.assertTrue(case.exists())
        self.assertFalse(case.event_id)

    def test_meeting_of_colleagues_has_no_customer(self):
        event = self._visit(self.bum.partner_id, self.company.partner_id)
        self.assertFalse(event.complaint_partner_id)
        with self.assertRefused(UserError, "No customer"):
            event.action_log_complaint()
        event = self._visit(self.partner)
        event.privacy = "private"
        with self.assertRefused(AccessError):
            self._rpc(
                self.outsider, "calendar.event", "action_log_complaint", event.ids
            )

    # ------------------------------------------------------------ attacks

    def test_system_fields_are_written_by_nobody(self):
        values = {
            "number": "TS-1",
            "state": "closed",
            "flow_id": self.case.flow_id.id,
            "receiver_team_id": self.technical.id,
            "deadline_id": self.case.deadline_id.id,
            "contact_due": "2030-01-01 00:00:00",
            "contact_at": "2030-01-01 00:00:00",
            "response_due": "2030-01-01 00:00:00",
            "response_at": "2030-01-01 00:00:00",
            "solution_due": "2030-01-01 00:00:00",
            "solution_at": "2030-01-01 00:00:00",
            "is_routed_by_hand": True,
        }
        needed = {"complainant": "Li", "description": "Leaks"}
        for name, value in values.items():
            for user in (self.keeper, self.mdo, self.admin_user):
                with self.assertRefused(AccessError):
                    self._rpc(
                        user,
                        "customer.complaint",
                        "write",
                        self.case.ids,
                        {name: value},
                    )
                with self.assertRefused(AccessError):
                    self._rpc(
                        user, "customer.complaint", "create", needed | {name: value}
                    )

    def test_defaults_of_a_client_forge_nothing(self):
        forged = {
            "default_state": "closed",
            "default_number": "TS-1",
            "default_flow_id": 1,
            "default_receiver_team_id": self.technical.id,
            "default_contact_at": "2030-01-01 00:00:00",
            "default_is_routed_by_hand": True,
        }
        complaints = self.env["customer.complaint"].with_user(self.keeper)
        case = complaints.with_context(**forged).create(
            {"complainant": "Li", "description": "Leaks"}
        )
        self.assertEqual(case.state, "new")
        self.assertNotEqual(case.number, "TS-1")
        self.assertEqual(case.receiver_team_id, self.customer_service)
        self.assertFalse(case.contact_at)
        self.assertFalse(case.is_routed_by_hand)

    def test_outsider_logs_nothing(self):
        with self.assertRefused(AccessError):
            self._rpc(
                self.outsider,
                "customer.complaint",
                "create",
                {"complainant": "Li", "description": "Leaks"},
            )

    def test_other_unit_changes_nothing(self):
        for user in (self.rep2, self.bum2, self.fug, self.outsider):
            for values in (
                {"kind": "service"},
                {"department_id": self.finance.id},
                {"receiver_id": user.id},
                {"partner_id": self.partner.id},
                {"user_id": user.id},
            ):
                with self.assertRefused(AccessError):
                    self._rpc(
                        user, "customer.complaint", "write", self.case.ids, values
                    )

    def test_a_number_does_not_tell_a_hidden_customer(self):
        """The customer of a number is looked for with the user's own rights."""
        private = self._customer("Private", phone="+86 21 6888 2222")
        private.company_id = self.env["res.company"].create({"name": "Subsidiary"})
        form = self._call()
        form.phone = "+86 21 6888 2222"
        self.assertFalse(form.partner_id)
