from contextlib import suppress
from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import CustomerArchiveCommon

MODELS = {
    "customer.major.change": {
        "change_type": "relocation",
        "description": "x",
        "date": "2020-01-01",
    },
    "customer.dealing": {"subject": "x"},
    "customer.financial.figure": {"year": 1999},
    "customer.contact.profile": {"influence": "low"},
}


class DossierContentCommon(CustomerArchiveCommon):
    """One dossier of the rep with one record of each kind of content, served by all
    roles that are not related to it otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls._dossier(
            partner_id=cls.partner.id,
            service_user_ids=[
                Command.set((cls.fin | cls.fug | cls.asg | cls.pl | cls.gmo).ids)
            ],
        )
        cls.contact, cls.contact2 = cls.env["res.partner"].create(
            [
                {"name": name, "parent_id": cls.partner.id, "type": "contact"}
                for name in ("Li Wei", "Wang Fang")
            ]
        )
        cls.change = cls._change()
        cls.dealing = cls.env["customer.dealing"].create(
            {
                "dossier_id": cls.dossier.id,
                "kind": "meeting",
                "subject": "Frame contract",
                "contact_id": cls.contact.id,
            }
        )
        cls.figure = cls.env["customer.financial.figure"].create(
            {"dossier_id": cls.dossier.id, "year": 2029, "turnover": 7_000_000}
        )
        cls.profile = cls.env["customer.contact.profile"].create(
            {
                "dossier_id": cls.dossier.id,
                "contact_id": cls.contact.id,
                "is_decision_maker": True,
                "decision_role": "decider",
                "habits": "Tea at three",
            }
        )
        cls.content = (cls.change, cls.dealing, cls.figure, cls.profile)
        export = cls.env.ref("base.group_allow_export")
        cls.everybody = (
            cls.rep | cls.bum | cls.keeper | cls.mdo | cls.gmo | cls.fin
        ) | (cls.fug | cls.asg | cls.pl | cls.rep2 | cls.bum2 | cls.outsider)
        cls.everybody.group_ids = [Command.link(export.id)]

    @classmethod
    def _change(cls, user=None, **values):
        changes = cls.env["customer.major.change"].with_user(user or cls.env.user)
        return changes.create(
            {
                "dossier_id": cls.dossier.id,
                "change_type": "ownership",
                "description": "The founder sold his shares.",
                "date": "2020-05-01",
                **values,
            }
        )

    def _values(self, model):
        values = MODELS[model] | {"dossier_id": self.dossier.id}
        if model == "customer.contact.profile":
            values["contact_id"] = self.contact2.id
        return values


@tagged("post_install", "-at_install")
class TestDossierContent(DossierContentCommon):
    # ------------------------------------------------------------ rights

    def test_roles_read_what_is_theirs(self):
        self.dossier.secrecy_level_id.right_ids.export_scope = "all"
        readers = self.rep | self.bum | self.keeper | self.mdo | self.gmo
        others = self.fin | self.fug | self.asg | self.pl
        for record, may in (
            (self.change, readers | others),
            (self.dealing, readers | others),
            (self.figure, self.fin | self.keeper | self.mdo | self.gmo),
            (self.profile, readers),
        ):
            domain = [("id", "=", record.id)]
            field = record._rec_name
            for user in self.everybody:
                calls = (
                    ("read", [record.ids, [field]]),
                    ("export_data", [record.ids, ["id", field]]),
                    ("search_read", [domain, [field]]),
                    ("formatted_read_group", [domain, [field], ["__count"]]),
                )
                for method, args in calls:
                    with self.subTest(
                        user=user.login, model=record._name, method=method
                    ):
                        if user in may:
                            self.assertTrue(
                                self._rpc(user, record._name, method, *args)
                            )
                        else:
                            self.assertHidden(user, record._name, method, args)

    def assertHidden(self, user, model, method, args):
        """Nothing is found, or the question itself is refused."""
        with suppress(AccessError):
            self.assertFalse(self._rpc(user, model, method, *args))

    def test_roles_change_what_is_theirs(self):
        responsible = self.rep | self.bum | self.keeper
        for record, may in (
            (self.change, responsible),
            (self.dealing, responsible),
            (self.figure, self.fin | self.keeper),
            (self.profile, responsible),
        ):
            values = MODELS[record._name]
            for user in self.everybody:
                with self.subTest(user=user.login, model=record._name):
                    if user in may:
                        self._rpc(user, record._name, "write", record.ids, values)
                        (new_id,) = self._rpc(
                            user, record._name, "create", [self._created(record)]
                        )
                        self.assertTrue(record.browse(new_id).exists())
                        record.browse(new_id).unlink()
                        continue
                    for method, args in (
                        ("write", [record.ids, values]),
                        ("create", [self._created(record)]),
                        ("unlink", [record.ids]),
                    ):
                        with self.assertRaises(AccessError, msg=method):
                            self._rpc(user, record._name, method, *args)

    def _created(self, record):
        values = self._values(record._name)
        if record._name == "customer.financial.figure":
            values["year"] = 2000
        return values

    def test_log_of_changes_is_deleted_by_the_keeper_alone(self):
        for user in self.rep | self.bum:
            with self.assertRaises(AccessError):
                self._rpc(user, "customer.major.change", "unlink", self.change.ids)
        self._rpc(self.keeper, "customer.major.change", "unlink", self.change.ids)
        self.assertFalse(self.change.exists())

    def test_content_is_not_moved_into_the_dossier_of_another(self):
        foreign = self._dossier(user_id=self.rep2.id, team_id=self.other_unit.id)
        foreign._system_write(
            {
                "secrecy_level_id": self.env.ref(
                    "customer_archive.customer_secrecy_level_core"
                ).id
            }
        )
        self.dealing.contact_id = False
        for user, records in (
            (self.rep, (self.change, self.dealing)),
            (self.keeper, (self.change, self.dealing, self.figure)),
            (self.fin, (self.figure,)),
        ):
            for record in records:
                values = MODELS[record._name] | {"dossier_id": foreign.id}
                with self.assertRaises(UserError):
                    self._rpc(user, record._name, "write", record.ids, values)
                with self.assertRaises(AccessError):
                    self._rpc(user, record._name, "create", [values])

    def test_content_of_an_ended_dossier_stays_as_it_is(self):
        self.dossier._system_write({"state": "history"})
        for record in self.content:
            with self.subTest(model=record._name):
                for method, args in (
                    ("write", [record.ids, MODELS[record._name]]),
                    ("create", [self._created(record)]),
                    ("unlink", [record.ids]),
                ):
                    with self.assertRefused(UserError, "is in the history library"):
                        self._rpc(self.keeper, record._name, method, *args)

    def test_fields_of_the_dossier_are_absent_for_others(self):
        self.dossier.decision_process = "Board of three"
        finance = self.fin | self.keeper | self.mdo | self.gmo
        decisions = self.everybody - (
            self.fin | self.fug | self.asg | self.pl | self.outsider
        )
        for name, may in (
            ("decision_process", decisions),
            ("contact_profile_ids", decisions),
            ("financial_figure_ids", finance),
        ):
            for user in self.everybody:
                fields = self._rpc(user, "customer.dossier", "fields_get", [name])
                view = self._rpc(user, "customer.dossier", "get_view", None, "form")
                with self.subTest(user=user.login, field=name):
                    self.assertEqual(name in fields, user in may)
                    self.assertEqual(f'name="{name}"' in view["arch"], user in may)
                if user in may:
                    continue
                ids = self.dossier.ids
                calls = [
                    ("read", [ids, [name]]),
                    ("web_read", [ids, {name: {}}]),
                    ("export_data", [ids, [name]]),
                    ("search", [[(name, "!=", False)]]),
                    ("write", [ids, {name: False}]),
                ]
                if name == "decision_process":
                    calls += [
                        ("search", [[], 0, 1, name]),
                        ("formatted_read_group", [[], [name], ["__count"]]),
                    ]
                else:
                    calls.append(("search", [[(f"{name}.id", ">", 0)]]))
                for method, args in calls:
                    with (
                        self.subTest(user=user.login, field=name, call=method),
                        self.assertRaises(AccessError),
                    ):
                        self._rpc(user, "customer.dossier", method, *args)

    def test_file_of_the_figures_is_not_read_through_the_attachment(self):
        self.figure.file = "c2VjcmV0"
        domain = [
            ("res_model", "=", "customer.financial.figure"),
            ("res_field", "=", "file"),
        ]
        attachment = self.env["ir.attachment"].search(domain)
        self.assertTrue(attachment)
        for user in self.rep | self.bum | self.fug | self.outsider:
            self.assertHidden(user, "ir.attachment", "search", [domain])
            with self.assertRaises(AccessError):
                self._rpc(user, "ir.attachment", "read", attachment.ids, ["raw"])
        self.assertEqual(
            self._rpc(self.fin, "ir.attachment", "search", domain), attachment.ids
        )

    def test_content_of_another_company(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        self.keeper.company_ids = [Command.link(other_company.id)]
        dossier = self._dossier(
            partner_id=self._customer(company_id=other_company.id).id,
            keeper_id=self.keeper.id,
        )
        for model in ("customer.major.change", "customer.dealing"):
            record = self.env[model].create(MODELS[model] | {"dossier_id": dossier.id})
            self.assertEqual(record.company_id, other_company)
            for companies, may in ((other_company, True), (self.company, False)):
                as_keeper = record.with_user(self.keeper).with_context(
                    allowed_company_ids=companies.ids
                )
                self.env.invalidate_all()
                self.assertEqual(as_keeper.has_access("read"), may)

    # ------------------------------------------------------------ major changes

    def test_new_change_is_told_to_the_responsible_but_not_to_its_author(self):
        change = self._change(self.rep)
        self.assertEqual(change.activity_ids.user_id, self.keeper)
        self.assertEqual(
            change.activity_ids.summary, "Major change of Dragon Ltd: Ownership"
        )
        change = self._change(self.bum)
        self.assertEqual(change.activity_ids.user_id, self.rep | self.keeper)
        self.assertFalse(change.finance_told)

    def test_credit_relevant_change_is_told_to_finance_that_reads_the_dossier(self):
        stranger = self._user("fin", login="archive_fin2")
        change = self._change(self.rep, credit_relevant=True)
        self.assertEqual(change.activity_ids.user_id, self.keeper | self.fin)
        self.assertNotIn(stranger, change.activity_ids.user_id)
        self.assertTrue(change.finance_told)

    def test_finance_is_told_later_and_once(self):
        change = self._change(self.rep)
        for relevant in (True, True, False, True):
            change.with_user(self.rep).credit_relevant = relevant
        self.assertEqual(
            change.activity_ids.user_id.sorted("login"),
            (self.fin | self.keeper).sorted("login"),
        )
        self.assertEqual(len(change.activity_ids), 2)

    def test_rep_who_left_is_not_told(self):
        self._retire(self.rep)
        change = self._change(self.bum)
        self.assertEqual(change.activity_ids.user_id, self.keeper)

    def test_change_is_told_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "customer.major.change"),
                ("value", "=", "ownership"),
            ]
        )
        field.update_field_translations("name", {"zh_CN": "股权变更"})
        self.keeper.lang = "zh_CN"
        change = self._change(self.rep)
        self.assertIn("股权变更", change.activity_ids.summary)
        self.assertEqual(
            change.with_user(self.keeper).with_context(lang="zh_CN").display_name,
            "股权变更",
        )
        self.assertEqual(change.with_context(lang="en_US").display_name, "Ownership")

    def test_that_finance_was_told_is_written_by_the_system(self):
        with self.assertRefused(AccessError, "the system writes this itself"):
            self._rpc(
                self.rep,
                "customer.major.change",
                "write",
                self.change.ids,
                {"finance_told": True},
            )
        with self.assertRefused(AccessError, "the system writes this itself"):
            self._rpc(
                self.rep,
                "customer.major.change",
                "create",
                [self._values("customer.major.change") | {"finance_told": True}],
            )

    @freeze_time("2031-05-07 12:00:00")
    def test_change_of_tomorrow_is_refused(self):
        self.assertEqual(self._change(date="2031-05-07").date, date(2031, 5, 7))
        with self.assertRefused(ValidationError, "is in the future. Enter the day"):
            self._change(date="2031-05-08")

    # ------------------------------------------------------------ dealings, profiles

    def test_feedback_and_dealings_are_two_lists(self):
        feedback = self.dealing.create(
            [
                {"dossier_id": self.dossier.id, "kind": kind, "subject": kind}
                for kind in ("opinion", "suggestion", "praise")
            ]
        )
        self.assertEqual(feedback.mapped("is_feedback"), [True] * 3)
        self.assertEqual(self.dossier.dealing_ids, self.dealing)
        self.assertEqual(self.dossier.feedback_ids, feedback.sorted())
        feedback[0].kind = "other"
        self.assertFalse(feedback[0].is_feedback)

    def test_contact_of_somebody_else_is_refused(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        for record in (self.dealing, self.profile):
            for contact in (stranger, self.partner):
                with self.assertRefused(
                    ValidationError, "is not a contact of the customer. Choose one"
                ):
                    record.contact_id = contact
        person = self.env["res.partner"].create({"name": "Zhao"})
        profile = self.profile.create(
            {
                "dossier_id": self._dossier(partner_id=person.id).id,
                "contact_id": person.id,
            }
        )
        self.assertEqual(profile.partner_id, person)

    def test_one_profile_a_contact_and_one_figure_a_year(self):
        for record, values in (
            (self.profile, {"contact_id": self.contact.id}),
            (self.figure, {"year": 2029}),
            (self.figure, {"year": 29}),
        ):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                record.create(values | {"dossier_id": self.dossier.id})

    def test_contacts_are_edited_on_the_dossier(self):
        self._rpc(
            self.rep,
            "customer.dossier",
            "write",
            self.dossier.ids,
            {
                "contact_ids": [
                    Command.create({"name": "Sun", "contact_subject": "Invoices"}),
                    Command.update(self.contact.id, {"preferred_channel": "wechat"}),
                ]
            },
        )
        self.assertEqual(
            self.partner.child_ids.mapped("name"), ["Li Wei", "Sun", "Wang Fang"]
        )
        self.assertEqual(self.contact.preferred_channel, "wechat")
        with self.assertRaises(AccessError):
            self._rpc(
                self.fug,
                "customer.dossier",
                "write",
                self.dossier.ids,
                {"contact_ids": [Command.create({"name": "Planted"})]},
            )

    # ------------------------------------------------------------ cost

    def test_reading_costs_the_same_for_many(self):
        dossiers = self.env["customer.dossier"].concat(
            *(self._dossier() for _i in range(6))
        )
        specification = {
            "contact_ids": {"fields": {"name": {}, "contact_subject": {}}},
            "contact_profile_ids": {"fields": {"display_name": {}, "contact_id": {}}},
            "dealing_ids": {"fields": {"display_name": {}}},
            "feedback_ids": {"fields": {"display_name": {}}},
            "financial_figure_ids": {"fields": {"year": {}}},
            "major_change_ids": {"fields": {"display_name": {}}},
        }
        for dossier in dossiers:
            self.env["customer.major.change"].create(
                MODELS["customer.major.change"] | {"dossier_id": dossier.id}
            )
            self.dealing.create({"dossier_id": dossier.id, "subject": "Talk"})
            self.figure.create({"dossier_id": dossier.id, "year": 2029})
            contact = self.env["res.partner"].create(
                {"name": "C", "parent_id": dossier.partner_id.id}
            )
            self.profile.create({"dossier_id": dossier.id, "contact_id": contact.id})

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            read = records.with_user(self.keeper).web_read(specification)
            self.assertEqual(len(read), len(records))
            return self.env.cr.sql_log_count - start

        cost(dossiers[:1])
        self.assertEqual(cost(dossiers[:2]), cost(dossiers))
