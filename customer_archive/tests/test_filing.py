from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import CustomerArchiveCommon

TO_FILE = [("filed_on", "=", False)]


@tagged("post_install", "-at_install")
class TestFiling(CustomerArchiveCommon):
    """Only keepers file; what others enter waits visibly (D15, A2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.env.ref(
            "customer_archive.customer_document_type_power_of_attorney"
        )
        cls.dossier = cls._dossier(partner_id=cls.partner.id)

    def _paper(self, user, **values):
        values = {"dossier_id": self.dossier.id, "type_id": self.type.id, **values}
        paper_id = self._rpc(user, "customer.document", "create", values)
        return self.env["customer.document"].browse(paper_id)

    def test_what_others_enter_waits(self):
        with freeze_time("2031-05-07 12:00:00"):
            paper = self._paper(self.rep, number="1")
        self.env.flush_all()
        # the database has a clock of its own
        self.env.cr.execute(
            "UPDATE customer_document SET create_date = %s WHERE id = %s",
            ("2031-05-07 12:00:00", paper.id),
        )
        self.env.invalidate_all()
        with freeze_time("2031-05-19 13:00:00"):
            found = self._rpc(
                self.keeper,
                "customer.document",
                "search_read",
                [*TO_FILE, ("id", "=", paper.id)],
                ["filing_age"],
            )
            self.assertEqual(found, [{"id": paper.id, "filing_age": 12}])
            self._rpc(self.keeper, "customer.document", "action_file", paper.ids)
            self.env.invalidate_all()
            self.assertEqual(paper.filing_age, 0)
            self.assertEqual(str(paper.filed_on), "2031-05-19 13:00:00")
        self.assertEqual(paper.filed_by_id, self.keeper)
        self.assertEqual(paper.filing_number, f"{self.dossier.number}-001")

    def test_only_a_keeper_files(self):
        paper = self._paper(self.rep)
        for record in (paper, self.dossier):
            for user in (self.rep, self.bum, self.mdo, self.gmo, self.outsider):
                with (
                    self.subTest(model=record._name, user=user.login),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, record._name, "action_file", record.ids)
            for user in (self.rep, self.keeper):
                for values in (
                    {"filed_on": "2031-05-07 12:00:00"},
                    {"filed_by_id": self.keeper.id},
                ):
                    with self.assertRefused(AccessError, "writes this itself"):
                        self._rpc(user, record._name, "write", record.ids, values)
        with self.assertRefused(AccessError, "writes this itself"):
            self._rpc(self.rep, paper._name, "write", paper.ids, {"filing_number": "x"})
        with self.assertRefused(AccessError, "writes this itself"):
            self._paper(self.rep, filed_on="2031-05-07 12:00:00")
        self.assertFalse(paper.filed_on)

    def test_keepers_own_entry_is_filed(self):
        paper = self._paper(self.keeper)
        self.assertEqual(paper.filed_by_id, self.keeper)
        self.assertTrue(paper.filing_number)
        dossier_id = self._rpc(
            self.keeper,
            "customer.dossier",
            "create",
            {"partner_id": self._customer().id, "team_id": self.unit.id},
        )
        self.assertTrue(self.env["customer.dossier"].browse(dossier_id).filed_on)
        dossier_id = self._rpc(
            self.rep,
            "customer.dossier",
            "create",
            {"partner_id": self._customer().id, "team_id": self.unit.id},
        )
        self.assertFalse(self.env["customer.dossier"].browse(dossier_id).filed_on)

    def test_numbers_run_on(self):
        papers = self._paper(self.rep) + self._paper(self.rep)
        self._rpc(self.keeper, "customer.document", "action_file", papers.ids)
        later = self._paper(self.keeper)
        numbers = [f"{self.dossier.number}-{number:03}" for number in (1, 2, 3)]
        self.assertEqual((papers + later).mapped("filing_number"), numbers)
        # what was filed before stays as it was
        first = papers[0].filed_on
        self._rpc(self.keeper, "customer.document", "action_file", papers.ids)
        self.assertEqual(papers[0].filed_on, first)
        self.assertEqual((papers + later).mapped("filing_number"), numbers)

    def test_changed_by_others_is_filed_anew(self):
        paper = self._paper(self.keeper)
        number = paper.filing_number
        self._rpc(self.keeper, paper._name, "write", paper.ids, {"issuer": "Notary"})
        self.assertTrue(paper.filed_on)
        self._rpc(self.rep, paper._name, "write", paper.ids, {"issuer": "Court"})
        self.assertFalse(paper.filed_on)
        self._rpc(self.keeper, paper._name, "action_file", paper.ids)
        self.assertEqual(paper.filing_number, number)
        self._rpc(self.keeper, "customer.dossier", "action_file", self.dossier.ids)
        for values, filed in (({"needs": "x"}, True), ({"risk_level": "high"}, False)):
            self._rpc(self.rep, "customer.dossier", "write", self.dossier.ids, values)
            self.assertEqual(bool(self.dossier.filed_on), filed, values)

    def test_ended_dossier_is_not_filed(self):
        paper = self._paper(self.rep)
        self.dossier.with_user(self.keeper)._move_to_history(
            self.env["crm.lost.reason"].create({"name": "Moved away"}), ""
        )
        for record in (paper, self.dossier):
            with self.assertRefused(UserError):
                self._rpc(self.keeper, record._name, "action_file", record.ids)

    def test_cost_of_filing_many_dossiers(self):
        few = self._dossiers(2)
        many = self._dossiers(22)
        counts = []
        for dossiers in (few, many):
            as_keeper = dossiers.with_user(self.keeper)
            self.env.flush_all()
            self.env.invalidate_all()
            as_keeper.env.user._has_archive_role("KEEPER")
            start = self.env.cr.sql_log_count
            as_keeper.action_file()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertTrue(all(many.mapped("filed_on")))
        self.assertLessEqual(counts[1], counts[0], counts)

    def _dossiers(self, count):
        dossiers = self.env["customer.dossier"].browse()
        for _index in range(count):
            dossiers |= self._dossier()
        return dossiers
