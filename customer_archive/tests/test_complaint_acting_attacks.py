from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_complaint_course import MODEL, CourseCommon
from .test_complaint_feedback import FeedbackCommon
from .test_complaint_technical import TechnicalCommon


@tagged("post_install", "-at_install")
class TestCourseAttacks(CourseCommon):
    """Ways round the decision, the receiving department and the record."""

    def test_kind_does_not_go_round_a_refusal(self):
        """B25: what was refused does not become a case that nobody decides on."""
        case = self._decision()
        self._step(case, "action_reject", self.gmo)
        for values in (
            {"kind": "problem"},
            {"kind": "enquiry"},
            {"kind": "service"},
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(UserError, "submitted for decision"),
            ):
                self._rpc(self.technician, MODEL, "write", case.ids, values)
        attitude = self.env.ref("customer_archive.customer_problem_type_attitude")
        self._rpc(self.technician, MODEL, "write", case.ids, {"type_id": attitude.id})
        self.assertEqual(case.type_id, attitude, "the same office decides")

    def test_kind_does_not_go_round_a_decision_after_reopening(self):
        case = self._closed()
        self._step(case, "action_reopen", self.keeper)
        with self.assertRefused(UserError, "submitted for decision"):
            self._rpc(self.technician, MODEL, "write", case.ids, {"kind": "problem"})

    def test_withdrawn_request_binds_nobody(self):
        case = self._decision()
        self._step(case, "action_withdraw", self.bum)
        with self.assertRefused(UserError, "settled once a solution is proposed"):
            self._rpc(self.technician, MODEL, "write", case.ids, {"kind": "problem"})

    def test_company_gives_another_flow(self):
        """Another company's flow, deadlines and receivers follow."""
        other = self.env["res.company"].create({"name": "Other"})
        self.keeper.company_ids += other
        case = self._case()
        flow = case.flow_id.copy({"company_id": other.id, "route_id": False})
        self.env["customer.complaint"].with_user(self.keeper).browse(
            case.id
        ).with_context(allowed_company_ids=[self.company.id, other.id]).write(
            {"company_id": other.id}
        )
        self.assertEqual(case.flow_id, flow)
        self.assertIn("routed", case.log_ids.mapped("event"))
        case = self._decision()
        with self.assertRefused(UserError, "decided on"):
            case.with_user(self.keeper).with_context(
                allowed_company_ids=[self.company.id, other.id]
            ).company_id = other

    def test_who_logged_a_case_does_not_receive_it(self):
        """B7: naming oneself responsible is not receiving; else anybody could forge
        the recurrence that takes a measure for not effective."""
        case = self._case(self.rep, user_id=self.rep.id)
        with self.assertRefused(AccessError, "Customer Service"):
            self._step(case, "action_log_contact", self.rep)
        self.assertFalse(case.with_user(self.rep).can_receive)
        with self.assertRefused(AccessError, "Customer Service"):
            self._step(case, "action_refuse", self.rep)

    def test_nothing_is_forged_within_the_case(self):
        """Commands on lists inside a case reach no field of the system."""
        case = self._investigating()
        measure = self._case_measure(case)
        task = self._task(case)
        for values in (
            {"measure_ids": [(1, measure.id, {"state": "effective"})]},
            {"measure_ids": [(0, 0, {"state": "effective", "name": "x"})]},
            {"measure_ids": [(1, measure.id, {"date_done": "2020-01-01"})]},
            {"task_ids": [(1, task.id, {"state": "done"})]},
            {"log_ids": [(0, 0, {"event": "attempt"})]},
            {"dispatch_ids": [(0, 0, {"number": "FW-1", "turn": 0})]},
            {"service_log_ids": [(0, 0, {"state": "done", "mode": "phone"})]},
            {"feedback_form_ids": [(0, 0, {"state": "answered"})]},
            {"approval_state": "approved"},
            {
                "flow_id": self.env.ref(
                    "customer_archive.customer_complaint_flow_enquiry"
                ).id
            },
            {"receiver_team_id": self.technical.id},
            {"solution_missed": False},
            {"service_state": "answered"},
        ):
            for method in ("write", "web_save"):
                args = (
                    (case.ids, values, {})
                    if method == "web_save"
                    else (case.ids, values)
                )
                with self.subTest(values=values), self.assertRefused(UserError):
                    self._rpc(self.keeper, MODEL, method, *args)
        result = self._rpc(
            self.keeper,
            MODEL,
            "load",
            [".id", "state", "approval_state"],
            [[str(case.id), "Closed", "Approved"]],
        )
        self.assertFalse(result["ids"])
        self.assertRecordValues(
            case, [{"state": "investigating", "approval_state": "none"}]
        )
        self.assertEqual(measure.state, "proposed")

    def test_contents_stay_with_their_case(self):
        """Neither taken from a case nor put into one that is not worked on."""
        case, other = self._investigating(), self._closed()
        measure, task = self._case_measure(case), self._task(case)
        for record in (measure, task):
            with self.subTest(model=record._name), self.assertRefused(UserError):
                self._rpc(
                    self.keeper,
                    record._name,
                    "write",
                    record.ids,
                    {"complaint_id": other.id},
                )

    def _task(self, case, **values):
        return (
            self.env["customer.complaint.task"]
            .with_user(self.keeper)
            .create(
                {
                    "complaint_id": case.id,
                    "name": "Look at the store",
                    "department_id": self.technical.id,
                    "date_due": "2030-06-30",
                    **values,
                }
            )
            .with_env(self.env)
        )

    def test_task_does_not_vanish(self):
        """B13: what another department was to do is withdrawn openly."""
        case = self._investigating()
        self._task(case).with_user(self.keeper).unlink()
        self.assertIn("Look at the store", str(case.message_ids[0].body))

    def test_department_in_use_is_not_archived(self):
        """Its members could not finish what they have begun."""
        case = self._investigating()
        for team in (case.receiver_team_id, self.technical):
            with self.assertRefused(UserError, "in use"):
                team.with_user(self.admin_user).active = False
        unused = self.env["customer.service.team"].create({"name": "Unused"})
        unused.with_user(self.admin_user).active = False
        self.assertFalse(unused.active)

    def test_unit_whose_people_have_left(self):
        """The department submits instead."""
        case = self._proposed()
        self._retire(self.bum)
        self._retire(self.rep)
        self._step(case, "action_submit", self.technician)
        self.assertEqual(case.state, "decision")

    def test_one_person_in_both_offices(self):
        """B29: two views are asked for, of two people, before anybody waits."""
        case = self._proposed(kind="suggestion")
        self._retire(self.gmo)
        others = self.env.ref("customer_archive.group_gmo").all_user_ids
        others.filtered("active").group_ids -= self.env.ref(
            "customer_archive.group_gmo"
        )
        self.mdo.group_ids += self.env.ref("customer_archive.group_gmo")
        for user in self.env.ref("customer_archive.group_mdo").all_user_ids - self.mdo:
            user.group_ids -= self.env.ref("customer_archive.group_mdo")
        with self.assertRefused(UserError, "Nobody can decide the step"):
            self._step(case, "action_submit", self.technician)
        self.assertEqual(case.state, "proposed")

    def test_leaver_hands_over_cases(self):
        """D28: what he receives, handles and owes to other cases."""
        case = self._investigating()
        task = self._task(case, user_id=self.technician.id)
        closed = self._closed()
        keeper2 = self._user("keeper", login="archive_keeper2")
        model = self.env["customer.staff.handover"]
        for user, kind, held in (
            (self.keeper, "case_receiver", case),
            (self.technician, "case", case),
            (self.technician, "case_task", task),
        ):
            holding = model._get_holdings()[kind]
            found = self.env[holding.model].search(
                [*holding.domain, (holding.field, "=", user.id)]
            )
            self.assertIn(held, found)
            self.assertNotIn(closed.id, found.ids)
        handover = model.new({"user_id": self.keeper.id})
        handover._pass_on("case_receiver", case, keeper2)
        self.assertEqual(case.receiver_id, keeper2)
        self.assertEqual(task.user_id, self.technician)

    def test_case_is_filed_when_the_dossier_comes(self):
        """B22: a customer may complain before he has a dossier."""
        partner = self._customer()
        case = self._case(partner_id=partner.id)
        self._step(case, "action_log_contact", self.keeper)
        self._step(case, "action_start_investigation", self.technician)
        measure = self._case_measure(case)
        self.assertFalse(case.dossier_id)
        dossier = self._dossier(partner_id=partner.id)
        self.assertEqual(case.dossier_id, dossier)
        self.assertEqual(case.team_id, self.unit)
        self.assertEqual(measure.dossier_id, dossier)

    def test_merged_customers(self):
        other = self._customer()
        self._dossier(partner_id=other.id)
        case, ours = self._investigating(partner_id=other.id), self._case()
        task = self._task(case)
        self._answered(case)
        self.keeper.group_ids += self.env.ref("base.group_partner_manager")
        self.env["base.partner.merge.automatic.wizard"].with_user(self.keeper).create(
            {
                "partner_ids": [(6, 0, (other | self.partner).ids)],
                "dst_partner_id": self.partner.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual((case | ours).dossier_id, self.dossier)
        self.assertEqual(case.partner_id, self.partner)
        self.assertEqual(task.partner_id, self.partner)
        self.assertEqual(case.dispatch_ids.partner_id, self.partner)

    def test_what_is_in_use_is_not_deleted(self):
        case = self._closed(
            product_id=self.env["product.product"].create({"name": "Seal"}).id
        )
        for record in (
            case.flow_id,
            case.type_id,
            case.deadline_id,
            case.department_id,
            case.root_cause_id,
            case.product_id,
            case.partner_id,
            self.technician,
        ):
            with self.subTest(model=record._name), mute_logger("odoo.sql_db"):
                try:
                    with self.env.cr.savepoint():
                        record.unlink()
                except (UserError, IntegrityError):
                    continue
                self.fail("deleted although a case needs it")
        self.assertTrue(case.exists().flow_id.exists())


@tagged("post_install", "-at_install")
class TestFeedbackAttacks(FeedbackCommon):
    def test_second_click_sends_no_second_letter(self):
        """B27."""
        action = self._rpc(self.mdo, MODEL, "action_dispatch", self.case.ids)
        wizard = action["res_model"], action["res_id"]
        self._rpc(self.mdo, wizard[0], "write", [wizard[1]], {"medium": "post"})
        self._rpc(self.mdo, wizard[0], "action_send", [wizard[1]])
        with self.assertRefused(UserError):
            self._rpc(self.mdo, wizard[0], "action_send", [wizard[1]])
        self.assertEqual(len(self.case.dispatch_ids), 1)

    def test_customers_own_word_is_not_replaced(self):
        """B21: what he said at the portal stands, unless he is not satisfied."""
        self._send(medium="post")
        self._rpc(self.keeper, MODEL, "action_ask_customer", self.case.ids)
        self.case._record_confirmation("satisfied", "Li", 2, "Slow", "portal")
        for values in ({"score": "5"}, {"result": "unreachable"}):
            with self.subTest(values=values), self.assertRefused(UserError, "himself"):
                self._confirm(**values)
        self.assertRecordValues(self.case, [{"score": 2, "confirmation": "satisfied"}])
        self._confirm(result="unsatisfied", score="1")
        self.assertEqual(self.case.state, "investigating")

    def test_what_was_sent_stays(self):
        dispatch = self._send(medium="post")
        for method, *args in (
            ("write", dispatch.ids, {"file": "eA=="}),
            ("write", dispatch.ids, {"date": "2020-01-01"}),
            ("unlink", dispatch.ids),
            ("copy", dispatch.ids),
        ):
            for user in (self.mdo, self.keeper, self.admin_user):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRefused(UserError),
                ):
                    self._rpc(user, dispatch._name, method, *args)


@tagged("post_install", "-at_install")
class TestTechnicalAttacks(TechnicalCommon):
    def test_log_of_a_closed_case_stays(self):
        """B22, B36: the log that the case was closed with is not taken back."""
        self._answered()
        log = self.case.service_log_ids
        self.case._system_write({"state": "closed"})
        with self.assertRefused(UserError, "closed and stays"):
            self._call(self.asg, "action_cancel", "Never happened", record=log)
        with self.assertRefused(UserError, "closed and stays"):
            self._call(self.asg, "action_sign", self._signature(), "Li", record=log)
        self.assertEqual(log.state, "done")

    def test_kind_does_not_go_round_the_technicians(self):
        """B36: who transferred a case does not take it from the department."""
        self._form()
        self._call(self.fug, "action_transfer")
        for state in ("transferred", "accepted"):
            for kind in ("enquiry", "problem"):
                with (
                    self.subTest(state=state, kind=kind),
                    self.assertRefused(AccessError, "After-Sales"),
                ):
                    self._call(self.fug, "write", {"kind": kind})
            if state == "transferred":
                self._call(self.asg, "action_accept")
        self._call(self.asg, "write", {"kind": "quality"})
        self.assertEqual(self.case.kind, "quality", "they know better")

    def test_returned_case_is_free_again(self):
        self._form()
        self._call(self.fug, "action_transfer")
        self._call(self.asg, "action_return_transfer", "Not ours")
        self._call(self.fug, "write", {"kind": "problem"})
        self.assertEqual(self.case.kind, "problem")

    def test_parts_and_files_stay_once_signed(self):
        self._accepted()
        log = self._finished_log(part_ids=[(0, 0, {"name": "Plug", "quantity": 1})])
        self._call(self.asg, "action_sign", self._signature(), "Li", record=log)
        part = log.part_ids
        for model, method, *args in (
            (part._name, "write", part.ids, {"quantity": 9}),
            (part._name, "unlink", part.ids),
            (part._name, "create", {"log_id": log.id, "name": "x"}),
            (log._name, "write", log.ids, {"part_ids": [(2, part.id)]}),
            (
                "ir.attachment",
                "create",
                {"name": "x", "res_model": log._name, "res_id": log.id},
            ),
        ):
            with self.subTest(method=method), self.assertRefused(UserError):
                self._rpc(self.asg, model, method, *args)
        with self.assertRefused(UserError, "Customer Confirmed|signed"):
            self._call(self.asg, "action_sign", self._signature(), "Me", record=log)
