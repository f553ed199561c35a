from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestComplaint(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._case()

    def test_case_gets_number_flow_and_departments(self):
        """B2, B3, B9: each kind has its flow, the problem type its department."""
        self.assertRegex(self.case.number, r"^TS-\d{4}-\d{4,}$")
        self.assertEqual(
            self.case.flow_id,
            self.env.ref("customer_archive.customer_complaint_flow_quality"),
        )
        self.assertEqual(
            self.case.department_id,
            self.env.ref("customer_archive.customer_service_team_technical"),
        )
        self.assertEqual(self.case.state, "new")

    def test_numbers_are_never_used_again(self):
        """B3."""
        later = self._case()
        self.assertGreater(later.number, self.case.number)
        with self.assertRefused(UserError, "keeps its number"):
            later.unlink()

    def test_time_complainant_and_matter_are_mandatory(self):
        """B1."""
        for name in ("complainant", "description", "received_at"):
            self.assertTrue(self.case._fields[name].required, name)
        with self.assertRefused(ValidationError, "future"):
            self._case(received_at="2999-01-01 00:00:00")

    def test_who_is_not_involved_reads_nothing(self):
        for user in (self.rep2, self.bum2, self.fug, self.asg, self.outsider):
            found = self._rpc(user, "customer.complaint", "search", [])
            self.assertNotIn(self.case.id, found, user.login)
            with self.assertRefused(AccessError):
                self._rpc(user, "customer.complaint", "read", self.case.ids, ["name"])
