import base64
from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

CODE = "91110000600037341L"
OTHER_CODE = "914403001922038216"
SCAN = base64.b64encode(b"scan of a licence").decode()


class DocumentCommon(CustomerArchiveCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(partner_id=cls.partner.id, keeper_id=cls.keeper.id)
        for name in (
            "business_licence",
            "tax_registration",
            "identity_card",
            "organisation_certificate",
            "power_of_attorney",
        ):
            document_type = cls.env.ref(
                f"customer_archive.customer_document_type_{name}"
            )
            setattr(cls, name, document_type)
        (cls.business_licence + cls.tax_registration).mandatory_for_legal = True
        cls.identity_card.mandatory_for_person = True
        cls.organisation_certificate.mandatory_for_other = True

    @classmethod
    def _document(cls, **values):
        """Return a power of attorney with a scan in the rep's dossier."""
        return cls.env["customer.document"].create(
            {
                "dossier_id": cls.dossier.id,
                "type_id": cls.power_of_attorney.id,
                "number": "PA-1",
                "file": SCAN,
                "file_name": "scan.txt",
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestDocument(DocumentCommon):
    # ------------------------------------------------------------ number, dates

    def test_name_says_type_and_number(self):
        self.assertEqual(self._document().display_name, "Power of Attorney PA-1")
        self.assertEqual(
            self.env["customer.document"].name_search("PA-1")[0][1],
            "Power of Attorney PA-1",
        )

    def test_number_of_a_licence_is_the_credit_code(self):
        licence = {"type_id": self.business_licence.id}
        for number in (False, "1234", CODE[:-1] + "X"):
            with self.assertRefused(ValidationError, "unified social credit code"):
                self._document(number=number, **licence)
        self.assertTrue(self._document(number=CODE, **licence))

    def test_number_that_differs_from_the_registration_is_refused(self):
        self.partner.credit_code = CODE
        document = self._document(type_id=self.business_licence.id, number=CODE)
        with self.assertRefused(ValidationError, f"Dragon Ltd says {CODE}"):
            document.number = OTHER_CODE
        with self.assertRefused(ValidationError, f"Dragon Ltd says {CODE}"):
            self._document(type_id=self.tax_registration.id, number=OTHER_CODE)
        self.assertTrue(self._document(number=OTHER_CODE))

    def test_cannot_expire_before_it_is_valid(self):
        document = self._document(valid_from="2031-01-01", valid_to="2031-01-01")
        with mute_logger("odoo.sql_db"), self.assertRefused(IntegrityError, "validity"):
            document.valid_from = "2031-01-02"
            document.flush_recordset()

    def test_type_in_use_cannot_be_deleted(self):
        self._document()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.power_of_attorney.unlink()

    # ------------------------------------------------------------ state

    def test_state_follows_the_day_and_is_searched_alike(self):
        self.identity_card.remind_days = 5
        documents = (
            self._document()
            | self._document(file=False)
            | self._document(valid_to="2031-03-31")
            | self._document(valid_to="2031-03-31", file=False)
            | self._document(valid_to="2031-03-31", type_id=self.identity_card.id)
        )
        self.power_of_attorney.active = False
        missing = "missing_file"
        expected = {
            "2031-02-28": ["valid", missing, "valid", missing, "valid"],
            "2031-03-01": ["valid", missing, "expiring", "expiring", "valid"],
            "2031-03-26": ["valid", missing, "expiring", "expiring", "expiring"],
            "2031-03-31": ["valid", missing, "expiring", "expiring", "expiring"],
            "2031-04-01": ["valid", missing, "expired", "expired", "expired"],
        }
        for day, states in expected.items():
            with freeze_time(f"{day} 12:00:00"):
                self.env.invalidate_all()
                self.assertEqual(documents.mapped("state"), states, day)
                for state in ("missing_file", "valid", "expiring", "expired"):
                    mine = [("id", "in", documents.ids)]
                    found = documents.search([*mine, ("state", "=", state)])
                    having = documents.filtered(lambda d, s=state: d.state == s)
                    self.assertEqual(set(found), set(having), f"{day} {state}")
                    others = documents.search([*mine, ("state", "!=", state)])
                    self.assertEqual(set(others), set(documents - having))
                both = documents.search([*mine, ("state", "in", ["valid", "expired"])])
                self.assertEqual(
                    set(both),
                    set(documents.filtered(lambda d: d.state in ("valid", "expired"))),
                )

    @freeze_time("2031-05-07 12:00:00")
    def test_state_shows_while_the_form_is_filled_in(self):
        with Form(
            self.env["customer.document"].with_context(
                default_dossier_id=self.dossier.id
            )
        ) as form:
            form.type_id = self.power_of_attorney
            self.assertEqual(form.state, "missing_file")
            form.file = SCAN
            self.assertEqual(form.state, "valid")
            form.valid_to = "2031-07-20"
            self.assertEqual(form.state, "valid")
            form.valid_to = "2031-05-20"
            self.assertEqual(form.state, "expiring")
        self.assertEqual(form.record.state, "expiring")

    def test_state_of_many_papers_costs_as_much_as_of_one(self):
        self._document().mapped("state")
        counts = []
        for number in (1, 20):
            documents = self.env["customer.document"].browse(
                self._document(valid_to="2031-03-31").id for _i in range(number)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            documents.mapped("state")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------ the dossier

    @freeze_time("2031-05-07 12:00:00")
    def test_missing_papers_by_identity(self):
        person = self._dossier(
            partner_id=self._customer("Chen Wei", is_company=False).id
        )
        other = self._dossier(identity_type="other")
        dossiers = self.dossier | person | other
        self.assertEqual(dossiers.mapped("identity_type"), ["legal", "person", "other"])
        self.assertEqual(
            dossiers._get_missing_papers(),
            {
                self.dossier.id: ["Business Licence", "Tax Registration"],
                person.id: ["Identity Card"],
                other.id: ["Organisation Certificate"],
            },
        )
        self._document(type_id=self.business_licence.id, number=CODE)
        self._document(type_id=self.tax_registration.id, number=CODE, file=False)
        card = self._document(
            dossier_id=person.id, type_id=self.identity_card.id, valid_to="2031-05-06"
        )
        self.assertEqual(
            dossiers._get_missing_papers(),
            {
                self.dossier.id: ["Tax Registration"],
                person.id: ["Identity Card"],
                other.id: ["Organisation Certificate"],
            },
        )
        card.valid_to = "2031-05-07"
        self.assertEqual(person._get_missing_papers(), {person.id: []})
        self.identity_card.mandatory_for_legal = True
        self.business_licence.active = False
        self.assertEqual(
            self.dossier._get_missing_papers(),
            {self.dossier.id: ["Tax Registration", "Identity Card"]},
        )

    @freeze_time("2031-05-07 12:00:00")
    def test_dossier_names_mandatory_papers_that_expired(self):
        self.assertFalse(self.dossier.expired_document_names)
        licence = {"type_id": self.business_licence.id, "number": CODE}
        self._document(valid_to="2031-05-06", **licence)
        self._document(valid_to="2031-05-06")
        self.assertEqual(self.dossier.expired_document_names, "Business Licence")
        renewed = self._document(valid_to="2041-05-06", **licence)
        self.assertFalse(self.dossier.expired_document_names)
        renewed.file = False
        self.assertEqual(self.dossier.expired_document_names, "Business Licence")

    def test_missing_papers_of_many_dossiers_cost_as_much_as_of_one(self):
        counts = []
        for number in (1, 12):
            dossiers = self.env["customer.dossier"].browse(
                self._dossier().id for _i in range(number)
            )
            for dossier in dossiers:
                self._document(dossier_id=dossier.id, valid_to="2000-01-01")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(dossiers._get_missing_papers()), number)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------ reminder

    def _remind(self, day, company=None):
        with freeze_time(f"{day} 06:00:00"):
            duty = self.env.ref("customer_archive.customer_duty_document_expiry")
            model = self.env["customer.document"].with_company(company or self.company)
            model._duty_remind_expiry(duty, False, date.fromisoformat(day))

    def test_reminds_once_per_paper_and_validity(self):
        document = self._document(valid_to="2031-03-31")
        endless = self._document()
        self._remind("2031-02-28")
        self.assertFalse(document.activity_ids)
        for day in ("2031-03-01", "2031-03-01", "2031-03-05", "2031-04-15"):
            self._remind(day)
            self.assertRecordValues(
                document.activity_ids,
                [
                    {
                        "user_id": self.rep.id,
                        "date_deadline": date(2031, 3, 31),
                        "summary": "Ask the customer for the renewed paper",
                    }
                ],
            )
            self.assertEqual(document.reminded_for, date(2031, 3, 31))
        self.assertFalse(endless.activity_ids)

    def test_renewed_paper_reminds_again(self):
        document = self._document(valid_to="2031-03-31")
        self._remind("2031-03-20")
        document.with_user(self.rep).valid_to = "2032-03-31"
        self.assertFalse(document.reminded_for)
        self._remind("2031-03-21")
        self.assertEqual(len(document.activity_ids), 1)
        self._remind("2032-03-15")
        self.assertEqual(len(document.activity_ids), 2)
        self.assertEqual(document.reminded_for, date(2032, 3, 31))

    def test_reminds_through_the_scheduled_job_and_after_downtime(self):
        duty = self.env.ref("customer_archive.customer_duty_document_expiry")
        duty.anchor_date = date(2031, 3, 1)
        self.env["customer.duty"].search([("id", "!=", duty.id)]).active = False
        document = self._document(valid_to="2031-03-31")
        for day in ("2031-04-10", "2031-04-10", "2031-04-11"):
            with freeze_time(f"{day} 06:00:00"), self.enter_registry_test_mode():
                self.env.ref(
                    "customer_archive.ir_cron_run_duties"
                ).method_direct_trigger()
            self.assertEqual(len(document.activity_ids), 1, day)

    def test_reminds_the_keeper_when_there_is_no_rep(self):
        document = self._document(valid_to="2031-03-31")
        self.dossier.user_id = False
        self._remind("2031-03-20")
        self.assertEqual(document.activity_ids.user_id, self.keeper)

    def test_reminds_nobody_of_ended_dossiers(self):
        document = self._document(valid_to="2031-03-31")
        self.dossier._system_write({"state": "history"})
        self._remind("2031-03-20")
        self.assertFalse(document.activity_ids)

    def test_reminds_in_the_company_of_the_dossier(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.partner.company_id = self.company
        document = self._document(valid_to="2031-03-31")
        self._remind("2031-03-20", company)
        self.assertFalse(document.activity_ids)
        self._remind("2031-03-20")
        self.assertEqual(len(document.activity_ids), 1)

    # ------------------------------------------------------------ access

    def test_who_answers_for_the_dossier_keeps_its_papers(self):
        values = {
            "dossier_id": self.dossier.id,
            "type_id": self.power_of_attorney.id,
        }
        for user in (self.rep, self.bum, self.keeper):
            ids = self._rpc(user, "customer.document", "create", [values])
            self._rpc(user, "customer.document", "write", ids, {"number": "7"})
            self.assertEqual(self.env["customer.document"].browse(ids).number, "7")
            self._rpc(user, "customer.document", "unlink", ids)

    def test_readers_change_nothing(self):
        document = self._document()
        self.dossier.service_user_ids = self.fug | self.outsider
        values = {"dossier_id": self.dossier.id, "type_id": self.identity_card.id}
        for user in (self.mdo, self.gmo, self.fug, self.outsider):
            (data,) = self._rpc(
                user, "customer.document", "read", document.ids, ["number"]
            )
            self.assertEqual(data["number"], "PA-1")
            with self.assertRaises(AccessError):
                self._rpc(user, "customer.document", "create", [values])
            with self.assertRaises(AccessError):
                self._rpc(
                    user, "customer.document", "write", document.ids, {"number": "7"}
                )
            with self.assertRaises(AccessError):
                self._rpc(user, "customer.document", "unlink", document.ids)

    def test_strangers_see_nothing(self):
        document = self._document()
        domain = [("id", "=", document.id)]
        for user in (self.rep2, self.bum2, self.fin, self.outsider, self.admin_user):
            user.group_ids += self.env.ref("base.group_allow_export")

            def call(method, *args, user=user):
                return self._rpc(user, "customer.document", method, *args)

            self.assertEqual(call("search_read", domain, ["number"]), [])
            self.assertEqual(
                call("formatted_read_group", domain, ["type_id"], ["__count"]), []
            )
            self.assertEqual(call("name_search", "PA-1"), [])
            for method, *args in (
                ("read", document.ids, ["number"]),
                ("export_data", document.ids, ["number"]),
                ("write", document.ids, {"number": "7"}),
                ("unlink", document.ids),
                (
                    "create",
                    [
                        {
                            "dossier_id": self.dossier.id,
                            "type_id": self.identity_card.id,
                        }
                    ],
                ),
            ):
                with self.assertRaises(AccessError):
                    call(method, *args)

    def test_paper_does_not_move_into_a_dossier_of_others(self):
        document = self._document()
        theirs = self._dossier(team_id=self.other_unit.id, user_id=self.rep2.id)
        with self.assertRaises(AccessError):
            self._rpc(
                self.rep,
                "customer.document",
                "write",
                document.ids,
                {"dossier_id": theirs.id},
            )
        self.assertEqual(document.dossier_id, self.dossier)

    def test_the_system_alone_notes_reminders(self):
        document = self._document(valid_to="2031-03-31")
        values = {"reminded_for": "2031-03-31"}
        with self.assertRefused(AccessError, "system writes"):
            self._rpc(self.rep, "customer.document", "write", document.ids, values)
        with self.assertRefused(AccessError, "system writes"):
            self._rpc(
                self.rep,
                "customer.document",
                "create",
                [
                    {
                        "dossier_id": self.dossier.id,
                        "type_id": self.identity_card.id,
                        **values,
                    }
                ],
            )

    def test_types_are_read_by_all_and_configured_by_the_administrator(self):
        ids = self.identity_card.ids
        model = "customer.document.type"
        for user in (self.outsider, self.rep, self.mdo):
            self.assertTrue(self._rpc(user, model, "read", ids, ["name"]))
            with self.assertRaises(AccessError):
                self._rpc(user, model, "write", ids, {"remind_days": 3})
            with self.assertRaises(AccessError):
                self._rpc(user, model, "create", [{"name": "Permit"}])
            with self.assertRaises(AccessError):
                self._rpc(user, model, "unlink", ids)
        self._rpc(self.admin_user, model, "write", ids, {"remind_days": 3})
        self.assertEqual(self.identity_card.remind_days, 3)

    def test_papers_of_another_company_stay_there(self):
        company = self.env["res.company"].create({"name": "Second"})
        foreigner = self._user(
            "keeper",
            login="archive_keeper_second",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        document = self._document()
        self.assertTrue(
            self._rpc(foreigner, "customer.document", "read", document.ids, ["number"])
        )
        self.partner.company_id = self.company
        self.assertEqual(document.company_id, self.company)
        with self.assertRaises(AccessError):
            self._rpc(foreigner, "customer.document", "read", document.ids, ["number"])


@tagged("post_install", "-at_install")
class TestDocumentHttp(DocumentCommon, HttpCase):
    def test_the_file_is_read_by_readers_of_the_paper_only(self):
        document = self._document()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "customer.document"),
                ("res_id", "=", document.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertEqual(len(attachment), 1)
        self.env.flush_all()
        urls = (
            f"/web/content/customer.document/{document.id}/file",
            f"/web/content/{attachment.id}",
        )
        for user, readable in (
            (self.rep, True),
            (self.mdo, True),
            (self.rep2, False),
            (self.outsider, False),
        ):
            self.authenticate(user.login, user.login)
            for url in urls:
                response = self.url_open(url)
                self.assertEqual(
                    response.content == b"scan of a licence", readable, url
                )
                self.assertEqual(response.status_code, 200 if readable else 404)
        for user in (self.rep2, self.outsider):
            for method, *args in (
                ("read", attachment.ids, ["datas"]),
                ("write", attachment.ids, {"public": True}),
                ("unlink", attachment.ids),
            ):
                with self.assertRaises(AccessError):
                    self._rpc(user, "ir.attachment", method, *args)
            found = self._rpc(
                user,
                "ir.attachment",
                "search_read",
                [("id", "=", attachment.id)],
                ["name"],
            )
            self.assertEqual(found, [])
        with self.assertRaises(AccessError):
            self._rpc(
                self.mdo, "ir.attachment", "write", attachment.ids, {"datas": SCAN}
            )
