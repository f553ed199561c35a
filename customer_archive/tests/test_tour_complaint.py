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
