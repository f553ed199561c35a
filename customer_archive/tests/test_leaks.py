from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_attack import AttackCommon

WORD = "Zanzibar"
# texts that the system reads; a birthday has none
CODES = {"number", "kind", "value"}


def find_secret_models(env):
    """Return the names of all models under a secrecy rule."""
    return [
        name
        for name in env.registry.descendants(["customer.secrecy.mixin"], "_inherit")
        if not env[name]._abstract
    ]


def find_unguarded_models(env):
    """Return the names of the models that inherit the secrecy mixin, but lack the
    global rule that it lives by."""
    rules = env["ir.rule"].search(
        [
            ("global", "=", True),
            ("perm_read", "=", True),
            ("domain_force", "=", "[('may_read', '=', True)]"),
        ]
    )
    guarded = rules.model_id.mapped("model")
    return [name for name in find_secret_models(env) if name not in guarded]


class LeaksCommon(AttackCommon):
    """A record of each model of ``ADDON`` under a secrecy rule, and strangers who once
    wrote, received or followed a message on it and still have a to-do there."""

    ADDON = "customer_archive"
    FIGURES = ()  # that the records hold, beside the word and the number

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env,
            "archive_portal",
            groups="base.group_portal",
            partner_id=cls.person.id,
        )
        cls.strangers = (cls.rep2, cls.outsider, cls.admin_user, cls.portal)
        # had every right until he left
        cls.leaver = cls._user("gmo", login="archive_leaver")
        cls.leaver.archive_access = "none"
        # a stranger of each role besides
        cls.everybody = tuple(
            dict.fromkeys((*cls.strangers, *cls._strangers(), cls.leaver))
        )
        groups = cls.env.ref("base.group_allow_export") | cls.env.ref(
            "customer_archive.group_private_data"
        )
        for user in (cls.gmo, cls.leaver, *cls.strangers[:-1]):
            user.group_ids = [Command.link(group.id) for group in groups]
        cls.dossier = cls._dossier(partner_id=cls.partner.id, needs=WORD)
        cls._submit(cls.dossier)
        cls.dossier.with_user(cls.bum).action_approve(WORD)
        cls.records = cls._records()
        for record in cls.records.values():
            if texts := cls._texts(record):
                record._system_write(dict.fromkeys(texts, WORD))
        cls.threads = {
            model: record
            for model, record in cls.records.items()
            if "message_ids" in record
        }
        cls.satellites = {
            model: cls._plant(record) for model, record in cls.threads.items()
        }

    @classmethod
    def _records(cls):
        """Return a secret record by model that ``gmo`` may read; the other addons
        return theirs instead."""
        content = cls._content("customer.secrecy.mixin", cls.dossier)
        approval = cls.dossier.approval_id
        # a paper is named after it
        content["customer.document"].type_id.name = WORD
        permit = content["customer.access.permit.item"].permit_id
        permit.with_user(cls.rep).action_submit()
        handover = cls.env["customer.staff.handover"].create(
            {
                "user_id": cls.rep.id,
                "team_id": cls.unit.id,
                "date_last": "2030-01-31",
                "successor_id": cls.bum.id,
            }
        )
        case = cls._case()
        service = cls.env["customer.service.log"].create(
            {
                "complaint_id": case.id,
                "user_id": cls.mdo.id,
                "mode": "phone",
                "problem": WORD,
            }
        )
        order = cls.env["sale.order"].create({"partner_id": cls.partner.id})
        delivery = cls.env["customer.delivery.followup"]._plan(order)
        delivery.user_id = cls.gmo
        line = cls.env["customer.grade.evaluation.line"]._system_create(
            [
                {
                    "evaluation_id": content["customer.grade.evaluation"].id,
                    "factor_id": cls.env.ref(
                        "customer_archive.customer_grade_factor_needs"
                    ).id,
                }
            ]
        )
        return content | {
            "customer.grade.evaluation.line": line,
            "customer.delivery.followup": delivery,
            "customer.delivery.tracking": cls.env[
                "customer.delivery.tracking"
            ]._system_create([{"followup_id": delivery.id, "date_due": "2030-01-31"}]),
            "customer.complaint": case,
            "customer.complaint.log": case._log("routed", note=WORD),
            "customer.complaint.dispatch": cls._answered(case),
            "customer.service.log": service,
            "customer.service.part": cls.env["customer.service.part"].create(
                {"log_id": service.id, "name": WORD}
            ),
            "customer.feedback.form": cls.env["customer.feedback.form"].create(
                {"complaint_id": case.id}
            ),
            "customer.complaint.task": cls.env["customer.complaint.task"].create(
                {
                    "complaint_id": case.id,
                    "name": WORD,
                    "department_id": case.department_id.id,
                    "date_due": "2030-01-31",
                }
            ),
            "customer.complaint.report": cls.env["customer.complaint.report"].browse(
                case.id
            ),
            "customer.service.evaluation": cls.env[
                "customer.service.evaluation"
            ]._system_create(
                {
                    "department_id": cls.env["customer.service.team"]
                    .create({"name": WORD})
                    .id,
                    "company_id": cls.company.id,
                    "date_start": "2030-01-01",
                    "date_end": "2030-03-31",
                }
            ),
            "customer.dossier": cls.dossier,
            "customer.approval": approval,
            "customer.approval.line": approval.line_ids[:1],
            "customer.approval.decision": approval.decision_ids,
            "customer.information": cls.env["customer.information"]
            .with_user(cls.rep)
            .create({"text": WORD, "partner_id": cls.partner.id}),
            "customer.access.permit": permit,
            "customer.staff.handover": handover,
            "customer.staff.handover.line": cls.env[
                "customer.staff.handover.line"
            ].create({"handover_id": handover.id, "name": WORD}),
            "customer.leak.incident": cls.env["customer.leak.incident"].create(
                {"description": WORD, "dossier_ids": [Command.set(cls.dossier.ids)]}
            ),
        }

    @classmethod
    def _texts(cls, record):
        return [
            name
            for name, field in record._fields.items()
            if field.type in ("char", "text", "html")
            and field.store
            and not field.compute
            and name not in CODES
            and not name.endswith("_model")
        ]

    @classmethod
    def _plant(cls, record):
        """Return what strangers got hold of on ``record`` while they had the right."""
        partners = (cls.strangers[0] + cls.strangers[1] + cls.strangers[2]).partner_id
        partners |= cls.portal.partner_id
        document = {"res_model": record._name, "res_id": record.id}
        as_rep2 = cls.env["mail.message"].with_user(cls.rep2).sudo()
        message = as_rep2.create(
            {
                "model": record._name,
                "res_id": record.id,
                "message_type": "comment",
                "subtype_id": cls.env.ref("mail.mt_comment").id,
                "author_id": cls.rep2.partner_id.id,
                "partner_ids": partners.ids,
                "starred_partner_ids": partners.ids,
                "subject": WORD,
                "body": WORD,
                "tracking_value_ids": [
                    Command.create(
                        {
                            "field_id": cls.env["ir.model.fields"]
                            ._get(record._name, "display_name")
                            .id,
                            "old_value_char": WORD,
                            "new_value_char": "other",
                        }
                    )
                ],
            }
        )
        return {
            "mail.message": message.with_env(cls.env),
            "mail.notification": cls.env["mail.notification"].create(
                [
                    {
                        "mail_message_id": message.id,
                        "res_partner_id": partner.id,
                        "is_read": partner == cls.rep2.partner_id,
                    }
                    for partner in partners
                ]
            ),
            "mail.followers": cls.env["mail.followers"].create(
                [document | {"partner_id": partner.id} for partner in partners]
            ),
            "mail.activity": cls.env["mail.activity"].create(
                [
                    {
                        "res_model_id": cls.env["ir.model"]._get_id(record._name),
                        "res_id": record.id,
                        "user_id": user.id,
                        "summary": WORD,
                        "note": WORD,
                    }
                    for user in (*cls.strangers, cls.gmo)
                ]
            ),
            "calendar.event": cls.env["calendar.event"].create(
                {
                    "name": WORD,
                    "description": WORD,
                    "user_id": cls.rep.id,
                    "partner_ids": [Command.set(cls.rep.partner_id.ids)],
                    "res_model_id": cls.env["ir.model"]._get_id(record._name),
                    "res_id": record.id,
                    "start": "2030-01-31 08:00:00",
                    "stop": "2030-01-31 09:00:00",
                }
            ),
            "ir.attachment": cls.env["ir.attachment"].create(
                [
                    document | {"name": f"{WORD}.txt", "raw": b"scan"},
                    {
                        "name": f"{WORD}.txt",
                        "raw": b"scan",
                        "res_model": "mail.message",
                        "res_id": message.id,
                    },
                ]
            ),
        }

    def _find_leaks(self, attack, records, users):
        """Return which ``records`` (by model) ``attack(user, record)`` gets from
        which ``users``."""
        leaks = []
        for model, record in records.items():
            for user in users:
                try:
                    result = attack(user, record)
                except UserError:
                    continue  # AccessError is one
                if result:
                    leaks.append((model, user.login, result))
        return leaks

    def assertNoLeak(self, attack, records=None):
        """No stranger gets anything through ``attack``; a reader gets each record,
        so that the attack is none that always fails."""
        users = self.strangers if records else self.everybody
        records = records or self.records
        self.assertEqual(self._find_leaks(attack, records, users), [])
        found = self._find_leaks(attack, records, [self.gmo])
        self.assertEqual([leak[0] for leak in found], list(records))

    def assertNothingTold(self, told):
        for secret in (WORD, self.dossier.number, *self.FIGURES):
            self.assertNotIn(secret, str(told))

    def _satellite(self, model):
        return {name: records[model] for name, records in self.satellites.items()}

    def _read_each(self, user, records, names):
        found = []
        for record_id in records.ids:
            try:
                found += self._rpc(user, records._name, "read", [record_id], names)
            except AccessError:
                continue
        return found

    def assertSatellitesHidden(self, model, term, names):
        """Strangers neither find nor read records of ``model`` on secret documents."""
        records = self._satellite(model)
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, model, "search_read", [("id", "in", record.ids), *term], names
            ),
            records,
        )
        self.assertNoLeak(
            lambda user, record: self._read_each(user, record, names), records
        )
        self.assertNoLeak(
            lambda user, record: record.with_user(user)._filtered_access("read").ids,
            records,
        )
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, model, "search_count", [("id", "in", record.ids), *term]
            ),
            records,
        )
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                model,
                "formatted_read_group",
                [("id", "in", record.ids), *term],
                names[:1],
                ["__count"],
            ),
            records,
        )


class LeaksLoop:
    """Attacks through RPC on each of ``records`` (D8). The tests of the addons that
    build on this one run them on theirs."""

    # ------------------------------------------------------------ every model is met

    def test_every_secret_model_is_attacked(self):
        ours = {
            name
            for name in find_secret_models(self.env)
            if self.env[name]._original_module == self.ADDON
        }
        self.assertEqual(ours, set(self.records))

    # ------------------------------------------------------------ reading, finding

    def _attack_search(self, user, record):
        return self._rpc(user, record._name, "search", [("id", "=", record.id)])

    def test_search(self):
        self.assertNoLeak(self._attack_search)

    def test_read(self):
        for method, args in (
            ("read", [["display_name"]]),
            ("read", []),
            ("web_read", [{"display_name": {}, "may_read": {}}]),
        ):
            with self.subTest(call=method):
                self.assertNoLeak(
                    lambda user, record, method=method, args=args: self._rpc(
                        user, record._name, method, record.ids, *args
                    )
                )

    def test_search_read(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "search_read", [("id", "=", record.id)], ["id"]
            )
        )

    def test_web_search_read(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                record._name,
                "web_search_read",
                [("id", "=", record.id)],
                {"display_name": {}},
            )["records"]
        )

    def test_name_search(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "name_search", "", [("id", "=", record.id)]
            )
        )

    def test_search_count(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "search_count", [("id", "=", record.id)]
            )
        )

    def _groupings(self, record):
        """Return two fields to group by; the rows of a report have no author."""
        if record._log_access:
            return "create_uid", "create_date:month"
        return "company_id", "partner_id"

    def test_group_counts(self):
        for method, args, key in (
            ("formatted_read_group", [["__count"]], None),
            ("web_read_group", [], "groups"),
        ):
            with self.subTest(call=method):
                self.assertNoLeak(
                    lambda user, record, method=method, args=args, key=key: (
                        lambda result: result[key] if key else result
                    )(
                        self._rpc(
                            user,
                            record._name,
                            method,
                            [("id", "=", record.id)],
                            self._groupings(record)[:1],
                            *args,
                        )
                    )
                )

    def test_graph_and_pivot(self):
        def pivot(user, record):
            sets = [list(self._groupings(record)), []]
            groups = self._rpc(
                user,
                record._name,
                "formatted_read_grouping_sets",
                [("id", "=", record.id)],
                sets,
                ["__count"],
            )
            return sum(group["__count"] for groups_ in groups for group in groups_)

        self.assertNoLeak(pivot)

    def test_progress_bar(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                record._name,
                "read_progress_bar",
                [("id", "=", record.id)],
                self._groupings(record)[0],
                {"field": "state", "colors": dict.fromkeys(self._states(record), "x")},
            ),
            {name: rec for name, rec in self.records.items() if self._states(rec)},
        )

    def _states(self, record):
        field = record._fields.get("state")
        return field.get_values(self.env) if field and field.store else []

    def test_export(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                record._name,
                "export_data",
                record.ids,
                # only what has a table has an external id
                ["id", "display_name"] if record._auto else ["display_name"],
            )
        )

    def test_copy(self):
        for user in self.strangers:
            for model, record in self.records.items():
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(user, model, "copy", record.ids)

    def test_metadata(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "get_metadata", record.ids
            ),
            {name: record for name, record in self.records.items() if record._auto},
        )

    def test_fields_get(self):
        """The description of fields tells nothing of the record it is opened on."""
        for model, record in self.records.items():
            context = {
                "active_model": model,
                "active_id": record.id,
                "active_ids": record.ids,
                "default_dossier_id": self.dossier.id,
            }
            for user in self.strangers:
                for method, args in (
                    ("fields_get", []),
                    ("get_views", [[[False, "form"], [False, "search"]]]),
                    ("default_get", [["display_name", "dossier_id"]]),
                ):
                    with self.subTest(user=user.login, model=model, call=method):
                        try:
                            told = self._rpc(
                                user, model, method, *args, context=context
                            )
                        except AccessError:
                            continue
                        self.assertNothingTold(told)

    def test_onchange(self):
        """A form that names a hidden record fills in nothing from it."""
        hidden = {"customer.dossier": self.dossier, **self.records}
        for model, record in self.records.items():
            spec = {
                name: {"fields": {"display_name": {}}} if field.relational else {}
                for name, field in record._fields.items()
                if not field.groups and not field.type.startswith("properties")
            }
            for name, field in record._fields.items():
                if field.type != "many2one" or field.comodel_name not in hidden:
                    continue
                values = {name: hidden[field.comodel_name].id}
                for user in self.strangers:
                    with self.subTest(user=user.login, model=model, field=name):
                        try:
                            told = self._rpc(
                                user, model, "onchange", [], values, [name], spec
                            )
                        except AccessError:
                            continue
                        self.assertNothingTold(told)

    # ------------------------------------------------------------ from the customer

    def test_partner_fields(self):
        """No field of the contact brings a secret along, computed or related."""
        names = [
            name
            for name, field in self.env["res.partner"]._fields.items()
            # of use to nobody but the web client
            if field.comodel_name != "discuss.channel.rtc.session"
        ]

        def read(user):
            allowed = self._rpc(user, "res.partner", "fields_get", names, ["type"])
            return self._rpc(
                user, "res.partner", "read", self.partner.ids, list(allowed)
            )[0]

        for user in self.strangers[:-1]:
            values = read(user)
            with self.subTest(user=user.login):
                self.assertEqual(values["name"], self.partner.name)
                self.assertNothingTold(values)
        self.assertIn(self.dossier.number, str(read(self.gmo)))

    def test_partner_one2many(self):
        secret = find_secret_models(self.env)
        names = [
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field.comodel_name in secret
        ]
        self.assertIn("dossier_id", names)
        for name in names:
            for user in self.strangers[:-1]:
                with self.subTest(user=user.login, field=name):
                    for specification in (
                        {name: {"fields": {"display_name": {}}}},
                        {name: {}},
                    ):
                        (values,) = self._rpc(
                            user,
                            "res.partner",
                            "web_read",
                            self.partner.ids,
                            specification,
                        )
                        self.assertFalse(values[name])
                    exported = self._rpc(
                        user,
                        "res.partner",
                        "export_data",
                        self.partner.ids,
                        [f"{name}/display_name"],
                    )
                    self.assertFalse(any(map(any, exported["datas"])))
                    try:
                        found = self._rpc(
                            user, "res.partner", "search", [(f"{name}.id", ">", 0)]
                        )
                    except (AccessError, ValueError):
                        continue  # refused, or the field cannot be searched
                    self.assertNotIn(self.partner.id, found)

    def test_label_in_readable_models(self):
        """many2one labels are fetched in sudo, so a readable record could show one."""
        for model, record in self.records.items():
            for user in self.strangers:
                with self.subTest(user=user.login, model=model):
                    self.assertFalse(record.with_user(user).sudo().display_name)
        as_reader = self.dossier.with_user(self.gmo).sudo()
        self.assertEqual(as_reader.display_name, self.dossier.number)

    def test_order_fields(self):
        """Who sells to the customer learns nothing of him from his order."""
        order_id = self._rpc(
            self.outsider, "sale.order", "create", {"partner_id": self.partner.id}
        )
        names = self._rpc(self.outsider, "sale.order", "fields_get", [], ["type"])
        (values,) = self._rpc(
            self.outsider, "sale.order", "read", [order_id], list(names)
        )
        self.assertEqual(values["partner_id"][0], self.partner.id)
        self.assertNothingTold(values)
        path = [("dossier_id.number", "=", self.dossier.number)]
        try:
            found = self._rpc(self.outsider, "sale.order", "search", path)
        except (AccessError, ValueError):
            found = []
        self.assertFalse(found)

    # ------------------------------------------------------------ templates, portal

    def test_portal(self):
        """The customer's own people have a login and no right to anything secret."""
        for model in self.records:
            with self.subTest(model=model), self.assertRefused(AccessError):
                self._rpc(self.portal, model, "search", [])
        (values,) = self._rpc(
            self.portal, "res.partner", "read", self.person.ids, ["name"]
        )
        self.assertEqual(values["name"], self.person.name)
        for name, field in self.env["res.partner"]._fields.items():
            if field.comodel_name in self.records:
                with self.subTest(field=name):
                    try:
                        (values,) = self._rpc(
                            self.portal, "res.partner", "read", self.person.ids, [name]
                        )
                    except AccessError:
                        continue
                    self.assertFalse(values[name])


@tagged("post_install", "-at_install")
class TestLeaks(LeaksLoop, LeaksCommon):
    """Every model of this addon, and what is about none of them alone."""

    # ------------------------------------------------------------ every model is met

    def test_every_secret_model_has_its_global_rule(self):
        self.assertEqual(find_unguarded_models(self.env), [])

    def test_unguarded_model_is_reported_and_read(self):
        """A model that inherits the mixin without the rule makes this class fail."""

        class Forgotten(models.Model):
            _name = "customer.test.forgotten"
            _description = "Forgotten"
            _inherit = ["customer.dossier.content.mixin"]
            _module = "customer_archive"

            name = fields.Char()

        model_name = Forgotten._name
        registry = self.registry

        def forget():
            registry.models.pop(model_name, None)
            for mixin in Forgotten._inherit:
                registry[mixin]._inherit_children.discard(model_name)
            registry._setup_models__(self.env.cr, [])

        self.addCleanup(forget)
        add_to_registry(registry, Forgotten)
        registry._setup_models__(self.env.cr, [])
        with mute_logger("odoo.registry", "odoo.models.schema", "odoo.models"):
            registry.init_models(
                self.env.cr, [model_name], {"models_to_check": True, "module": "base"}
            )
        self.env["ir.model.access"].create(
            {
                "name": "Everybody",
                "model_id": self.env["ir.model"]._get_id(model_name),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        record = self.env[model_name].create(
            {"dossier_id": self.dossier.id, "name": WORD}
        )
        self.assertEqual(find_unguarded_models(self.env), [model_name])
        with self.assertRaises(AssertionError):
            self.assertNoLeak(self._attack_search, {model_name: record})
        self.assertIn(
            WORD,
            str(
                self._rpc(
                    self.outsider, model_name, "search_read", [("name", "=", WORD)]
                )
            ),
        )

    # ------------------------------------------------------------ reading, finding

    def test_search_by_value(self):
        """What is not shown cannot be guessed by a filter, an order or a path."""
        dossier = {"customer.dossier": self.dossier}
        for domain in (
            [("number", "=", self.dossier.number)],
            [("approval_id.decision_ids.comment", "ilike", WORD)],
        ):
            self.assertNoLeak(
                lambda user, record, domain=domain: self._rpc(
                    user, record._name, "search", domain
                ),
                dossier,
            )
        for term in (self.dossier.number, self.partner.name):
            self.assertNoLeak(
                lambda user, record, term=term: self._rpc(
                    user, record._name, "name_search", term
                ),
                dossier,
            )

    # ------------------------------------------------------------ wizards

    def test_merge_wizard(self):
        """Who may merge contacts neither reads nor destroys a hidden dossier."""
        other = self._dossier()
        manager = self.env.ref("base.group_partner_manager")
        self.outsider.group_ids = [Command.link(manager.id)]
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.outsider
        )
        double = self._customer("Dragon Copy")
        wizard.create(
            {
                "partner_ids": [Command.set((self.partner + double).ids)],
                "dst_partner_id": double.id,
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(self.dossier.partner_id, double)
        self.assertFalse(self.dossier.with_user(self.outsider).has_access("read"))
        with self.assertRefused(UserError, "each have a dossier"):
            wizard.create(
                {
                    "partner_ids": [Command.set((other.partner_id + double).ids)],
                    "dst_partner_id": double.id,
                }
            ).action_merge()
        self.assertTrue(self.dossier.exists() and other.exists())

    def test_duplicate_warning(self):
        """Whoever enters the customer again learns that he is known, no more."""
        values = {"name": self.partner.name, "is_company": True}
        result = self._rpc(
            self.outsider,
            "res.partner",
            "onchange",
            [],
            values,
            [],
            {"duplicate_message": {}},
        )
        self.assertNothingTold(result)

    # ------------------------------------------------------------ templates, portal

    def test_template_rendering(self):
        """A mail template shows what its reader may read and no more."""
        sources = (
            ("customer.dossier", self.dossier, "{{ object.needs }}"),
            ("customer.dossier", self.dossier, "{{ object.sudo().needs }}"),
            ("res.partner", self.partner, "{{ object.dossier_number }}"),
            ("res.partner", self.partner, "{{ object.sudo().dossier_number }}"),
            ("res.partner", self.partner, "{{ object.dossier_id.needs }}"),
            (
                "res.partner",
                self.partner,
                "{{ user.env['customer.dossier'].sudo().search([]).mapped('needs') }}",
            ),
        )
        for model, record, source in sources:
            for user in self.strangers[:-1]:
                with self.subTest(user=user.login, source=source):
                    render = self.env["mail.render.mixin"].with_user(user)
                    try:
                        text = render._render_template(source, model, record.ids)
                    except (AccessError, UserError):
                        continue
                    self.assertNothingTold(text)

    def test_template_is_not_written(self):
        """Nobody writes placeholders with code but members of the editors' group."""
        for user in self.strangers[:-1]:
            self.assertFalse(user.has_group("mail.group_mail_template_editor"))
            for model in ("customer.dossier", "res.partner"):
                with self.assertRefused(AccessError):
                    self._rpc(
                        user,
                        "mail.template",
                        "create",
                        {
                            "name": "x",
                            "model_id": self.env["ir.model"]._get_id(model),
                            "subject": "{{ object.sudo().display_name }}",
                        },
                    )
