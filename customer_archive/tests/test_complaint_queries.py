from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import customer_complaint
from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestComplaintQueries(CustomerArchiveCommon):
    """What makes the rule of cases quick gives nobody more, nor for longer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.env["customer.service.team"].create({"name": "Foundry"})
        cls.case = cls._case()
        cls.case._system_write({"department_id": cls.department.id})

    def _reads(self, user):
        """Return whether ``user`` finds the case, which must agree with opening it."""
        found = self._rpc(
            user, "customer.complaint", "search", [("id", "=", self.case.id)]
        )
        if not found:
            with self.assertRefused(AccessError):
                self._rpc(user, "customer.complaint", "read", self.case.ids, ["name"])
        return bool(found)

    # ------------------------------------------------------------ departments

    def test_member_reads_until_he_leaves(self):
        self.assertFalse(self._reads(self.rep2))
        self.department.member_ids = self.rep2
        self.assertTrue(self._reads(self.rep2))
        self.department.member_ids = [Command.unlink(self.rep2.id)]
        self.assertFalse(self._reads(self.rep2))

    def test_head_reads_until_another_leads(self):
        self.department.user_id = self.rep2
        self.assertTrue(self._reads(self.rep2))
        self.department.user_id = self.bum2
        self.assertFalse(self._reads(self.rep2))

    def test_role_reads_until_the_department_has_another(self):
        self.assertFalse(self._reads(self.asg))
        self.department.role_id = self.env["customer.role"].search(
            [("code", "=", "ASG")]
        )
        self.assertTrue(self._reads(self.asg))
        self.department.role_id = False
        self.assertFalse(self._reads(self.asg))

    def test_role_is_taken_from_user_or_group(self):
        self.department.role_id = self.env["customer.role"].search(
            [("code", "=", "ASG")]
        )
        group = self.env.ref("customer_archive.group_asg")
        for take in (
            lambda: self.asg.write({"group_ids": [Command.unlink(group.id)]}),
            lambda: group.write({"user_ids": [Command.unlink(self.asg.id)]}),
        ):
            self.asg.group_ids += group
            self.assertTrue(self._reads(self.asg))
            take()
            self.assertFalse(self._reads(self.asg))

    def test_role_gets_another_group(self):
        role = self.env["customer.role"].search([("code", "=", "ASG")])
        self.department.role_id = role
        self.assertTrue(self._reads(self.asg))
        role.group_id = self.env.ref("customer_archive.group_fin")
        self.assertFalse(self._reads(self.asg))
        self.assertTrue(self._reads(self.fin))

    def test_archived_department_gives_nothing(self):
        self.department.member_ids = self.rep2
        self.case._system_write({"state": "closed"})
        self.assertTrue(self._reads(self.rep2))
        self.department.active = False
        self.assertFalse(self._reads(self.rep2))

    def test_deleted_department(self):
        other = self.department.copy({"member_ids": self.rep2.ids})
        own = self.env["customer.service.team"].with_user(self.rep2)._get_own
        self.assertIn(other, own())
        other.unlink()
        self.assertNotIn(other, own())

    # ------------------------------------------------------------ literal ids

    def test_few_ids_and_many_give_the_same(self):
        """Customers and dossiers are named by id or by a subquery."""
        self._formal_dossier()
        cases = self.case | self._case(self.rep) | self._case(self.asg)
        cases |= self._case(partner_id=self._customer(user_id=self.rep2.id).id)
        cases |= self._case(partner_id=self._dossier().partner_id.id)
        users = self.rep | self.rep2 | self.bum | self.bum2 | self.keeper | self.asg
        users |= self.fug | self.fin | self.pl | self.outsider
        domain = [("id", "in", cases.ids)]
        some = False
        for user in users:
            found = []
            for limit in (1000, 0):
                with (
                    self.subTest(user=user.login, limit=limit),
                    patch.object(customer_complaint, "MAX_LITERAL_IDS", limit),
                ):
                    found.append(
                        self._rpc(user, "customer.complaint", "search", domain)
                    )
            self.assertEqual(found[0], found[1], user.login)
            some = some or 0 < len(found[0]) < len(cases)
        self.assertTrue(some)

    def test_customer_of_another_rep(self):
        customer = self._customer(user_id=self.rep2.id)
        self.case = self._case(partner_id=customer.id)
        self.assertTrue(self._reads(self.rep2))
        customer.user_id = self.bum2
        self.assertFalse(self._reads(self.rep2))

    # ------------------------------------------------------------ queries

    def _count(self, user, call):
        """Return how many queries ``call`` takes when asked the second time, with
        empty caches of records."""
        cases = self.env["customer.complaint"].with_user(user)
        for _turn in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            call(cases)
        return self.env.cr.sql_log_count - before

    def test_rule(self):
        """Steps passed on, tasks, customers, dossiers; of the user his permits, units
        and served dossiers."""
        for user in (self.keeper, self.rep, self.bum, self.asg):
            count = self._count(user, lambda cases: cases._may_read_domain())
            self.assertLessEqual(count, 9, user.login)
        self.assertEqual(self._count(self.mdo, lambda cases: cases._open_domain()), 0)

    def test_list_does_not_grow(self):
        names = ("number", "partner_id", "type_id", "user_id", "next_due", "is_late")
        names += ("state", "activity_ids")
        spec = {
            name: {"fields": {"display_name": {}}} if name.endswith("_id") else {}
            for name in names
        }
        counts = []
        for _turn in range(2):
            counts.append(
                self._count(
                    self.keeper,
                    lambda cases: cases.web_search_read([], spec, limit=80),
                )
            )
            for number in range(10):
                self._case(partner_id=self._customer(name=f"Buyer {number}").id)
        self.assertEqual(counts[0], counts[1])
