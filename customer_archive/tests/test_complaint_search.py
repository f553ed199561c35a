from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CustomerArchiveCommon


@tagged("post_install", "-at_install")
class TestComplaintSearch(CustomerArchiveCommon):
    """Full-text search over problems and solutions (B22)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chinese = cls._case(
            name="密封圈漏油", description="客户反映:每三个密封圈\n就有一个漏油。"
        )
        cls.english = cls._case(
            name="Pump stands still",
            description="The KH-20 pump stopped at 100% load, file a_b.txt.",
        )
        cls.english.with_user(cls.keeper).write(
            {"cause": "Bearing worn", "solution": "Replaced the 轴承 of the pump"}
        )
        cls.cases = cls.chinese | cls.english

    def _found(self, words, user=None, operator="ilike"):
        found = self._rpc(
            user or self.keeper,
            "customer.complaint",
            "search",
            [("text_search", operator, words), ("id", "in", self.cases.ids)],
        )
        return self.env["customer.complaint"].browse(found)

    def test_words(self):
        for words, expected in (
            ("漏", self.chinese),
            ("漏油", self.chinese),
            ("密封圈", self.chinese),
            ("三个密封圈", self.chinese),
            ("密封 漏油", self.chinese),
            ("密漏", self.browse()),
            ("圈就", self.browse()),
            ("轴承", self.english),
            ("pump", self.english),
            ("PUMP Bearing", self.english),
            ("pump gasket", self.browse()),
            ("kh-20", self.english),
            ("KH-200", self.browse()),
            ("k", self.english),
            ("0", self.english),
            ("100%", self.english),
            ("%", self.english),
            ("1%0", self.browse()),
            ("a_b", self.english),
            ("a_b.t%", self.browse()),
            ("b_a", self.browse()),
            ("r\\w", self.browse()),
            ("  ", self.cases),
        ):
            with self.subTest(words=words):
                self.assertEqual(self._found(words), expected)

    def browse(self):
        return self.env["customer.complaint"]

    def test_pairs_of_other_words_do_not_match(self):
        """All pairs of the word occur, the word does not."""
        self.chinese.with_user(self.keeper).description = "密封 封圈"
        self.chinese.with_user(self.keeper).name = "Seal"
        self.assertEqual(self._found("密封圈"), self.browse())
        self.assertEqual(self._found("密封"), self.chinese)

    def test_not(self):
        self.assertEqual(self._found("漏油", operator="not ilike"), self.english)

    def test_change_is_found_at_once(self):
        self.chinese.with_user(self.keeper).cause = "超压"
        self.assertEqual(self._found("超压"), self.chinese)

    def test_strangers_find_nothing(self):
        self.assertEqual(self._found("漏油", self.rep2), self.browse())
        with self.assertRefused(AccessError):
            self._found("漏油", self.env.ref("base.public_user"))

    def test_index_is_used(self):
        self.env.flush_all()
        query = self.env["customer.complaint"]._search(
            [("text_search", "ilike", "漏油")]
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in rows)
        self.assertIn("customer_complaint_text_grams_idx", plan)
