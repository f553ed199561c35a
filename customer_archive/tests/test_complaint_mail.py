from email.message import EmailMessage
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import CustomerArchiveCommon

MAILS = Path(__file__).parent / "eml"


@tagged("post_install", "-at_install")
class TestComplaintMail(CustomerArchiveCommon, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {
                "name": "archive.example",
                "bounce_alias": "bounce",
                "catchall_alias": "catchall",
            }
        )
        cls.team = cls.env.ref(
            "customer_archive.customer_service_team_customer_service"
        )
        cls.team.alias_name = "complaints"
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Wang Fang",
                "parent_id": cls.partner.id,
                "email": "Wang.Fang@dragon.example",
            }
        )

    def _receive(self, mail, user=None):
        """Return the cases that come out of ``mail``: bytes, or the name of a file."""
        if isinstance(mail, str):
            mail = (MAILS / f"{mail}.eml").read_bytes()
        known = self.env["customer.complaint"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].with_user(user or self.env.user).message_process(
                False, mail
            )
        return self.env["customer.complaint"].search([]) - known

    def _mail(self, body="Again.", sender="wang.fang@dragon.example", **headers):
        """Return the bytes of a plain mail to the department."""
        values = {
            "From": sender,
            "To": "complaints@archive.example",
            "Subject": "Leaking",
            "Message-ID": "<plain@dragon.example>",
            "Content-Type": "text/plain; charset=utf-8",
        }
        values |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in values.items()]
        return "\r\n".join([*lines, "", body]).encode()

    # ------------------------------------------------------------ who and what

    def test_mail_of_a_contact_opens_a_case_of_his_customer(self):
        case = self._receive("gb2312_plain")
        self.assertRecordValues(
            case,
            [
                {
                    "name": "密封圈漏水",
                    "channel": "email",
                    "kind": "problem",
                    "state": "new",
                    "partner_id": self.partner.id,
                    "contact_id": self.contact.id,
                    "complainant": "王芳",
                    "email": "wang.fang@dragon.example",
                    "receiver_team_id": self.team.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(case.description, "您好：\n三月的密封圈漏水。\n王芳")
        self.assertRegex(case.number, r"^TS-")
        self.assertTrue(case.contact_due)
        self.assertIn(case.receiver_id, self.team._get_members(self.company))
        # the mail as it came is the first message
        mail = case.message_ids.filtered(lambda mail: mail.message_type == "email")
        self.assertEqual(mail.author_id, self.contact)
        self.assertIn("密封圈漏水", mail.body)

    def test_unknown_sender_is_left_open(self):
        case = self._receive("unknown_sender")
        self.assertFalse(case.partner_id)
        self.assertEqual(case.complainant, "Nobody Known")
        self.assertEqual(case.email, "nobody@nowhere.example")
        self.assertEqual(case.description, "It was due on Monday.")
        # customer service finds out whose it is
        case.with_user(case.receiver_id).partner_id = self.partner
        self.assertEqual(case.partner_id, self.partner)

    def test_address_of_two_customers_is_left_open(self):
        other = self._customer("Phoenix Ltd", email="wang.fang@dragon.example")
        case = self._receive("utf8_base64")
        self.assertFalse(case.partner_id)
        note = case.message_ids.filtered(lambda note: "2 customers" in note.body)
        self.assertIn(self.partner.name, note.body)
        self.assertIn(other.name, note.body)

    def test_address_of_two_contacts_of_a_customer(self):
        self.contact.copy({"parent_id": self.partner.id, "name": "Office"})
        case = self._receive("utf8_base64")
        self.assertEqual(case.partner_id, self.partner)
        self.assertFalse(case.contact_id)

    def test_colleagues_are_no_customers(self):
        self.rep.email = "rep@archive-staff.example"
        case = self._receive(self._mail(sender="rep@archive-staff.example"))
        self.assertFalse(case.partner_id)
        self.assertEqual(case.create_uid, self.rep)

    def test_who_feeds_the_gateway_has_logged_nothing(self):
        """An employee who calls the gateway does not read what came out."""
        self.team.alias_id.alias_status = "valid"
        case = self._receive("gb2312_plain", user=self.outsider)
        self.assertEqual(case.create_uid, self.env.ref("base.user_root"))
        self.assertFalse(case._filter_readable(self.outsider))

    # ------------------------------------------------------------ encodings

    def test_characters_beyond_the_stated_encoding(self):
        case = self._receive("gbk_said_gb2312")
        self.assertEqual(case.name, "朱镕基路仓库漏水")
        self.assertEqual(case.description, "朱镕基路的仓库漏水。")

    def test_base64_with_quotation(self):
        case = self._receive("utf8_base64")
        self.assertEqual(case.name, "电机噪音大")
        self.assertIn("> 上次的邮件", case.description)

    def test_html_with_an_inline_image(self):
        case = self._receive("html_inline_image")
        self.assertIn("leaks", case.description)
        self.assertIn("–", case.description)
        attachment = case.message_ids.attachment_ids
        self.assertEqual(attachment.name, "seal.png")
        self.assertEqual(attachment.res_id, case.id)

    def test_wrong_or_unknown_encoding(self):
        for name in ("unknown_charset", "wrong_charset"):
            case = self._receive(name)
            self.assertEqual(case.description, "阀门漏水。", name)

    def test_broken_bytes(self):
        case = self._receive("broken_bytes")
        self.assertIn("Leaks", case.description)
        self.assertIn("badly", case.description)

    # ------------------------------------------------------------ little or much

    def test_empty_subject(self):
        case = self._receive("empty_subject")
        self.assertEqual(case.name, "The pump stopped again.")

    def test_empty_body(self):
        case = self._receive("empty_body")
        self.assertEqual(case.name, "Call me back")
        self.assertEqual(case.description, "Call me back")

    def test_empty_mail(self):
        case = self._receive("empty_all")
        self.assertEqual(case.name, "The mail has no text.")
        self.assertEqual(case.complainant, "wang.fang@dragon.example")

    def test_attachment_with_a_chinese_name(self):
        case = self._receive("chinese_file_name")
        self.assertEqual(case.message_ids.attachment_ids.name, "检验报告.pdf")

    def test_mail_in_a_mail(self):
        case = self._receive("nested_mail")
        self.assertIn("Our customer wrote this.", case.description)
        self.assertIn("It leaks in the cellar.", case.description)
        attachment = case.message_ids.attachment_ids
        self.assertIn(b"It leaks in the cellar.", attachment.raw)

    def test_attachment_of_20_megabytes(self):
        mail = EmailMessage()
        mail["From"] = "wang.fang@dragon.example"
        mail["To"] = "complaints@archive.example"
        mail["Subject"] = "Video"
        mail["Message-ID"] = "<video@dragon.example>"
        mail.set_content("See the video.")
        video = b"\x00\x01" * (10 * 2**20)
        mail.add_attachment(video, maintype="video", subtype="mp4", filename="leak.mp4")
        case = self._receive(mail.as_bytes())
        self.assertEqual(case.message_ids.attachment_ids.file_size, len(video))

    def test_data_that_do_not_fit_are_left_out(self):
        """An alias that sets an archived default, say: the case is opened."""
        self.team.alias_id.alias_defaults = (
            f"{{'service_team_id': {self.team.id}, 'user_id': 0, 'kind': 'gone'}}"
        )
        with mute_logger("odoo.addons.customer_archive.models.customer_complaint_mail"):
            case = self._receive("utf8_base64")
        self.assertEqual(case.kind, "problem")
        self.assertEqual(case.description.splitlines()[0], "电机噪音大。")

    # ------------------------------------------------------------ machines

    def test_automatic_answers_open_no_case(self):
        for name in (
            "out_of_office",
            "autoreply_header",
            "null_return_path",
            "own_address",
            "bounce",
        ):
            self.assertFalse(self._receive(name), name)
            self.assertFalse(self._new_mails, name)

    def test_mails_of_a_system_of_the_customer_open_a_case(self):
        self.assertEqual(self._receive("generated").name, "8D request 4711")

    def test_the_same_mail_again(self):
        self.assertEqual(len(self._receive("utf8_base64")), 1)
        self.assertFalse(self._receive("utf8_base64"))

    def test_too_many_mails_of_one_sender(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        for number in range(3):
            self.assertTrue(
                self._receive(self._mail(Message_ID=f"<many{number}@dragon.example>"))
            )
        self.assertFalse(self._receive(self._mail(Message_ID="<many@dragon.example>")))

    # ------------------------------------------------------------ replies

    def _answer(self, case, **headers):
        mail = case.message_ids.filtered(lambda mail: mail.message_type == "email")
        return self._mail(
            body="And now the cellar is wet.",
            Message_ID="<answer@dragon.example>",
            In_Reply_To=mail[:1].message_id,
            **headers,
        )

    def test_reply_comes_into_the_chatter(self):
        case = self._receive("utf8_base64")
        self.assertFalse(self._receive(self._answer(case)))
        self.assertIn("cellar is wet", case.message_ids[0].body)

    def test_automatic_reply_comes_into_the_chatter_unanswered(self):
        case = self._receive("utf8_base64")
        answer = self._answer(case, Auto_Submitted="auto-replied")
        self.assertFalse(self._receive(answer))
        self.assertIn("cellar is wet", case.message_ids[0].body)
        # the receiver hears of it, nobody outside
        self.assertEqual(self._new_mails.recipient_ids, case.receiver_id.partner_id)
        self.assertFalse(self._new_mails.email_to)

    def test_reply_to_a_closed_case_is_not_lost(self):
        for state in ("closed", "rejected"):
            case = self._receive(self._mail(Message_ID=f"<{state}@dragon.example>"))
            case._system_write({"state": state})
            case.activity_ids.unlink()
            mail = self._answer(case).replace(b"<answer@", f"<{state}2@".encode())
            self.assertFalse(self._receive(mail))
            self.assertIn("cellar is wet", case.message_ids[0].body)
            self.assertEqual(case.activity_ids.user_id, case.receiver_id)
            self.assertEqual(case.state, state)

    # ------------------------------------------------------------ departments

    def test_address_of_a_handling_department(self):
        """B7: customer service receives the case all the same."""
        technical = self.env.ref("customer_archive.customer_service_team_technical")
        technical.alias_name = "technical"
        case = self._receive(self._mail(To="technical@archive.example"))
        self.assertEqual(case.receiver_team_id, self.team)
        self.assertEqual(case.department_id, technical)

    def test_address_of_a_group_that_receives_another_kind(self):
        group = self.env.ref("customer_archive.customer_service_team_follow_up")
        group.alias_name = "followup"
        case = self._receive(self._mail(To="followup@archive.example"))
        self.assertEqual(case.kind, "technical")
        self.assertEqual(case.receiver_team_id, group)
        self.assertEqual(case.receiver_id, self.fug)

    def test_company_of_the_department(self):
        company = self.env["res.company"].create({"name": "Subsidiary"})
        self.keeper.company_ids += company
        department = self.env["customer.service.team"].create(
            {
                "name": "Subsidiary Service",
                "company_id": company.id,
                "alias_name": "subsidiary",
                "alias_domain_id": self.company.alias_domain_id.id,
            }
        )
        case = self._receive(self._mail(To="subsidiary@archive.example"))
        self.assertEqual(case.company_id, company)
        self.assertEqual(case.department_id, department)
        self.assertEqual(case.receiver_id, self.keeper)

    # ------------------------------------------------------------ attacks

    def test_clients_do_not_open_cases_from_mails(self):
        mail = {"email_from": "wang.fang@dragon.example", "body": "Leaks"}
        for user in (self.rep2, self.keeper, self.outsider):
            with self.assertRefused(AccessError):
                self._rpc(user, "customer.complaint", "message_new", mail)

    def test_clients_do_not_file_mails_in_a_case(self):
        case = self._case()
        mail = self._mail().decode()
        for user in (self.rep2, self.outsider, self.keeper):
            for thread_id in (case.id, None):
                with self.assertRefused(AccessError, "mail gateway"):
                    self._rpc(
                        user,
                        "mail.thread",
                        "message_process",
                        "customer.complaint",
                        mail,
                        thread_id=thread_id,
                    )
        self.assertNotIn("Again", "".join(case.message_ids.mapped("body")))

    def test_clients_do_not_update_a_case_by_mail(self):
        case = self._case()
        for user in (self.rep2, self.outsider):
            with self.assertRefused(AccessError):
                self._rpc(
                    user,
                    "customer.complaint",
                    "message_update",
                    case.ids,
                    {},
                    {"name": "Forged"},
                )
        case._system_write({"state": "closed"})
        self._rpc(self.keeper, "customer.complaint", "message_update", case.ids, {})
        self.assertFalse(case.activity_ids)
