import io
from unittest.mock import patch

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileWriter

from .common import CustomerArchiveCommon

LIST = "/odoo/complaints"


@tagged("post_install", "-at_install")
class TestTourComplaint(CustomerArchiveCommon, HttpCase):
    """Cases of each kind, walked in the browser by those who act in them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the steps look for English words
        cls.env["res.lang"]._activate_lang("en_US")
        # of the department alone, as many of it are: none of the archive's roles
        cls.technician = cls._user(False, login="archive_technician")
        cls.technical = cls.env.ref("customer_archive.customer_service_team_technical")
        cls.technical.member_ids = [Command.link(cls.technician.id)]
        cls.customer = cls._customer("Toured Ltd", phone="+86 10 6550 0101")
        cls.dossier = cls._dossier(partner_id=cls.customer.id)
        page = io.BytesIO()
        writer = PdfFileWriter()
        writer.addBlankPage(595, 842)
        writer.write(page)
        # what the letter says has tests of its own
        cls.startClassPatcher(
            patch.object(
                cls.env.registry["customer.complaint"],
                "_render_letter",
                lambda case, letter: page.getvalue(),
            )
        )

    def _tour(self, user, name, record=None, url=LIST):
        if record is not None:
            url = f"{url}/{record.id}"
        self.start_tour(url, f"customer_archive_complaint_{name}", login=user.login)
        self.env.invalidate_all()

    def _toured(self, state, user=None, **values):
        """Return a case of the customer in ``state``, with what comes before."""
        system = {
            name: values.pop(name) for name in ("approval_state",) if name in values
        }
        case = self._case(user, partner_id=self.customer.id, **values)
        case._system_write({"state": state, **system})
        return case

    def _solved(self, state, user=None, **values):
        """Return such a case that has a solution with a dated measure."""
        case = self._toured(
            state,
            user,
            cause="Wrong rubber",
            evidence="Photos",
            solution="New seals at our cost",
            liable_team_id=self.technical.id,
            liable_user_id=self.rep2.id,
            **values,
        )
        self._measure(complaint_id=case.id)
        return case

    def _path(self, case):
        """Return (user, state) of the steps that ``case`` took, from its log."""
        steps = case.log_ids.filtered(lambda log: log.event == "state").sorted("id")
        return [(step.user_id, step.state_to) for step in steps]

    @classmethod
    def _customer_of(cls, user, team, name):
        """Return a customer whose dossier ``user`` of ``team`` has."""
        customer = cls._customer(name)
        cls._dossier(partner_id=customer.id, team_id=team.id, user_id=user.id)
        return customer

    def test_quality(self):
        """Walk-through C: from the call to the case closed (B25)."""
        self._tour(self.keeper, "call")
        case = self.env["customer.complaint"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertRecordValues(
            case,
            [
                {
                    "kind": "quality",
                    "channel": "phone",
                    "name": "Every third seal leaks after a week",
                    "complainant": "Li",
                    "phone": "+86 10 6550 0101",
                    "receiver_id": self.keeper.id,
                    "department_id": self.technical.id,
                    "dossier_id": self.dossier.id,
                    "state": "contacted",
                }
            ],
        )
        self.assertTrue(case.contact_at)
        self._tour(self.technician, "investigate", case)
        self.assertRecordValues(
            case,
            [
                {
                    "user_id": self.technician.id,
                    "liable_user_id": self.rep2.id,
                    "cause": "Wrong rubber",
                    "solution": "New seals at our cost",
                    "state": "proposed",
                }
            ],
        )
        measure = case.measure_ids
        self.assertRecordValues(
            measure,
            [
                {
                    "user_id": self.rep2.id,
                    "verifier_id": self.keeper.id,
                    "state": "proposed",
                }
            ],
        )
        self._tour(self.bum, "submit", case)
        self._tour(self.gmo, "decide", case)
        self.assertRecordValues(
            case.approval_decision_ids,
            [
                {
                    "user_id": self.gmo.id,
                    "decision": "approved",
                    "comment": "Replace the whole lot.",
                }
            ],
        )
        self.assertEqual(measure.state, "approved")
        self._tour(self.mdo, "dispatch", case)
        self.assertRecordValues(
            case.dispatch_ids,
            [{"medium": "post", "recipient": "Li", "user_id": self.mdo.id}],
        )
        self.assertTrue(case.dispatch_ids.file)
        self._tour(self.rep2, "carry_out", url="/odoo/measures")
        self.assertTrue(measure.date_done)
        self._tour(self.keeper, "close", case)
        self.assertRecordValues(
            measure,
            [{"state": "effective", "verification": "None has leaked for a month"}],
        )
        self.assertRecordValues(
            case,
            [
                {
                    "confirmation": "satisfied",
                    "score": 4,
                    "score_comment": "Quick, but it should not have happened",
                    "prevention": "none",
                    "state": "closed",
                }
            ],
        )
        self.assertEqual(
            self._path(case),
            [
                (self.keeper, "contacted"),
                (self.technician, "investigating"),
                (self.technician, "proposed"),
                (self.bum, "decision"),
                (self.gmo, "executing"),
                (self.keeper, "confirmation"),
                (self.keeper, "closed"),
            ],
        )

    def test_service(self):
        """The unit handles, the marketing director approves and sends (B26)."""
        case = self._solved("investigating", kind="service")
        self._tour(self.bum, "unit", case)
        self.assertEqual(case.approval_line_ids.user_ids, self.mdo)
        self._tour(self.mdo, "director", case)
        self.assertRecordValues(
            case, [{"state": "executing", "approval_state": "approved"}]
        )
        self.assertEqual(case.approval_decision_ids.user_id, self.mdo)
        self.assertEqual(case.dispatch_ids.user_id, self.mdo)
        self.assertEqual(
            self._path(case),
            [
                (self.bum, "proposed"),
                (self.bum, "decision"),
                (self.mdo, "executing"),
            ],
        )

    def test_opinions(self):
        """The general manager decides on a nonconformity that the director
        organises; both state their views on a suggestion (B29, B30)."""
        case = self._solved("proposed", kind="nonconformity", name="Lot 7 is too thin")
        suggestion = self._solved(
            "proposed", kind="suggestion", name="Paint them green"
        )
        suggestion.with_user(self.technician).action_submit()
        self._tour(self.mdo, "opinions_mdo", case)
        self.assertEqual(case.approval_id.requester_id, self.mdo)
        self.assertEqual((case | suggestion).mapped("state"), ["decision"] * 2)
        self._tour(self.gmo, "opinions_gmo")
        self.assertEqual((case | suggestion).mapped("state"), ["executing"] * 2)
        self.assertEqual(case.approval_decision_ids.user_id, self.gmo)
        self.assertEqual(
            {
                (decision.user_id, decision.comment)
                for decision in suggestion.approval_decision_ids
            },
            {(self.mdo, "It would sell."), (self.gmo, "From next year on.")},
        )
        self.assertFalse((case | suggestion).dispatch_ids)

    def test_technical(self):
        """Follow-up and after-sales group hand it to and fro (B33-B36)."""
        case = self._toured("contacted", self.fug, kind="technical")
        self._tour(self.fug, "transfer", case)
        self.assertRecordValues(
            case,
            [{"service_state": "transferred", "transferred_by_id": self.fug.id}],
        )
        self.assertRecordValues(
            case.feedback_form_ids, [{"state": "sent", "serial": "A-1"}]
        )
        self._tour(self.asg, "serve", case)
        self.assertRecordValues(
            case.service_log_ids,
            [
                {
                    "state": "confirmed",
                    "user_id": self.asg.id,
                    "mode": "phone",
                    "hours": 1.5,
                    "signed_by": "Li",
                }
            ],
        )
        self.assertTrue(case.service_log_ids.signature)
        self.assertRecordValues(
            case.feedback_form_ids,
            [
                {
                    "state": "answered",
                    "answer": "It was turned back",
                    "answered_by_id": self.asg.id,
                }
            ],
        )
        self.assertEqual(case.service_state, "answered")
        self._tour(self.fug, "give_back", case)
        self.assertEqual(
            self._path(case),
            [
                (self.asg, "investigating"),
                (self.asg, "executing"),
                (self.fug, "confirmation"),
                (self.fug, "closed"),
            ],
        )

    def test_without_decision(self):
        """An enquiry is answered and closed, a problem confirmed before."""
        question = self.env["customer.problem.type"].create({"name": "Question"})
        enquiry = self._toured("new", kind="enquiry", type_id=question.id)
        problem = self._solved(
            "investigating",
            kind="problem",
            type_id=question.id,
            name="Gate is shut",
        )
        problem.measure_ids.kind = "preventive"
        self._tour(self.keeper, "answer", enquiry)
        cases = enquiry | problem
        self.assertEqual(cases.mapped("state"), ["closed"] * 2)
        self.assertFalse(cases.approval_id)
        self.assertRecordValues(
            enquiry.dispatch_ids,
            [{"medium": "phone", "number": False, "user_id": self.keeper.id}],
        )
        self.assertFalse(enquiry.confirmation)
        self.assertEqual(problem.confirmation, "satisfied")
        self.assertEqual(problem.measure_ids.state, "approved")

    def test_delivery(self):
        """What a tracking finds becomes a case (B32)."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.rep.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.env["product.product"]
                            .create({"name": "Antenna"})
                            .id
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        followup = self.env["customer.delivery.followup"]._plan(order)
        followup.user_id = self.fug
        followup.with_user(self.fug).action_deliver()
        self._tour(self.fug, "delivery", followup, "/odoo/delivery-followups")
        tracking = followup.tracking_ids.filtered(lambda line: line.state == "done")
        self.assertRecordValues(
            tracking,
            [{"usage": "Day and night", "problems": "It hums", "rating": 2}],
        )
        self.assertRecordValues(
            tracking.complaint_ids,
            [
                {
                    "kind": "technical",
                    "state": "new",
                    "partner_id": self.customer.id,
                    "order_id": order.id,
                    "receiver_id": self.fug.id,
                }
            ],
        )

    def test_analysis(self):
        """Large shares stand out, the director judges the figures (B39, B41)."""
        self.customer.sales_region_id = self.env["customer.classification"].create(
            {"name": "Far East", "kind": "region"}
        )
        types = self.env["customer.problem.type"].create(
            [{"name": "Toured Logistics"}, {"name": "Toured Goods"}]
        )
        for problem_type in types[0] + types:
            self._toured("closed", type_id=problem_type.id)
        evaluation = self.env["customer.service.evaluation"]._system_create(
            [
                {
                    "department_id": self.technical.id,
                    "company_id": self.company.id,
                    "date_start": "2031-01-01",
                    "date_end": "2031-03-31",
                }
            ]
        )
        self._tour(self.mdo, "analyse", url="/odoo/complaint-analysis")
        self.assertRecordValues(
            evaluation,
            [
                {
                    "state": "confirmed",
                    "conclusion": "Fast, but too often asked again",
                }
            ],
        )

    def test_from_outside(self):
        """Who takes no part in a case does not see it, or not its buttons."""
        case = self._toured("new")
        self._case(
            partner_id=self._customer_of(self.rep2, self.other_unit, "South Ltd").id
        )
        self._tour(self.outsider, "outsider", case)
        self._tour(self.rep2, "other_unit")
        culprit = self._user("gmo", login="archive_culprit")
        culprit.group_ids += self.env.ref("customer_archive.group_keeper")
        cases = self.env["customer.complaint"]
        for state, name in (
            ("decision", "Awaits decision"),
            ("confirmation", "Awaits closing"),
        ):
            values = {"liable_user_id": culprit.id, "receiver_id": culprit.id}
            cases += self._toured(state, culprit, name=name, **values)
        cases[0]._request_approval()
        cases[1]._system_write({"confirmation": "satisfied"})
        self._tour(culprit, "liable")
        self.assertEqual(cases.mapped("state"), ["decision", "confirmation"])
