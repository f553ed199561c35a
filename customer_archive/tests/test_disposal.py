import os
from base64 import b64encode
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CustomerArchiveCommon

# each is found in one place only
WORDS = {
    "customer": "Quokkaworks",
    "address": "Numbatlane",
    "email": "bilbymail",
    "vat": "PotorooVAT",
    "phone": "4415550199",
    "comment": "wombatnote",
    "needs": "echidnaneed",
    "background": "dunnartpast",
    "number_of_contact": "Quollperson",
    "contact_email": "cassowarymail",
    "bank": "GB33BUKB20201555555555",
    "bank_holder": "Pademelonholder",
    "file": "bandicootfile",
    "file_name": "wallabyname",
    "message": "kookaburratalk",
    "tracking": "galahtracked",
    "activity": "emutodo",
    "done_activity": "brolgadone",
    "lead": "taipandeal",
    "lead_note": "goannanote",
    "meeting": "lorikeetmeeting",
    "shared_meeting": "corellashared",
    "contract": "cuscuscontract",
    "contract_file": "gliderpages",
    "document": "possumpaper",
    "document_file": "dugongscan",
    "dealing": "platypusdeal",
    "change": "thornbillold",
    "information": "fairywreninfo",
    "information_result": "bowerbirdresult",
    "comment_of_approval": "currawongsays",
    "log": "magpiereason",
    "measure": "bustardcause",
    "access": "lyrebirdpurpose",
    "quotation": "rosellaquote",
    "quotation_line": "budgerigarline",
    "scheduled": "cockatielsoon",
    "mail": "curlewmail",
    "loose_mail": "spoonbillloose",
    "verification": "jabiruconfirms",
    "portal_login": "ibislogin",
    "profile": "kangaroohabit",
    "dialog": "wallaroodialog",
    "filename_message": "termitefile",
    "permit": "bettongpurpose",
    "permit_item": "sugarglideritem",
    "case": "tuataraleak",
    "case_matter": "keamatter",
    "case_phone": "kakaponumber",
    "case_cause": "mokocause",
    "case_solution": "wetasolution",
    "case_log": "ruruattempt",
    "case_message": "tuichatter",
    "case_file": "pukekofile",
    "case_task": "takahetask",
    "case_measure": "moreporkmeasure",
    "letter": "katipoletter",
    "letter_text": "kerurubody",
    "letter_reply": "huiareply",
    "service_log": "moalog",
    "service_place": "huttplace",
    "service_part": "tarapart",
    "service_photo": "titiphoto",
    "service_signer": "pekasigner",
    "form": "kiwiform",
    "form_answer": "weiroanswer",
    "case_dialog": "hihidialog",
}


class DisposalCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duty = cls.env.ref("customer_archive.customer_duty_disposal_candidates")

    @classmethod
    def _candidate(cls, dossier=None, origin="inactive"):
        return cls.env["customer.disposal"]._open(dossier or cls._dossier(), origin)

    @classmethod
    def _approved(cls, dossier=None, **decision):
        disposal = cls._candidate(dossier)
        cls._decide(disposal, **decision)
        disposal.with_user(cls.mdo).action_approve(decision.get("comment"))
        return disposal

    @classmethod
    def _decide(cls, disposal, **values):
        values = {
            "decision": "destroy",
            "reason_kind": "no_need",
            "reason": "Never answered",
            "date_until": False,
            **values,
        }
        values.pop("comment", None)
        dialog_id = cls._rpc(
            cls.keeper,
            "customer.disposal.decide",
            "create",
            {"disposal_id": disposal.id, **values},
        )
        cls._rpc(cls.keeper, "customer.disposal.decide", "action_decide", [dialog_id])

    @classmethod
    def _destroy(cls, disposals, user=None, paper=False):
        user = user or cls.keeper
        dialog_id = cls._rpc(
            user,
            "customer.disposal.destroy",
            "create",
            {
                "disposal_ids": [Command.set(disposals.ids)],
                "paper_destroyed": paper,
            },
        )
        cls._rpc(user, "customer.disposal.destroy", "action_destroy", [dialog_id])

    def _run(self, name="open_candidates", day="2030-01-01"):
        day = fields.Date.to_date(day)
        disposals = self.env["customer.disposal"]
        getattr(disposals, f"_duty_{name}")(self.duty, day - timedelta(days=1), day)
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestDisposalErasure(DisposalCommon):
    """Nothing of a destroyed customer is left in the database and the file store."""

    def setUp(self):
        """Not for the class: the file store knows no rollback."""
        super().setUp()
        self.env = self.env(
            context={
                **self.env.context,
                "tracking_disable": False,
                "mail_notrack": False,
                "mail_create_nolog": False,
            }
        )
        word = WORDS
        customer = self._customer(
            f"{word['customer']} Ltd",
            street=f"1 {word['address']}",
            email=f"info@{word['email']}.example",
            phone=f"+{word['phone']}",
            comment=word["comment"],
        )
        customer.vat = word["vat"]
        self.customer = customer
        self.contact = self._customer(
            word["number_of_contact"],
            is_company=False,
            parent_id=customer.id,
            email=f"me@{word['contact_email']}.example",
        )
        self.dossier = self._dossier(
            partner_id=customer.id,
            needs=word["needs"],
            background=f"<p>{word['background']}</p>",
        )
        self.number = self.dossier.number
        self._plant()
        self.env.flush_all()

    def _plant(self):
        env, word, dossier = self.env, WORDS, self.dossier
        customer, contact = self.customer, self.contact
        env["res.partner.bank"].create(
            {
                "partner_id": customer.id,
                "acc_number": word["bank"],
                "acc_holder_name": word["bank_holder"],
            }
        )
        self.file = env["ir.attachment"].create(
            {
                "name": word["file_name"],
                "raw": word["file"].encode(),
                "res_model": "customer.dossier",
                "res_id": dossier.id,
            }
        )
        dossier.message_post(
            body=word["message"],
            message_type="comment",
            attachments=[(f"{word['filename_message']}.txt", b"x")],
        )
        # tracked values are written at the end of the transaction
        tracked = dossier.with_env(env)
        for reason in ("x", word["tracking"], False):
            tracked.data_invalid_reason = reason
            env.flush_all()
            env.cr.precommit.run()
        dossier.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.rep.id, note=word["activity"]
        )
        done = customer.activity_schedule(
            "mail.mail_activity_data_call",
            user_id=self.rep.id,
            summary=word["done_activity"],
        )
        done.action_feedback()
        env["crm.lead"].create(
            {
                "name": word["lead"],
                "partner_id": contact.id,
                "description": word["lead_note"],
            }
        )
        env["calendar.event"].create(
            {
                "name": word["meeting"],
                "start": "2020-01-01 08:00:00",
                "stop": "2020-01-01 09:00:00",
                "partner_ids": [Command.set([contact.id, self.rep.partner_id.id])],
            }
        )
        self.other_customer = self._customer("Another Customer")
        self.shared_meeting = env["calendar.event"].create(
            {
                "name": f"Fair with {word['customer']} Ltd and another",
                "start": "2020-01-01 08:00:00",
                "stop": "2020-01-01 09:00:00",
                "partner_ids": [Command.set([customer.id, self.other_customer.id])],
            }
        )
        env["calendar.event"].create(
            {
                "name": word["shared_meeting"],
                "start": "2020-01-01 08:00:00",
                "stop": "2020-01-01 09:00:00",
                "res_model_id": env["ir.model"]._get_id("customer.dossier"),
                "res_id": dossier.id,
            }
        )
        env["customer.contract"].create(
            {
                "dossier_id": dossier.id,
                "number": "HT-1",
                "name": word["contract"],
                "file": b64encode(word["contract_file"].encode()),
                "file_name": "contract.pdf",
            }
        )
        env["customer.document"].create(
            {
                "dossier_id": dossier.id,
                "type_id": env.ref(
                    "customer_archive.customer_document_type_power_of_attorney"
                ).id,
                "number": word["document"],
                "file": b64encode(word["document_file"].encode()),
                "file_name": "paper.pdf",
            }
        )
        env["customer.dealing"].create(
            {
                "dossier_id": dossier.id,
                "date": "2020-01-01",
                "kind": env["customer.dealing"]._fields["kind"].get_values(env)[0],
                "subject": word["dealing"],
            }
        )
        env["customer.contact.profile"].create(
            {
                "dossier_id": dossier.id,
                "contact_id": contact.id,
                "habits": word["profile"],
            }
        )
        env["customer.change"]._system_create(
            {
                "dossier_id": dossier.id,
                "res_model": "res.partner",
                "res_id": customer.id,
                "record_name": "x",
                "field_id": env["ir.model.fields"]._get("res.partner", "name").id,
                "old_value": word["change"],
                "user_id": self.rep.id,
            }
        )
        information = env["customer.information"].create(
            {
                "kind": "major",
                "subject_kind": "customer",
                "partner_id": contact.id,
                "text": f"{word['information']} of {word['customer']} Ltd",
            }
        )
        information.with_user(self.keeper).action_handle(word["information_result"])
        dossier._log("valued", word["log"])
        self._measure(dossier_id=dossier.id, cause=word["measure"])
        env["customer.access.log"]._log_access(dossier, "read", purpose=word["access"])
        permit = env["customer.access.permit"].create(
            {
                "purpose": word["permit"],
                "date_until": fields.Datetime.now() + timedelta(days=1),
            }
        )
        paper = env["customer.document"].search([("dossier_id", "=", dossier.id)])
        env["customer.access.permit.item"].create(
            {
                "permit_id": permit.id,
                "partner_id": customer.id,
                "document_id": paper.id,
                "description": word["permit_item"],
            }
        )
        self.permit = permit
        env["customer.verification"]._system_create(
            {
                "dossier_id": dossier.id,
                "date_due": "2020-01-01",
                "confirmed_by": word["verification"],
            }
        )
        self.quotation = env["sale.order"].create(
            {
                "partner_id": customer.id,
                "client_order_ref": word["quotation"],
                "state": "sent",
                "order_line": [
                    Command.create(
                        {"display_type": "line_note", "name": word["quotation_line"]}
                    )
                ],
            }
        )
        self._plant_case()
        env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": customer.id,
                "author_id": self.rep.partner_id.id,
                "body": word["scheduled"],
                "scheduled_date": fields.Datetime.now() + timedelta(days=1),
            }
        )
        env["mail.mail"].create(
            {
                "subject": "x",
                "body_html": word["mail"],
                "recipient_ids": [Command.link(contact.id)],
            }
        )
        env["mail.mail"].create(
            {
                "subject": "x",
                "body_html": f"{word['loose_mail']}: {word['customer']} Ltd called",
                "email_to": self.keeper.email,
            }
        )
        env["bus.bus"]._sendone(
            self.keeper.partner_id, "x", {"message": f"{word['customer']} Ltd"}
        )
        self.portal = env["res.users"].create(
            {
                "name": contact.name,
                "login": word["portal_login"],
                "partner_id": contact.id,
                "group_ids": [Command.set([env.ref("base.group_portal").id])],
            }
        )
        env["customer.dossier.value"].create(
            {"dossier_id": dossier.id, "reason": word["dialog"]}
        )
        env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": f"{word['customer']}_1",
                "model": "res.partner",
                "res_id": customer.id,
            }
        )
        env.flush_all()
        env.cr.precommit.run()
        env.flush_all()

    def _plant_case(self):
        """Plant a closed case from when the customer had no dossier, with all that
        belongs to it (B1-B38)."""
        env, word = self.env, WORDS
        case = self._case(
            partner_id=self.customer.id,
            name=word["case"],
            description=word["case_matter"],
            phone=word["case_phone"],
            kind="technical",
        )
        case.write({"cause": word["case_cause"], "solution": word["case_solution"]})
        case._log("attempt", note=word["case_log"])
        case.message_post(
            body=word["case_message"],
            attachments=[("a.txt", word["case_file"].encode())],
        )
        env["customer.complaint.task"].create(
            {
                "complaint_id": case.id,
                "name": word["case_task"],
                "department_id": case.department_id.id,
                "user_id": self.asg.id,
                "date_due": "2030-01-01",
            }
        )
        measure = self._measure(complaint_id=case.id, action=word["case_measure"])
        dispatch = self._answered(case)
        dispatch._keep_letter(word["letter"].encode())
        dispatch._system_write(
            {"body": word["letter_text"], "reply": word["letter_reply"]}
        )
        log = env["customer.service.log"].create(
            {
                "complaint_id": case.id,
                "user_id": self.asg.id,
                "mode": "on_site",
                "place": word["service_place"],
                "problem": word["service_log"],
                "part_ids": [Command.create({"name": word["service_part"]})],
            }
        )
        env["ir.attachment"].create(
            {
                "name": "photo.png",
                "raw": word["service_photo"].encode(),
                "res_model": log._name,
                "res_id": log.id,
            }
        )
        log.with_user(self.asg).action_plan_event()
        log._system_write({"signed_by": word["service_signer"], "state": "confirmed"})
        form = env["customer.feedback.form"].create(
            {"complaint_id": case.id, "problem": word["form"]}
        )
        form._system_write({"answer": word["form_answer"]})
        env["customer.complaint.step"].create(
            {"complaint_id": case.id, "note": word["case_dialog"]}
        )
        measure._system_write({"dossier_id": False})
        case._system_write({"dossier_id": False, "state": "closed"})
        self.case = case

    def _grep(self, words):
        """Return {word: tables with a column that contains it}, every one that can
        hold text or bytes; and «file store»."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                """SELECT table_name, column_name, data_type
                     FROM information_schema.columns
                     JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = current_schema AND table_type = 'BASE TABLE'
                      AND data_type IN ('text', 'character varying', 'jsonb', 'json',
                                        'bytea', 'character', 'ARRAY', 'name')"""
            )
        )
        by_table = {}
        for table, column, kind in columns:
            identifier = SQL.identifier(column)
            by_table.setdefault(table, []).append(
                SQL("encode(%s, 'escape')", identifier)
                if kind == "bytea"
                else SQL("%s::text", identifier)
            )
        found = {}
        for table, texts in by_table.items():
            rows = self.env.execute_query(
                SQL(
                    "SELECT word FROM unnest(%s) AS word WHERE EXISTS (SELECT FROM %s "
                    "WHERE concat_ws(' ', %s) ILIKE '%%' || word || '%%')",
                    list(words),
                    SQL.identifier(table),
                    SQL(", ").join(texts),
                )
            )
            for (word,) in rows:
                found.setdefault(word, set()).add(table)
        store = self.env["ir.attachment"]._filestore()
        for path, _dirs, names in os.walk(store):
            for name in names:
                with open(os.path.join(path, name), "rb") as file:
                    content = file.read()
                for word in words:
                    if word.encode() in content:
                        found.setdefault(word, set()).add("file store")
        return found

    def test_nothing_is_left(self):
        disposal = self._approved(self.dossier, comment=WORDS["comment_of_approval"])
        before = self._grep(WORDS.values())
        self.assertEqual(set(WORDS.values()) - before.keys(), set())
        self.assertIn("mail_tracking_value", before[WORDS["tracking"]])
        for name in ("file", "contract_file", "document_file"):
            self.assertEqual(before[WORDS[name]] & {"file store"}, {"file store"})
        self.assertGreater(len(WORDS), 40)
        orders = self.env["sale.order"].search_count([])

        with self.enter_registry_test_mode():
            self._destroy(disposal, paper=True)
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.cr.postcommit.run()

        self.assertEqual(self._grep(WORDS.values()), {})
        self.env.invalidate_all()
        self.assertRecordValues(
            self.dossier,
            [
                {
                    "state": "destroyed",
                    "number": self.number,
                    "needs": False,
                    "user_id": False,
                    "partner_id": self.customer.id,
                }
            ],
        )
        self.assertRecordValues(
            self.customer,
            [
                {
                    "name": f"Destroyed customer {self.number}",
                    "complete_name": f"Destroyed customer {self.number}",
                    "active": False,
                    "email": False,
                    "vat": False,
                    "message_follower_ids": [],
                }
            ],
        )
        self.assertFalse(self.contact.exists() or self.portal.exists())
        self.assertRecordValues(self.permit, [{"state": "expired", "purpose": "–"}])
        self.assertEqual(self.permit.item_ids.dossier_id, self.dossier)
        self.assertEqual(self.env["sale.order"].search_count([]), orders - 1)
        self.assertEqual(
            self.shared_meeting.partner_ids, self.other_customer, "others keep theirs"
        )
        self.assertEqual(self.shared_meeting.name, "Fair with – and another")
        self.assertEqual(
            self.dossier.log_ids[0].event, "destroyed", "what happened stays"
        )
        self.assertRecordValues(
            disposal,
            [
                {
                    "state": "done",
                    "number": self.number,
                    "reason": "Never answered",
                    "reason_kind": "no_need",
                    "decided_by_id": self.keeper.id,
                    "approver_id": self.mdo.id,
                    "destroyed_by_id": self.keeper.id,
                    "paper_destroyed": True,
                    "paper_destroyed_by_id": self.keeper.id,
                }
            ],
        )
        self.assertEqual(disposal.contents["customer.contract"], 1)
        self.assertEqual(disposal.contents["res.partner"], 2)
        self.assertEqual(disposal.contents["crm.lead"], 1)
        self.assertGreaterEqual(disposal.contents["mail.message"], 2)
        self.assertIn("Contract (1)", disposal.contents_summary)

    def test_open_case_forbids_it(self):
        """A customer who waits for an answer is not destroyed."""
        disposal = self._approved(self.dossier)
        self.case._system_write({"state": "investigating"})
        with self.assertRefused(UserError, r"Customer Case \(1\)"):
            self._destroy(disposal)
        self.assertTrue(self.case.exists())

    def test_shared_file_stays(self):
        """Another attachment with the same content keeps its file."""
        other = self.env["ir.attachment"].create({"name": "x", "raw": self.file.raw})
        self.assertEqual(other.store_fname, self.file.store_fname)
        disposal = self._approved(self.dossier)
        with self.enter_registry_test_mode():
            self._destroy(disposal)
            self.env.flush_all()
            self.env.cr.postcommit.run()
        self.env.invalidate_all()
        self.assertFalse(self.file.exists())
        self.assertEqual(other.raw, WORDS["file"].encode())
        self.assertFalse(disposal.paper_destroyed)
        self._rpc(
            self.keeper,
            "customer.disposal",
            "action_note_paper_destroyed",
            disposal.ids,
        )
        self.assertEqual(disposal.paper_destroyed_by_id, self.keeper)

    def test_certificate(self):
        disposal = self._approved(self.dossier)
        report = self.env["ir.actions.report"].with_user(self.mdo)
        with self.assertRefused(UserError, "no certificate yet"):
            report._render_qweb_html(
                "customer_archive.report_customer_disposal", disposal.ids
            )
        self._destroy(disposal)
        self.env.invalidate_all()
        html = (
            report.with_context(lang="en_US")
            ._render_qweb_html(
                "customer_archive.report_customer_disposal", disposal.ids
            )[0]
            .decode()
        )
        for text in (self.number, "资料销毁证明", self.mdo.name, "Never answered"):
            self.assertIn(text, html)
        for word in WORDS.values():
            self.assertNotIn(word, html)

    def test_reason_names_nobody(self):
        disposal = self._candidate(self.dossier)
        for reason in (
            "Quokkaworks does not answer",
            "asked mrs quollperson",
            "info@bilbymail.example bounced",
        ):
            with self.assertRefused(UserError, "must not name"):
                self._decide(disposal, reason=reason)
        self._decide(disposal, reason="Does not answer")
        self.assertEqual(disposal.approval_state, "pending")


@tagged("post_install", "-at_install")
class TestDisposalFlow(DisposalCommon):
    def test_wrong_roles(self):
        disposal = self._candidate()
        number = disposal.number
        strangers = (self.rep, self.bum, self.fin, self.fug, self.outsider)
        export = self.env.ref("base.group_allow_export")
        for user in strangers:
            user.group_ids = [Command.link(export.id)]
            for method, args in (
                ("read", [disposal.ids, ["number"]]),
                ("search_read", [[], ["number"]]),
                ("formatted_read_group", [[], ["state"], ["__count"]]),
                ("export_data", [disposal.ids, ["number"]]),
                ("write", [disposal.ids, {"state": "approved"}]),
                ("create", [{"dossier_id": disposal.dossier_id.id}]),
                ("unlink", [disposal.ids]),
                ("action_decide_value", [disposal.ids]),
                ("action_destroy", [disposal.ids]),
                ("action_note_paper_destroyed", [disposal.ids]),
                ("action_approve", [disposal.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, "customer.disposal", method, *args)
            for model in ("customer.disposal.decide", "customer.disposal.destroy"):
                with self.assertRefused(AccessError):
                    self._rpc(user, model, "create", {})
        for user in (self.keeper, self.mdo, self.gmo):
            self.assertEqual(
                self._rpc(user, "customer.disposal", "read", disposal.ids, ["number"])[
                    0
                ]["number"],
                number,
            )
            for method, args in (
                ("write", [disposal.ids, {"state": "approved"}]),
                ("write", [disposal.ids, {"reason": "x"}]),
                ("create", [{"dossier_id": disposal.dossier_id.id}]),
                ("unlink", [disposal.ids]),
            ):
                with (
                    self.subTest(user=user.login, call=method),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, "customer.disposal", method, *args)
        for user in (self.mdo, self.gmo):
            for method in ("action_decide_value", "action_destroy"):
                with self.assertRefused(AccessError, "Only"):
                    self._rpc(user, "customer.disposal", method, disposal.ids)

    def test_only_the_route_approves(self):
        disposal = self._candidate()
        with self.assertRefused(UserError, "is Candidate"):
            self._destroy(disposal)
        self._decide(disposal)
        self.assertEqual(disposal.state, "candidate")
        for user in (self.keeper, self.gmo):
            with self.assertRefused(UserError):
                self._rpc(user, "customer.disposal", "action_approve", disposal.ids)
        with self.assertRefused(UserError, "waits for a decision"):
            self._decide(disposal, decision="keep", date_until="2040-01-01")
        self._rpc(self.mdo, "customer.disposal", "action_approve", disposal.ids)
        self.assertRecordValues(
            disposal, [{"state": "approved", "approver_id": self.mdo.id}]
        )
        with self.assertRefused(AccessError):
            self._destroy(disposal, self.mdo)

    def test_approver_does_not_execute(self):
        self.mdo.group_ids = [
            Command.link(self.env.ref("customer_archive.group_keeper").id)
        ]
        disposal = self._approved()
        with self.assertRefused(AccessError, "another keeper"):
            self._destroy(disposal, self.mdo)
        self._destroy(disposal)
        self.assertEqual(disposal.state, "done")
        with self.assertRefused(UserError, "is Destroyed"):
            self._destroy(disposal)
        with self.assertRefused(UserError, "stays on record"):
            disposal.unlink()

    def test_rejected(self):
        disposal = self._candidate()
        self._decide(disposal)
        self._rpc(
            self.mdo, "customer.disposal", "action_reject", disposal.ids, "Ask again"
        )
        self.assertRecordValues(
            disposal, [{"state": "candidate", "approval_state": "rejected"}]
        )
        with self.assertRefused(UserError, "is Candidate"):
            self._destroy(disposal)
        self._decide(disposal)
        self.assertEqual(disposal.approval_state, "pending")

    def test_needed_by_accounting(self):
        dossier = self._dossier()
        disposal = self._approved(dossier)
        contact = self._customer(parent_id=dossier.partner_id.id, is_company=False)
        company = self.env["res.company"].create({"name": "Other"})
        order = self.env["sale.order"].create(
            {"partner_id": contact.id, "company_id": company.id}
        )
        order.action_confirm()
        with self.assertRefused(UserError, r"Sales Order \(1\)"):
            self._destroy(disposal)
        self.assertEqual(dossier.state, "preliminary")
        order._action_cancel()
        journal = self.env["account.journal"].search(
            [("type", "=", "general")], limit=1
        )
        journal = journal or self.env["account.journal"].create(
            {"name": "General", "code": "GEN", "type": "general"}
        )
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "partner_id": contact.id,
            }
        )
        with self.assertRefused(UserError, r"Journal Entry \(1\)"):
            self._destroy(disposal)
        fresh = self._candidate(self._dossier(partner_id=self._customer().id))
        move.partner_id = fresh.dossier_id.partner_id
        with self.assertRefused(UserError, r"Journal Entry \(1\)"):
            self._decide(fresh)
        self._destroy(disposal)
        self.assertEqual(dossier.state, "destroyed")

    def test_what_nobody_accounts_for_forbids_it(self):
        """A record of an addon that says nothing of destructions."""
        dossier = self._dossier()
        disposal = self._candidate(dossier)
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        account = self.env["account.analytic.account"].create(
            {"name": "x", "plan_id": plan.id, "partner_id": dossier.partner_id.id}
        )
        with self.assertRefused(UserError, r"needed by: Analytic Account \(1\)"):
            self._decide(disposal)
        account.partner_id = False
        self._decide(disposal)
        self.assertEqual(disposal.approval_state, "pending")

    def test_leak_incident(self):
        """An open one forbids the destruction, a closed one stays without the name."""
        customer = self._customer("Quokkaworks Ltd")
        dossier = self._dossier(partner_id=customer.id)
        disposal = self._approved(dossier)
        incident = self.env["customer.leak.incident"].create(
            {
                "description": "Prices of Quokkaworks Ltd got out",
                "dossier_ids": [Command.link(dossier.id)],
            }
        )
        with self.assertRefused(UserError, "leak incident"):
            self._destroy(disposal)
        incident._system_write({"state": "closed"})
        self._destroy(disposal)
        self.env.invalidate_all()
        self.assertEqual(incident.description, "Prices of – got out")
        self.assertEqual(incident.dossier_ids, dossier)

    def test_lent_out(self):
        dossier = self._dossier()
        disposal = self._approved(dossier)
        permit = self.env["customer.access.permit"].create(
            {
                "purpose": "x",
                "item_ids": [Command.create({"partner_id": dossier.partner_id.id})],
            }
        )
        permit._system_write({"state": "issued"})
        with self.assertRefused(UserError, "lent out"):
            self._destroy(disposal)
        permit._system_write({"state": "returned"})
        self._destroy(disposal)
        self.assertEqual(permit.state, "returned")

    def test_addresses_of_others_find_nothing(self):
        shared = "info@shared.example"
        other = self._customer(email=shared)
        lead = self.env["crm.lead"].create({"name": "x", "email_from": shared})
        message = other.message_post(body="x", email_from=shared)
        dossier = self._dossier(partner_id=self._customer(email=shared).id)
        self._destroy(self._approved(dossier))
        self.assertTrue(lead.exists() and message.exists())
        self.assertEqual(other.email, shared)

    def test_destroyed_is_read_only(self):
        dossier = self._dossier()
        self._destroy(self._approved(dossier))
        with self.assertRefused(UserError):
            self._rpc(
                self.keeper, "customer.dossier", "write", dossier.ids, {"needs": "x"}
            )
        with self.assertRefused(UserError, "cannot be done"):
            self._rpc(self.keeper, "customer.dossier", "action_reactivate", dossier.ids)
        with self.assertRefused(AccessError):
            self._rpc(self.rep, "customer.dossier", "read", dossier.ids, ["number"])

    def test_keeper_without_clearance(self):
        """The role is not enough: he must be allowed to read the dossier."""
        keeper = self._user("keeper", login="archive_keeper2")
        level = self.env.ref("customer_archive.customer_secrecy_level_core")
        dossier = self._dossier(keeper_id=self.keeper.id)
        dossier._system_write({"secrecy_level_id": level.id})
        disposal = self._candidate(dossier)
        for method in ("action_decide_value", "action_destroy"):
            with self.assertRefused(AccessError):
                self._rpc(keeper, "customer.disposal", method, disposal.ids)
        self.assertEqual(disposal.activity_ids.user_id, self.keeper)
        dossier.keeper_id = False
        dossier.team_id.keeper_id = False
        self.company.customer_keeper_id = keeper
        late = self._dossier(team_id=self.other_unit.id, keeper_id=keeper.id)
        late._system_write({"secrecy_level_id": level.id})
        late.keeper_id = False
        self.assertFalse(self._candidate(late).activity_ids)

    def test_user_of_us_is_not_destroyed(self):
        dossier = self._dossier(partner_id=self._customer(is_company=False).id)
        disposal = self._candidate(dossier)
        self.rep2.partner_id.parent_id = dossier.partner_id
        with self.assertRefused(UserError, r"User \(1\)"):
            self._decide(disposal)

    def test_deals_are_kept_for_their_term(self):
        dossier = self._dossier()
        disposal = self._candidate(dossier)
        self._deal(dossier)
        with self.assertRefused(UserError, "has had deals"):
            self._decide(disposal)
        reason = self.env["crm.lost.reason"].create({"name": "Moved away"})
        with freeze_time("2030-01-01"):
            dossier.with_user(self.keeper)._move_to_history(reason, False)
            dossier._system_write({"value_decision": "destroy"})
            dossier._system_write({"retention_until": "2035-01-01"})
            with self.assertRefused(UserError, "kept until"):
                self._decide(disposal)
        with freeze_time("2035-01-02"):
            self._decide(disposal)
        self.assertEqual(disposal.approval_state, "pending")

    def test_valued_dossier_is_a_candidate(self):
        dossier = self._dossier()
        reason = self.env["crm.lost.reason"].create({"name": "Moved away"})
        keeper = dossier.with_user(self.keeper)
        keeper._move_to_history(reason, False)
        keeper._decide_value("destroy", False, "No value")
        disposal = self.env["customer.disposal"].search(
            [("dossier_id", "=", dossier.id)]
        )
        self.assertRecordValues(disposal, [{"origin": "valued", "state": "candidate"}])
        self._run()
        self.assertEqual(
            self.env["customer.disposal"].search_count(
                [("dossier_id", "=", dossier.id)]
            ),
            1,
        )
        self._decide(disposal, decision="keep", date_until="2040-01-01")
        self.assertRecordValues(
            dossier,
            [
                {
                    "value_decision": "keep",
                    "retention_until": fields.Date.to_date("2040-01-01"),
                }
            ],
        )

    def test_several_at_once(self):
        disposals = self.env["customer.disposal"]
        for count in (1, 4):
            batch = disposals.browse()
            for _i in range(count):
                dossier = self._dossier()
                self._customer(parent_id=dossier.partner_id.id, is_company=False)
                batch |= self._approved(dossier)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            batch.with_user(self.keeper)._destroy_dossiers(False)
            queries = self.env.cr.sql_log_count - start
            self.assertEqual(set(batch.mapped("state")), {"done"})
            self.assertEqual(
                [c["res.partner"] for c in batch.mapped("contents")], [2] * count
            )
            if count == 1:
                first = queries
        self.assertLess(queries, first * 1.5)


@tagged("post_install", "-at_install")
class TestDisposalDuty(DisposalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.customer_disposal_months = 24
        cls.company.customer_disposal_days = 30

    def _idle(self, **values):
        dossier = self._dossier(**values)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_dossier SET create_date = now() - interval '3 years' "
                "WHERE id = %s",
                dossier.id,
            )
        )
        return dossier

    def _found(self, dossiers):
        return (
            self.env["customer.disposal"]
            .search([("dossier_id", "in", dossiers.ids)])
            .dossier_id
        )

    def test_candidates(self):
        """At the real clock: the database dates what is created."""
        today = fields.Date.today()
        idle = self._idle()
        new = self._dossier()
        with_deal = self._idle()
        self._deal(with_deal)
        self.env.cr.execute(
            SQL(
                "UPDATE customer_contract SET create_date = now() - interval '3 years' "
                "WHERE dossier_id = %s",
                with_deal.id,
            )
        )
        by_message = self._idle()
        by_message.partner_id.message_post(body="x", message_type="comment")
        by_meeting = self._idle()
        self.env["calendar.event"].create(
            {
                "name": "x",
                "start": fields.Datetime.subtract(fields.Datetime.now(), months=3),
                "stop": fields.Datetime.subtract(fields.Datetime.now(), months=3),
                "partner_ids": [Command.link(by_meeting.partner_id.id)],
            }
        )
        by_lead = self._idle()
        self.env["crm.lead"].create({"name": "x", "partner_id": by_lead.partner_id.id})
        by_quotation = self._idle()
        self.env["sale.order"].create({"partner_id": by_quotation.partner_id.id})
        by_dealing = self._idle()
        self.env["customer.dealing"].create(
            {
                "dossier_id": by_dealing.id,
                "date": today,
                "kind": self.env["customer.dealing"]
                ._fields["kind"]
                .get_values(self.env)[0],
                "subject": "x",
            }
        )
        by_activity = self._idle()
        by_activity.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.rep.id
        ).action_feedback()
        by_information = self._idle()
        self.env["customer.information"].create(
            {"text": "x", "partner_id": by_information.partner_id.id}
        )
        every = (
            idle
            | new
            | with_deal
            | by_message
            | by_meeting
            | by_lead
            | by_quotation
            | by_dealing
            | by_activity
            | by_information
        )
        self._run(day=today)
        self.assertEqual(self._found(every), idle)
        self._run(day=today)
        disposal = self.env["customer.disposal"].search([("dossier_id", "=", idle.id)])
        self.assertRecordValues(
            disposal,
            [
                {
                    "number": idle.number,
                    "origin": "inactive",
                    "state": "candidate",
                    "date_due": fields.Date.add(today, days=30),
                }
            ],
        )
        self.assertRecordValues(
            disposal.activity_ids,
            [
                {
                    "user_id": self.keeper.id,
                    "date_deadline": fields.Date.add(today, days=30),
                }
            ],
        )

    def test_kept_is_no_candidate_before_the_day(self):
        idle = self._idle()
        with freeze_time("2030-01-01 08:00:00"):
            self._run()
            disposal = self.env["customer.disposal"].search(
                [("dossier_id", "=", idle.id)]
            )
            for until in (False, "2030-01-01"):
                with self.assertRefused(UserError, "later day"):
                    self._decide(disposal, decision="keep", date_until=until)
            self._decide(disposal, decision="keep", date_until="2031-01-01")
            self.assertRecordValues(disposal, [{"state": "kept"}])
            self.assertFalse(disposal.activity_ids)
            self._run()
        domain = [("dossier_id", "=", idle.id)]
        self.assertEqual(self.env["customer.disposal"].search(domain), disposal)
        with freeze_time("2030-12-31 08:00:00"):
            self._run(day="2030-12-31")
            self.assertEqual(self.env["customer.disposal"].search(domain), disposal)
        with freeze_time("2031-01-01 08:00:00"):
            self._run(day="2031-01-01")
            self.assertEqual(self.env["customer.disposal"].search_count(domain), 2)

    def test_switched_off(self):
        idle = self._idle()
        self.company.customer_disposal_months = 0
        with freeze_time("2030-01-01 08:00:00"):
            self._run()
        self.assertFalse(self._found(idle))

    def test_late(self):
        with freeze_time("2030-01-01 08:00:00"):
            disposal = self._candidate()
            self._run("remind_late")
            self.assertFalse(disposal.is_late)
            self.assertEqual(len(disposal.activity_ids), 1)
        late = [("is_late", "=", True), ("id", "=", disposal.id)]
        with freeze_time("2030-01-31 08:00:00"):
            disposal.invalidate_recordset()
            self.assertEqual(
                self._rpc(self.keeper, "customer.disposal", "search_count", late), 0
            )
        with freeze_time("2030-02-01 08:00:00"):
            disposal.invalidate_recordset()
            self.assertTrue(disposal.is_late)
            self.assertEqual(
                self._rpc(self.keeper, "customer.disposal", "search_count", late), 1
            )
            for _day in range(2):
                self._run("remind_late", "2030-02-01")
                self.assertEqual(len(disposal.activity_ids), 2)
            self.assertEqual(disposal.activity_ids.user_id, self.keeper)

    def test_queries_do_not_grow(self):
        with freeze_time("2030-01-01 08:00:00"):
            counts = []
            for number in (2, 10):
                idle = self.env["customer.dossier"].union(
                    *(self._idle() for _i in range(number))
                )
                self.env.invalidate_all()
                start = self.env.cr.sql_log_count
                self._run()
                counts.append(self.env.cr.sql_log_count - start)
                self.assertEqual(self._found(idle), idle)
        self.assertLess(counts[1], counts[0] + 30)
