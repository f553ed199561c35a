from unittest.mock import patch

from lxml import html
from markupsafe import Markup
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

FILED = {
    "kind": "quality",
    "name": "密封圈漏水",
    "description": "每三个密封圈就有一个漏水。",
}
SECRET = "Zanzibar"


@tagged("post_install", "-at_install")
class TestComplaintPortal(CustomerArchiveCommon, HttpCase):
    """What a customer does at the portal, and what he and others cannot (B5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.other = cls._customer("Tiger Ltd")
        cls.li = cls._portal_user("li", cls.partner)
        cls.wang = cls._portal_user("wang", cls.partner)
        cls.rival = cls._portal_user("rival", cls.other)
        cls.case = cls._case(receiver_id=cls.keeper.id, user_id=cls.keeper.id)

    @classmethod
    def _portal_user(cls, login, partner):
        user = new_test_user(
            cls.env, login, groups="base.group_portal", name=login.capitalize()
        )
        user.partner_id.parent_id = partner
        return user

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, url, files=None, **data):
        data["csrf_token"] = Request.csrf_token(self)
        with mute_logger("odoo.http"):
            return self.url_open(url, data=data, files=files)

    def _get(self, url):
        with mute_logger("odoo.http"):
            return self.url_open(url)

    def _texts(self, response, path):
        """Return what the page shows at ``path``, as a browser reads it."""
        page = html.fromstring(response.text)
        return [" ".join(node.text_content().split()) for node in page.xpath(path)]

    def _file(self, **values):
        """File a case over HTTP and return the response and the case, if any."""
        cases = self.env["customer.complaint"].search([])
        files = values.pop("files", None)
        response = self._post("/my/cases/new", files, **FILED | values)
        return response, self.env["customer.complaint"].search([]) - cases

    def _order(self, partner):
        product = self.env["product.product"].create({"name": "Seal"})
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        order.action_confirm()
        return order

    def _say(self, case, **values):
        return case.message_post(
            message_type="comment", subtype_xmlid="mail.mt_comment", **values
        )

    # ------------------------------------------------------------ file

    def test_customer_files_a_case(self):
        """B5: with his company, his name, his order and a file."""
        self._login(self.li)
        order = self._order(self.partner)
        self.assertIn(order.name, self._get("/my/cases/new").text)
        response, case = self._file(
            product="Seal 12",
            order_id=order.id,
            files=[("attachments", ("照片.png", b"picture", "image/png"))],
        )
        self.assertRecordValues(
            case,
            [
                {
                    "kind": "quality",
                    "name": "密封圈漏水",
                    "description": "每三个密封圈就有一个漏水。\n\nProduct: Seal 12",
                    "partner_id": self.partner.id,
                    "contact_id": self.li.partner_id.id,
                    "complainant": "Li",
                    "email": self.li.email,
                    "channel": "web",
                    "company_id": self.company.id,
                    "order_id": order.id,
                    "state": "new",
                    "flow_id": self.env.ref(
                        "customer_archive.customer_complaint_flow_quality"
                    ).id,
                }
            ],
        )
        self.assertTrue(case.response_due)
        self.assertTrue(response.url.endswith(f"/my/cases/{case.id}?filed=1"))
        self.assertIn("密封圈漏水", response.text)
        attachment = case.message_ids.attachment_ids
        self.assertRecordValues(
            attachment,
            [{"name": "照片.png", "res_model": case._name, "res_id": case.id}],
        )
        file = self._get(f"/my/cases/{case.id}/file/{attachment.id}")
        self.assertEqual(file.content, b"picture")
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertNotIn(self.li.partner_id, case.message_partner_ids)

    def test_only_the_chosen_fields_are_taken(self):
        """Mass assignment: whatever else is posted is ignored."""
        self._login(self.li)
        __, case = self._file(
            state="closed",
            partner_id=self.other.id,
            contact_id=self.rival.partner_id.id,
            complainant="Somebody",
            user_id=self.rep.id,
            receiver_id=self.rep.id,
            priority="2",
            company_id="99",
            channel="phone",
            received_at="2020-01-01 00:00:00",
            number="TS-1",
            is_complex="1",
            compensation="1000",
            score="5",
            portal_token="x",
        )
        self.assertRecordValues(
            case,
            [
                {
                    "state": "new",
                    "partner_id": self.partner.id,
                    "contact_id": self.li.partner_id.id,
                    "complainant": "Li",
                    "priority": "0",
                    "company_id": self.company.id,
                    "channel": "web",
                    "is_complex": False,
                    "compensation": 0,
                    "score": 0,
                }
            ],
        )
        self.assertNotIn(self.rep, case.user_id | case.receiver_id)
        self.assertGreater(case.received_at, self.case.create_date.replace(year=2021))
        self.assertNotEqual(case.number, "TS-1")

    def test_bad_values_are_refused_and_kept_in_the_form(self):
        self._login(self.li)
        foreign = self._order(self.other)
        for values, message in (
            ({"kind": "problem"}, "Enter kind, subject and description."),
            ({"name": " "}, "Enter kind, subject and description."),
            ({"description": ""}, "Enter kind, subject and description."),
            ({"name": "x" * 201}, "Shorten it to 200"),
            ({"description": "x" * 10001}, "Shorten it to 10000"),
            ({"order_id": foreign.id}, "Choose one of your own orders."),
            ({"order_id": "2147483648000"}, "Choose one of your own orders."),
            ({"order_id": "' or 1=1"}, "Choose one of your own orders."),
        ):
            with self.subTest(values=values):
                response, case = self._file(product="Seal 12", **values)
                self.assertFalse(case)
                self.assertIn(message, response.text)
                self.assertIn("Seal 12", response.text)
                self.assertNotIn(foreign.name, response.text)

    def test_files_are_limited_and_nothing_typed_is_lost(self):
        self._login(self.li)
        large = [("attachments", ("large.bin", b"0" * 25 * 1024**2))]
        many = [("attachments", (f"{i}.txt", b"x")) for i in range(6)]
        for files, message in (
            (large, "large.bin is larger than 20 MB"),
            (many, "These are 6 files. Attach 5 at most"),
        ):
            with self.subTest(message=message):
                response, case = self._file(files=files, token="once")
                self.assertFalse(case)
                self.assertIn(message, response.text)
                self.assertIn("Choose the files again.", response.text)
                for text in (FILED["name"], FILED["description"], 'value="once"'):
                    self.assertIn(text, response.text)
                response = self._post(
                    f"/my/cases/{self.case.id}/message", files, body="Look at this"
                )
                self.assertIn(message, response.text)
                self.assertIn("Look at this</textarea>", response.text)
        self.assertFalse(self.case.message_ids.attachment_ids)

    def test_second_click_makes_no_second_case(self):
        self._login(self.li)
        page = html.fromstring(self._get("/my/cases/new").text)
        (token,) = page.xpath("//input[@name='token']/@value")
        __, case = self._file(token=token)
        self.assertEqual(len(case), 1)
        response, second = self._file(token=token)
        self.assertFalse(second)
        self.assertTrue(response.url.endswith(f"/my/cases/{case.id}?filed=1"))
        # a token is worth nothing to anybody else
        self._login(self.wang)
        __, his = self._file(token=token)
        self.assertEqual(len(his), 1)
        # nor do two clicks that are worked on at the same time
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            his._system_write({"portal_token": f"{self.li.id}-{token}"})

    def test_simultaneous_click_leads_to_the_list(self):
        self._login(self.li)
        with patch.object(
            type(self.case), "_create_from_portal", side_effect=UniqueViolation
        ):
            response, case = self._file()
        self.assertFalse(case)
        self.assertTrue(response.url.endswith("/my/cases"))

    def test_csrf_token_is_needed(self):
        self._login(self.li)
        self.case._system_write({"state": "confirmation"})
        for path, values in (
            ("new", FILED),
            (f"{self.case.id}/message", {"body": "x"}),
            (
                f"{self.case.id}/confirm",
                {"result": "satisfied", "score": "5", "comment": "x"},
            ),
        ):
            with self.subTest(path=path), mute_logger("odoo.http"):
                response = self.url_open(f"/my/cases/{path}", data=values)
                self.assertEqual(response.status_code, 400)
        self.assertEqual(self.case.state, "confirmation")
        self.assertFalse(self.case.confirmation)

    def test_employees_do_not_file_here(self):
        self._login(self.rep)
        response, case = self._file()
        self.assertFalse(case)
        self.assertTrue(response.url.endswith("/my/cases"))
        self.assertFalse(self._texts(response, "//a[@href='/my/cases/new']"))
        with self.assertRefused(AccessError, "for customers"):
            self.env["customer.complaint"].with_user(self.rep)._create_from_portal(
                FILED
            )

    # ------------------------------------------------------------ follow

    def test_customer_follows_his_cases(self):
        self._login(self.li)
        closed = self._case(name="Old hat")
        closed._system_write({"state": "closed"})
        self._case(name="Of the rival", partner_id=self.other.id)
        rows = "//table[contains(@class, 'o_portal_my_doc_table')]/tbody/tr"
        for query, numbers in (
            ("", [closed.number, self.case.number]),
            ("?filterby=open", [self.case.number]),
            ("?filterby=closed", [closed.number]),
            ("?sortby=state", [closed.number, self.case.number]),
            ("?search=hat", [closed.number]),
            (f"?search={self.case.number}&search_in=number", [self.case.number]),
            ("?search=hat&search_in=number", []),
            ("?search=rival", []),
            # what is no choice is taken for none
            ("?filterby=x&sortby=user_id&search_in=cause&search=hat", [closed.number]),
        ):
            with self.subTest(query=query):
                found = self._texts(self._get(f"/my/cases{query}"), f"{rows}/td[1]")
                self.assertEqual(found, numbers)
        self.assertEqual(self._count(), 2)

    def _count(self):
        values = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["complaint_count"]}
        )
        return values["complaint_count"]

    def test_list_has_pages(self):
        self._login(self.li)
        self._case(name="Second")
        with patch(
            "odoo.addons.portal.controllers.portal.CustomerPortal._items_per_page", 1
        ):
            pages = [self._get(f"/my/cases{page}").text for page in ("", "/page/2")]
        self.assertIn("Second", pages[0])
        self.assertNotIn(self.case.number, pages[0])
        self.assertIn(self.case.number, pages[1])

    def test_states_in_words_for_the_customer(self):
        for state, words in (
            ("new", "Received"),
            ("contacted", "Contacted"),
            ("investigating", "In Progress"),
            ("proposed", "In Progress"),
            ("decision", "In Progress"),
            ("executing", "In Progress"),
            ("confirmation", "Waiting for Your Confirmation"),
            ("closed", "Closed"),
            ("rejected", "Refused"),
        ):
            self.case._system_write({"state": state, "refusal_reason": "Not ours"})
            values = self.case._get_portal_values()
            self.assertEqual(values["state_label"], words)
            shown = "Not ours" if state == "rejected" else False
            self.assertEqual(values["refusal_reason"], shown)

    def test_letters(self):
        """B18: what was dispatched is the answer, and he downloads it."""
        self.case._system_write({"state": "executing"})
        letters = [
            {
                "id": 7,
                "name": "FW-7",
                "date": self.case.received_at,
                "body": Markup("<p>All is <b>well</b></p>"),
                "has_file": True,
            }
        ]
        letter = "FW-7.pdf", b"%PDF letter"
        url = f"/my/cases/{self.case.id}"
        self._login(self.li)
        self.assertEqual(self._get(f"{url}/letter/7").status_code, 404)
        complaint = type(self.case)
        with (
            patch.object(complaint, "_get_portal_letters", return_value=letters),
            patch.object(complaint, "_get_portal_letter", return_value=letter),
        ):
            page = self._get(url)
            self.assertIn("Answered", page.text)
            self.assertIn("<p>All is <b>well</b></p>", page.text)
            self.assertIn(f'href="{url}/letter/7"', page.text)
            response = self._get(f"{url}/letter/7")
            self.assertEqual(response.content, b"%PDF letter")
            self.assertIn("FW-7.pdf", response.headers["Content-Disposition"])
            self._login(self.rival)
            self.assertEqual(self._get(f"{url}/letter/7").status_code, 404)

    def test_pages_show_nothing_internal(self):
        """Neither what the staff found and decided nor their notes and names."""
        measure = self._measure(name=f"{SECRET} measure")
        measure.complaint_id = self.case
        self.case.write(
            {
                "cause": f"{SECRET} cause",
                "evidence": f"{SECRET} evidence",
                "solution": f"{SECRET} solution",
                "counter_demand": f"{SECRET} demand",
                "liable_user_id": self.rep.id,
                "user_id": self.keeper.id,
                "compensation": 4711,
            }
        )
        self.case._system_write({"refusal_reason": f"{SECRET} reason"})
        self.case._log("routed", note=f"{SECRET} log")
        self.case.message_post(body=f"{SECRET} note", subtype_xmlid="mail.mt_note")
        self.case.message_post(
            body=f"{SECRET} note to him",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.li.partner_id.ids,
        )
        self._say(
            self.case,
            body=f"{SECRET} among the staff",
            partner_ids=self.keeper.partner_id.ids,
        )
        self._say(
            self.case,
            body=f"{SECRET} internal",
            partner_ids=self.li.partner_id.ids,
            is_internal=True,
        )
        hidden = self._say(
            self.case,
            body=f"{SECRET} file",
            attachments=[("hidden.txt", b"hidden")],
        )
        shown = self._say(
            self.case,
            author_id=self.keeper.partner_id.id,
            body="We come on Monday",
            partner_ids=self.li.partner_id.ids,
            attachments=[("plan.txt", b"plan")],
        )
        self._login(self.li)
        response = self._get(f"/my/cases/{self.case.id}")
        for word in (SECRET, self.keeper.name, self.rep.name, "4711", "hidden.txt"):
            self.assertNotIn(word, response.text)
        (message,) = self._texts(response, "//div[contains(@class, 'o_case_message ')]")
        self.assertIn("Customer Service", message)
        self.assertIn("We come on Monday", message)
        url = f"/my/cases/{self.case.id}/file"
        plan = self._get(f"{url}/{shown.attachment_ids.id}")
        self.assertEqual(plan.content, b"plan")
        response = self._get(f"{url}/{hidden.attachment_ids.id}")
        self.assertEqual(response.status_code, 404)

    def test_customer_comments(self):
        """B18: whoever works on the case is told."""
        self.keeper.notification_type = "inbox"
        self._login(self.li)
        response = self._post(
            f"/my/cases/{self.case.id}/message",
            [("attachments", ("photo.png", b"photo"))],
            body="Still <b>leaking</b>",
            author_id=self.keeper.partner_id.id,
            attachment_ids="1",
            partner_ids=self.rep.partner_id.id,
        )
        self.assertIn("We have received your answer.", response.text)
        message = self.case.message_ids[0]
        self.assertRecordValues(
            message,
            [
                {
                    "author_id": self.li.partner_id.id,
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "body": "<p>Still &lt;b&gt;leaking&lt;/b&gt;</p>",
                }
            ],
        )
        self.assertEqual(message.attachment_ids.mapped("name"), ["photo.png"])
        self.assertRecordValues(
            message.notification_ids,
            [
                {
                    "res_partner_id": self.keeper.partner_id.id,
                    "notification_type": "inbox",
                    "is_read": False,
                }
            ],
        )
        response = self._post(f"/my/cases/{self.case.id}/message", body=" ")
        self.assertIn("Write a message or attach a file.", response.text)
        self.case._system_write({"state": "closed"})
        self._post(f"/my/cases/{self.case.id}/message", body="Thanks again")
        self.assertIn("Thanks again", self.case.message_ids[0].body)

    def test_department_is_told_while_nobody_is_named(self):
        self.case.write({"receiver_id": False, "user_id": False})
        self._login(self.li)
        self._post(f"/my/cases/{self.case.id}/message", body="Hello?")
        self.assertIn(
            self.keeper.partner_id,
            self.case.message_ids[0].notification_ids.res_partner_id,
        )

    def test_markup_is_escaped(self):
        self._login(self.li)
        script = "<script>alert(1)</script>"
        response, case = self._file(name=script, description=script, product=script)
        self._post(f"/my/cases/{case.id}/message", body=script)
        for page in (response, self._get("/my/cases"), self._file(name=script)[0]):
            self.assertNotIn(script, page.text)
            self.assertIn("&lt;script&gt;", page.text)
        self.assertNotIn(script, self._get(f"/my/cases/{case.id}").text)

    # ------------------------------------------------------------ confirm

    def test_customer_confirms(self):
        """B21: only when he is asked, with score and comment."""
        self._login(self.li)
        url = f"/my/cases/{self.case.id}/confirm"
        answer = {"result": "satisfied", "score": "4", "comment": "很好"}
        response = self._post(url, **answer)
        self.assertIn("does not wait for your confirmation", response.text)
        self.assertFalse(self.case.confirmation)
        self.case._system_write({"state": "confirmation"})
        for wrong in (
            {"result": "unreachable"},
            {"result": "closed"},
            {"score": "0"},
            {"score": "6"},
            {"score": ""},
            {"comment": " "},
        ):
            with self.subTest(wrong=wrong):
                response = self._post(url, **answer | wrong)
                self.assertIn("Choose whether you are satisfied", response.text)
                self.assertFalse(self.case.confirmation)
        with patch.object(
            type(self.case), "_record_confirmation", autospec=True
        ) as record:
            self._post(url, **answer, by="Boss", medium="phone", state="closed")
        record.assert_called_once_with(
            self.case, "satisfied", "Li", 4, "很好", "portal"
        )
        response = self._post(url, **answer)
        self.assertRecordValues(
            self.case,
            [
                {
                    "confirmation": "satisfied",
                    "confirmed_by": "Li",
                    "score": 4,
                    "score_comment": "很好",
                }
            ],
        )
        self.assertIn("很好", response.text)

    def test_nobody_confirms_for_the_customer_by_rpc(self):
        for user in (self.li, self.rival, self.keeper):
            for method in (
                "_record_confirmation",
                "_confirm_from_portal",
                "_create_from_portal",
                "_comment_from_portal",
                "_get_portal_values",
                "_get_portal_cases",
            ):
                with self.assertRefused(AccessError, "[Pp]rivate"):
                    self._rpc(user, "customer.complaint", method, self.case.ids, {})

    # ------------------------------------------------------------ others

    def test_colleague_follows_the_cases_of_his_company(self):
        self._login(self.wang)
        response = self._get(f"/my/cases/{self.case.id}")
        self.assertIn(self.case.name, response.text)
        self.assertEqual(self._count(), 1)

    def test_others_get_what_is_missing(self):
        """Another's case is answered like none: numbers cannot be tried out."""
        self._say(self.case, body="x", author_id=self.li.partner_id.id)
        mine = self._case(partner_id=self.other.id)
        message = self._say(
            self.case,
            author_id=self.li.partner_id.id,
            body="x",
            attachments=[("his.txt", b"his")],
        )
        file_id = message.attachment_ids.id
        self.case._system_write({"state": "confirmation"})
        missing = self.case.search([], order="id desc", limit=1).id + 1000
        lone = new_test_user(self.env, "lone", groups="base.group_portal")
        answer = {"result": "satisfied", "score": "5", "comment": "x", "body": "x"}
        count = len(self.case.message_ids)
        for user in (self.rival, lone, self.outsider, self.keeper):
            self._login(user)
            for case_id in (self.case.id, missing, 2**31 - 1, 2**31, 10**30):
                for path in ("", f"/file/{file_id}"):
                    url = f"/my/cases/{case_id}{path}"
                    with self.subTest(user=user.login, url=url):
                        response = self._get(url)
                        self.assertEqual(response.status_code, 404)
                        self.assertNotIn(self.case.number, response.text)
                for path in ("message", "confirm"):
                    url = f"/my/cases/{case_id}/{path}"
                    with self.subTest(user=user.login, url=url):
                        self.assertEqual(self._post(url, **answer).status_code, 404)
            self.assertNotIn(self.case.number, self._get("/my/cases").text)
        # a file is not got through a case of one's own
        self._login(self.rival)
        response = self._get(f"/my/cases/{mine.id}/file/{file_id}")
        self.assertEqual(response.status_code, 404)
        self.assertEqual(len(self.case.message_ids), count)
        self.assertFalse(self.case.confirmation)
        self.assertEqual(self._count(), 1)

    def test_nobody_is_sent_to_the_login(self):
        self.authenticate(None, None)
        for path in ("", "/new", f"/{self.case.id}", f"/{self.case.id}/file/1"):
            response = self._get(f"/my/cases{path}")
            self.assertIn("/web/login", response.url)
            self.assertNotIn(self.case.name, response.text)
        for path in ("new", f"{self.case.id}/message", f"{self.case.id}/confirm"):
            response = self._post(f"/my/cases/{path}", **FILED)
            self.assertIn("/web/login", response.url)

    def test_other_company_of_the_group(self):
        """A customer follows only what the companies hold that serve him."""
        company = self.env["res.company"].create({"name": "Second Company"})
        self.case._system_write({"company_id": company.id})
        self._login(self.li)
        self.assertEqual(self._get(f"/my/cases/{self.case.id}").status_code, 404)
        self.li.company_ids = [Command.link(company.id)]
        self.assertEqual(self._get(f"/my/cases/{self.case.id}").status_code, 200)

    def test_portal_users_have_no_right_to_cases(self):
        message = self._say(
            self.case,
            author_id=self.li.partner_id.id,
            body="x",
            attachments=[("his.txt", b"his")],
        )
        attachment = message.attachment_ids
        self.case._log("routed")
        records = (
            (self.case, {"name": "x"}),
            (self.case.log_ids[0], {"note": "x"}),
            (attachment, {"name": "x"}),
        )
        for user in (self.li, self.rival):
            for record, values in records:
                calls = (
                    ("read", record.ids, list(values)),
                    ("write", record.ids, values),
                    ("unlink", record.ids),
                )
                for method, *args in calls:
                    with (
                        self.subTest(user=user.login, model=record._name, call=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, record._name, method, *args)
            for model in ("customer.complaint", "customer.complaint.log"):
                for method, *args in (
                    ("search", []),
                    ("search_read", [], ["id"]),
                    ("formatted_read_group", [], ["company_id"], ["__count"]),
                    ("create", [{"name": "x"}]),
                ):
                    with (
                        self.subTest(user=user.login, model=model, call=method),
                        self.assertRefused(AccessError),
                    ):
                        self._rpc(user, model, method, *args)
                with self.assertRefused(UserError, "to export|not allowed to access"):
                    self._rpc(user, model, "export_data", self.case.ids, ["id"])
            domain = [("model", "=", "customer.complaint")]
            self.assertFalse(self._rpc(user, "mail.message", "search", domain))
            with self.assertRefused(AccessError):
                self._rpc(user, "mail.message", "read", message.ids, ["body"])

    def test_doors_of_core_stay_shut(self):
        message = self._say(
            self.case,
            author_id=self.li.partner_id.id,
            body="x",
            attachments=[("his.txt", b"his")],
        )
        attachment = message.attachment_ids
        attachment.generate_access_token()
        thread = {"thread_model": self.case._name, "thread_id": self.case.id}
        self._login(self.li)
        for url in (
            f"/web/content/{attachment.id}",
            f"/web/content/{attachment.id}?access_token={attachment.access_token}",
            f"/web/content/customer.complaint/{self.case.id}/description",
        ):
            self.assertEqual(self._get(url).status_code, 404, url)
        count = len(self.case.message_ids)
        for url, params in (
            ("/mail/message/post", {**thread, "post_data": {"body": "x"}}),
            (
                "/mail/message/post",
                {
                    **thread,
                    "post_data": {
                        "body": "x",
                        "message_type": "comment",
                        "subtype_xmlid": "mail.mt_comment",
                    },
                    "token": "x",
                    "pid": self.li.partner_id.id,
                    "hash": "x",
                },
            ),
        ):
            with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(url, params)
        for url, params in (
            ("/mail/thread/messages", thread),
            ("/portal/chatter_init", thread),
            ("/mail/data", {"fetch_params": [["mail.thread", thread]]}),
            (
                "/mail/data",
                {
                    "fetch_params": [
                        [
                            "mail.thread",
                            {**thread, "request_list": ["attachments", "followers"]},
                        ]
                    ]
                },
            ),
        ):
            with self.subTest(url=url), mute_logger("odoo.http"):
                try:
                    answer = str(self.make_jsonrpc_request(url, params))
                except JsonRpcException:
                    continue
                for word in (self.case.number, self.case.name, "his.txt"):
                    self.assertNotIn(word, answer)
        self.assertEqual(len(self.case.message_ids), count)

    # ------------------------------------------------------------ in the browser

    def test_tour(self):
        lone = self._portal_user("lone", self._customer("Heron Ltd"))
        self.start_tour("/my", "customer_archive_portal_file", login=lone.login)
        case = self.env["customer.complaint"].search(
            [("contact_id", "=", lone.partner_id.id)]
        )
        self.assertRecordValues(
            case, [{"kind": "quality", "name": "密封圈漏水", "channel": "web"}]
        )
        self.assertIn("When do you come?", case.message_ids[0].body)
        case._system_write({"state": "confirmation"})
        self.start_tour(
            "/my/cases", "customer_archive_portal_confirm", login=lone.login
        )
        self.assertRecordValues(
            case,
            [
                {
                    "confirmation": "satisfied",
                    "score": 4,
                    "score_comment": "Quick and friendly.",
                    "confirmed_by": lone.name,
                }
            ],
        )
