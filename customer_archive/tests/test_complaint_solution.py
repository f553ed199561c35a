from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .test_complaint_course import MODEL, CourseCommon


@tagged("post_install", "-at_install")
class TestComplaintSolution(CourseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mdo2 = cls._user("mdo", login="archive_mdo2")
        cls.product = cls.env["product.product"].create({"name": "Seal"})

    # ------------------------------------------------------------ completeness

    def test_solution_says_all_that_is_missing(self):
        """B15, B17."""
        case = self._investigating()
        with self.assertRefused(
            UserError,
            "Missing: Cause, Department Found Responsible, Person Found Responsible, "
            "Solution, evidence, as text or file,? and a measure",
        ):
            self._step(case, "action_propose", self.technician)
        self._solve(case, evidence=False, outcome="compensation")
        with self.assertRefused(UserError, "Missing: Compensation and evidence"):
            self._step(case, "action_propose", self.technician)
        self.env["ir.attachment"].create(
            {"name": "photo.jpg", "raw": b"x", "res_model": MODEL, "res_id": case.id}
        )
        self._rpc(
            self.technician,
            MODEL,
            "write",
            case.ids,
            {"outcome": "counter", "cause": " "},
        )
        with self.assertRefused(UserError, "Missing: Cause and Counter Demand"):
            self._step(case, "action_propose", self.technician)
        self._rpc(
            self.technician,
            MODEL,
            "write",
            case.ids,
            {"counter_demand": "Half the price", "cause": "Rubber"},
        )
        self._step(case, "action_propose", self.technician)
        self.assertEqual(case.state, "proposed")

    def test_solution_is_checked_again_when_submitted(self):
        case = self._proposed()
        self._rpc(self.technician, "customer.measure", "unlink", case.measure_ids.ids)
        with self.assertRefused(UserError, "a measure with"):
            self._step(case, "action_submit", self.bum)

    def test_what_is_decided_on_is_locked(self):
        case = self._decision()
        for values in (
            {"liable_user_id": self.technician.id},
            {"liable_user_id": False},
            {"solution": "Nothing"},
            {"compensation": 1000000},
        ):
            with self.assertRefused(UserError, "cannot be changed"):
                self._rpc(self.technician, MODEL, "write", case.ids, values)
        self._step(case, "action_approve", self.gmo)
        with self.assertRefused(UserError, "cannot be changed"):
            self._rpc(self.technician, MODEL, "write", case.ids, {"solution": "x"})

    # ------------------------------------------------------------ found responsible

    def test_who_was_found_responsible_decides_nothing(self):
        """B16: one marketing director may not, the other may."""
        case = self._investigating(kind="service")
        self._solve(case, liable_user_id=self.mdo.id)
        self._step(case, "action_propose", self.technician)
        self._step(case, "action_submit", self.bum)
        self.assertEqual(case.approval_line_ids.user_ids, self.mdo2)
        for method in ("action_approve", "action_reject"):
            with self.assertRefused(AccessError):
                self._step(case, method, self.mdo)
        self.assertFalse(case.with_user(self.mdo).can_approve)
        self.assertTrue(case.with_user(self.mdo2).can_approve)
        with self.assertRefused(UserError, "cannot decide"):
            self._step(case, "action_delegate", self.mdo2, self.mdo.id)
        today = fields.Date.today()
        self.env["customer.approval.delegation"].create(
            {
                "user_id": self.mdo2.id,
                "delegate_id": self.mdo.id,
                "date_from": today,
                "date_to": today,
            }
        )
        with self.assertRefused(AccessError):
            self._step(case, "action_approve", self.mdo)
        self._step(case, "action_approve", self.mdo2)
        self.assertEqual(case.state, "executing")

    def test_nobody_else_can_decide(self):
        self.mdo2.active = False
        case = self._investigating(kind="service")
        self._solve(case, liable_user_id=self.mdo.id)
        self._step(case, "action_propose", self.technician)
        with self.assertRefused(UserError, "Nobody can decide"):
            self._step(case, "action_submit", self.bum)
        self.assertEqual(case.state, "proposed")

    def test_who_was_found_responsible_does_not_close(self):
        case = self._investigating(kind="problem")
        keeper2 = self._user("keeper", login="archive_keeper2")
        self._solve(case, liable_user_id=keeper2.id)
        self._step(case, "action_propose", self.technician)
        self._confirm(case)
        self._finish(case)
        self.assertFalse(case.with_user(keeper2).can_close)
        self.assertTrue(case.with_user(self.keeper).can_close)
        with self.assertRefused(AccessError, "found responsible"):
            self._step(case, "action_close", keeper2)
        self._step(case, "action_close", self.keeper)
        self.assertEqual(case.state, "closed")

    def test_who_was_found_responsible_does_not_clear_himself(self):
        self.technical.member_ids = [Command.link(self.culprit.id)]
        case = self._investigating()
        self._solve(case)
        for value in (False, self.technician.id):
            with self.assertRefused(AccessError, "found responsible"):
                self._rpc(
                    self.culprit, MODEL, "write", case.ids, {"liable_user_id": value}
                )
        self.assertEqual(case.liable_user_id, self.culprit)

    def test_who_was_found_responsible_does_not_verify(self):
        case = self._investigating()
        self._solve(case)
        self._rpc(
            self.technician,
            MODEL,
            "write",
            case.ids,
            {"liable_user_id": self.keeper.id},
        )
        with self.assertRefused(UserError, "another verifier than"):
            self._step(case, "action_propose", self.technician)
        with self.assertRefused(ValidationError, "cannot verify"):
            self._case_measure(case)
        self._rpc(
            self.technician,
            "customer.measure",
            "write",
            case.measure_ids.ids,
            {"verifier_id": self.bum.id},
        )
        self._step(case, "action_propose", self.technician)
        case.measure_ids._system_write({"state": "executing"})
        case.measure_ids._system_write(
            {"date_done": "2026-01-01", "verifier_id": self.bum.id}
        )
        case._system_write({"liable_user_id": self.bum.id})
        with self.assertRefused(AccessError, "found responsible"):
            self._rpc(
                self.bum,
                "customer.measure",
                "action_verify",
                case.measure_ids.ids,
                True,
                "Fine",
            )

    # ------------------------------------------------------------ measures

    def test_measure_takes_over_from_the_case(self):
        """A client neither chooses where it is filed nor where it comes from."""
        case = self._investigating(receiver_id=self.keeper.id)
        other = self._dossier()
        measure = self._case_measure(
            case, dossier_id=other.id, team_id=self.other_unit.id, verifier_id=False
        )
        self.assertRecordValues(
            measure,
            [
                {
                    "complaint_id": case.id,
                    "origin_model": MODEL,
                    "origin_id": case.id,
                    "dossier_id": self.dossier.id,
                    "team_id": self.unit.id,
                    "partner_id": self.partner.id,
                    "verifier_id": self.keeper.id,
                    "state": "proposed",
                }
            ],
        )

    def test_who_measures_of_a_case_belong_to(self):
        case = self._investigating()
        foreign = self._case(
            type_id=self.env.ref("customer_archive.customer_problem_type_billing").id
        )
        foreign._system_write({"state": "investigating"})
        with self.assertRefused(AccessError):
            self._case_measure(foreign)
        for user in (self.rep, self.gmo, self.fin, self.outsider, self.culprit):
            with self.subTest(user=user.login), self.assertRefused(AccessError):
                self._case_measure(case, user)
        with self.assertRefused(AccessError):
            self._rpc(
                self.outsider,
                "customer.measure",
                "create",
                {
                    "name": "x",
                    "action": "x",
                    "verifier_id": self.keeper.id,
                    "date_due": "2030-01-01",
                },
                context={"default_complaint_id": case.id},
            )
        measure = self._case_measure(case, user_id=self.culprit.id)
        for user in (self.culprit, self.technician):
            with self.assertRefused(UserError, "stays with its case|not.*access"):
                self._rpc(
                    user,
                    "customer.measure",
                    "write",
                    measure.ids,
                    {"complaint_id": foreign.id},
                )
        # the responsible person does not set his own date
        with self.assertRefused(AccessError):
            self._rpc(
                self.culprit,
                "customer.measure",
                "write",
                measure.ids,
                {"date_due": "2040-01-01"},
            )
        for user in (self.technician, self.keeper, self.bum, self.mdo, self.gmo):
            self._rpc(user, "customer.measure", "read", measure.ids, ["action"])
        for user in (self.rep2, self.fin, self.outsider):
            with self.assertRefused(AccessError):
                self._rpc(user, "customer.measure", "read", measure.ids, ["action"])

    def test_employees_make_measures_for_cases_only(self):
        with self.assertRefused(AccessError):
            self._rpc(
                self.technician,
                "customer.measure",
                "create",
                {
                    "name": "x",
                    "action": "x",
                    "verifier_id": self.keeper.id,
                    "date_due": "2030-01-01",
                },
            )

    def test_measures_are_decided_with_the_case(self):
        case = self._decision()
        measure = case.measure_ids
        for call in (
            ("action_submit", measure.ids),
            ("write", measure.ids, {"date_due": "2040-01-01"}),
            ("unlink", measure.ids),
        ):
            with self.subTest(call=call), self.assertRefused(UserError):
                self._rpc(self.technician, "customer.measure", *call)
        with self.assertRefused(UserError, "is Awaiting Decision"):
            self._case_measure(case)
        self._step(case, "action_approve", self.gmo)
        self.assertEqual(measure.state, "approved")
        for values in (
            {"date_due": "2040-01-01"},
            {"verifier_id": self.bum.id},
            {"user_id": self.bum.id},
        ):
            with self.assertRefused(UserError, "decided on"):
                self._rpc(
                    self.technician, "customer.measure", "write", measure.ids, values
                )
        with self.assertRefused(UserError, "stays on record"):
            self._rpc(self.technician, "customer.measure", "unlink", measure.ids)

    def test_later_measure_is_decided_by_itself(self):
        case = self._executing()
        measure = self._case_measure(case, kind="preventive")
        self._rpc(self.technician, "customer.measure", "action_submit", measure.ids)
        self.assertEqual(measure.approval_state, "pending")
        self._rpc(self.gmo, "customer.measure", "action_approve", measure.ids)
        self.assertEqual(measure.state, "approved")
        case = self._proposed(kind="problem")
        measure = self._case_measure(case)
        self._rpc(self.technician, "customer.measure", "action_submit", measure.ids)
        self.assertRecordValues(
            measure, [{"state": "approved", "approval_state": "none"}]
        )

    def test_preventive_measure_goes_on_after_closing(self):
        """B23."""
        case = self._investigating()
        self._solve(case)
        preventive = self._case_measure(case, kind="preventive")
        self._step(case, "action_propose", self.technician)
        self._step(case, "action_submit", self.bum)
        self._step(case, "action_approve", self.gmo)
        self._confirm(case)
        corrective = case.measure_ids - preventive
        corrective.with_user(self.technician).action_start()
        corrective.with_user(self.technician).action_report_done()
        self._rpc(
            self.keeper,
            MODEL,
            "write",
            case.ids,
            {"root_cause_id": self.root_cause.id, "prevention": "measure"},
        )
        with self.assertRefused(UserError, "closed: 1 measures are open.$"):
            self._step(case, "action_close", self.keeper)
        corrective.with_user(self.keeper).action_verify(True, "Seen")
        self._step(case, "action_close", self.keeper)
        preventive.with_user(self.technician).action_start()
        preventive.with_user(self.technician).action_report_done()
        result = self._rpc(
            self.keeper,
            "customer.measure",
            "action_verify",
            preventive.ids,
            False,
            "It goes on",
        )
        follower = preventive.browse(result["res_id"])
        self.assertEqual(follower.complaint_id, case)
        self._rpc(self.keeper, "customer.measure", "action_submit", follower.ids)
        self.assertEqual(follower.approval_state, "pending")

    def test_prevention_needs_its_measure(self):
        case = self._executing()
        self._confirm(case)
        self._finish(case)
        self._rpc(self.keeper, MODEL, "write", case.ids, {"prevention": "measure"})
        with self.assertRefused(UserError, "the preventive measure is missing"):
            self._step(case, "action_close", self.keeper)

    # ------------------------------------------------------------ recurrence (B24)

    def _prevented(self, **values):
        """Return a preventive measure, done on 10 March 2026, of a case received on
        the first."""
        with freeze_time("2026-03-01 08:00:00"):
            case = self._investigating(product_id=self.product.id, **values)
            self._solve(case)
            measure = self._case_measure(case, kind="preventive")
        with freeze_time("2026-03-10 08:00:00"):
            measure._system_write({"state": "approved"})
            measure.with_user(self.technician).action_start()
            measure.with_user(self.technician).action_report_done()
        return measure

    def test_recurrence_shows_that_prevention_failed(self):
        measure = self._prevented()
        measure.with_user(self.keeper).action_verify(True, "Quiet so far")
        with freeze_time("2026-04-01 08:00:00"):
            again = self._investigating(
                product_id=self.product.id, partner_id=self._customer().id
            )
        self.assertEqual(measure.state, "not_effective")
        self.assertIn(again.number, measure.message_ids[:1].body)
        self.assertEqual(
            measure.activity_ids.filtered(
                lambda activity: again.number in activity.summary
            ).user_id,
            self.keeper | self.technician,
        )
        first = measure.complaint_id
        for case, other in ((first, again), (again, first)):
            log = case.log_ids.filtered(lambda log: log.event == "recurred")
            self.assertEqual(log.mapped("note"), [other.number])

    def test_what_is_no_recurrence(self):
        measure = self._prevented()
        other_type = self.env.ref("customer_archive.customer_problem_type_billing")
        with freeze_time("2026-03-09 08:00:00"):
            self._investigating(product_id=self.product.id)  # before it was done
        with freeze_time("2026-04-01 08:00:00"):
            self._investigating()  # no product
            self._investigating(product_id=self.product.create({"name": "Valve"}).id)
            case = self._case(product_id=self.product.id, type_id=other_type.id)
            self._step(case, "action_log_contact", self.keeper)
            self._step(case, "action_start_investigation", self.fin)
            refused = self._case(product_id=self.product.id)
            self._step(refused, "action_refuse", self.keeper)
        self.assertEqual(measure.state, "executing")

    def test_product_found_later(self):
        measure = self._prevented()
        with freeze_time("2026-04-01 08:00:00"):
            case = self._investigating()
            self._solve(case, product_id=self.product.id)
            self._step(case, "action_propose", self.technician)
        self.assertEqual(measure.state, "not_effective")

    def test_similar_cases_as_the_reader(self):
        """Earlier ones, and only those that he may read."""
        first = self._case(product_id=self.product.id)
        hidden = self._case(product_id=self.product.id, partner_id=self._customer().id)
        self._case(partner_id=self._customer().id)
        case = self._case(product_id=self.product.id)
        for user, found in ((self.keeper, first | hidden), (self.rep, first)):
            (values,) = self._rpc(user, MODEL, "read", case.ids, ["similar_count"])
            self.assertEqual(values["similar_count"], len(found), user.login)
            action = self._rpc(user, MODEL, "action_view_similar", case.ids)
            domain = [
                tuple(item) if isinstance(item, list) else item
                for item in action["domain"]
            ]
            self.assertEqual(
                self.env[MODEL].with_user(user).search(domain), found.with_user(user)
            )
