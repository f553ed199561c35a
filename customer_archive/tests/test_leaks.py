import json
from unittest.mock import patch

from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import Request
from odoo.orm.model_classes import add_to_registry
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger
from odoo.tools.misc import limited_field_access_token

from .test_attack import AttackCommon

WORD = "Zanzibar"


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
    """A record of each model under a secrecy rule, and strangers who once wrote,
    received or followed a message on it and still have a to-do there."""

    ADDON = "customer_archive"

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
        # a stranger of each role besides
        cls.everybody = (*cls.strangers, *cls._strangers())
        export = cls.env.ref("base.group_allow_export")
        for user in (cls.gmo, *cls.strangers[:-1]):
            user.group_ids = [Command.link(export.id)]
        cls.dossier = cls._dossier(partner_id=cls.partner.id, needs=WORD)
        cls._submit(cls.dossier)
        cls.dossier.with_user(cls.bum).action_approve(WORD)
        cls.content = cls._content("customer.secrecy.mixin", cls.dossier)
        cls.records = cls._records()
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
        """Return a secret record by model; extended by the other addons."""
        approval = cls.dossier.approval_id
        return cls.content | {
            "customer.dossier": cls.dossier,
            "customer.approval": approval,
            "customer.approval.line": approval.line_ids[:1],
            "customer.approval.decision": approval.decision_ids,
            "customer.information": cls.env["customer.information"]
            .with_user(cls.rep)
            .create({"text": WORD, "partner_id": cls.partner.id}),
        }

    @classmethod
    def _plant(cls, record):
        """Return what strangers got hold of on ``record`` while they had the right."""
        partners = (cls.strangers[0] + cls.strangers[1] + cls.strangers[2]).partner_id
        partners |= cls.portal.partner_id
        document = {"res_model": record._name, "res_id": record.id}
        message = cls.env["mail.message"].create(
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
        cls.env.cr.execute(
            "UPDATE mail_message SET create_uid = %s WHERE id = %s",
            (cls.rep2.id, message.id),
        )
        return {
            "mail.message": message,
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

    def assertNoLeak(self, attack, records=None, reader=None):
        """No stranger gets anything through ``attack``; a reader gets each record,
        so that the attack is none that always fails."""
        users = self.strangers if records else self.everybody
        records = records or self.records
        self.assertEqual(self._find_leaks(attack, records, users), [])
        found = self._find_leaks(attack, records, [reader or self.gmo])
        self.assertEqual([leak[0] for leak in found], list(records))


@tagged("post_install", "-at_install")
class TestLeaks(LeaksCommon):
    """Attacks through RPC on every model that inherits the secrecy mixin (D8)."""

    # ------------------------------------------------------------ every model is met

    def test_every_secret_model_is_attacked(self):
        ours = {
            name
            for name in find_secret_models(self.env)
            if self.env[name]._original_module == self.ADDON
        }
        self.assertEqual(ours, set(self.records))
        self.assertGreater(len(self.threads), 8)

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

    def _attack_search(self, user, record):
        return self._rpc(user, record._name, "search", [("id", "=", record.id)])

    def test_search(self):
        self.assertNoLeak(self._attack_search)

    def test_read(self):
        for method, args in (
            ("read", [["display_name"]]),
            ("read", []),
            ("web_read", [{"display_name": {}, "create_uid": {}}]),
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
        for term in (self.dossier.number, self.partner.name):
            self.assertNoLeak(
                lambda user, record, term=term: self._rpc(
                    user, record._name, "name_search", term
                ),
                {"customer.dossier": self.dossier},
            )

    def test_search_count(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "search_count", [("id", "=", record.id)]
            )
        )

    def test_group_counts(self):
        here = "create_uid", "create_date:month"
        for method, args, key in (
            ("formatted_read_group", [here[:1], ["__count"]], None),
            ("web_read_group", [here[:1]], "groups"),
        ):
            with self.subTest(call=method):
                self.assertNoLeak(
                    lambda user, record, method=method, args=args, key=key: (
                        lambda result: result[key] if key else result
                    )(
                        self._rpc(
                            user, record._name, method, [("id", "=", record.id)], *args
                        )
                    )
                )

    def test_graph_and_pivot(self):
        sets = [["create_uid", "create_date:month"], []]

        def pivot(user, record):
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
                "create_uid",
                {"field": "state", "colors": dict.fromkeys(self._states(record), "x")},
            ),
            {name: rec for name, rec in self.records.items() if self._states(rec)},
        )

    def _states(self, record):
        field = record._fields.get("state")
        return field.get_values(self.env) if field and field.store else []

    def test_search_by_value(self):
        """What is not shown cannot be guessed by a filter, an order or a path."""
        for domain in (
            [("needs", "ilike", WORD)],
            [("approval_id.decision_ids.comment", "ilike", WORD)],
        ):
            self.assertNoLeak(
                lambda user, record, domain=domain: self._rpc(
                    user, record._name, "search", domain
                ),
                {"customer.dossier": self.dossier},
            )

    def test_export(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "export_data", record.ids, ["id", "display_name"]
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
            )
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
                        self.assertNotIn(self.dossier.number, str(told))
                        self.assertNotIn(WORD, str(told))

    def test_onchange(self):
        """A form that names a hidden dossier fills in nothing from it."""
        for model, record in self.content.items():
            spec = {
                name: {"fields": {"display_name": {}}} if field.relational else {}
                for name, field in record._fields.items()
                if not field.groups and not field.type.startswith("properties")
            }
            for user in self.strangers:
                with self.subTest(user=user.login, model=model):
                    try:
                        told = self._rpc(
                            user,
                            model,
                            "onchange",
                            [],
                            {"dossier_id": self.dossier.id},
                            ["dossier_id"],
                            spec,
                        )
                    except AccessError:
                        continue
                    self.assertNotIn(self.dossier.number, str(told))
                    self.assertNotIn(WORD, str(told))

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
                self.assertNotIn(self.dossier.number, str(values))
                self.assertNotIn(WORD, str(values))
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
        self.assertNotIn(self.dossier.number, str(values))
        self.assertNotIn(WORD, str(values))
        path = [("dossier_id.number", "=", self.dossier.number)]
        try:
            found = self._rpc(self.outsider, "sale.order", "search", path)
        except (AccessError, ValueError):
            found = []
        self.assertFalse(found)

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
        self.assertNotIn(self.dossier.number, str(result))
        self.assertNotIn(WORD, str(result))

    # ------------------------------------------------------------ messages

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

    def test_messages(self):
        """Also whoever wrote, received or followed a message no longer reads it."""
        self.assertSatellitesHidden(
            "mail.message",
            [("body", "ilike", WORD)],
            ["subject", "body", "record_name"],
        )
        for message in self._satellite("mail.message").values():
            for user in self.strangers:
                self.assertFalse(message.with_user(user).sudo().display_name)

    def test_message_of_a_former_reader(self):
        """The right to a message ends and comes back with the right to the dossier."""
        dossier = self._dossier(service_user_ids=[Command.link(self.fug.id)])
        message = dossier.with_user(self.rep).message_post(
            body=WORD, partner_ids=self.fug.partner_id.ids
        )
        as_fug = message.with_user(self.fug)
        self.assertIn(self.fug.partner_id, message.notified_partner_ids)
        for may in (True, False, True):
            dossier.service_user_ids = [Command.set(self.fug.ids if may else [])]
            self.env.invalidate_all()
            self.assertEqual(as_fug.has_access("read"), may)
            self.assertEqual(bool(as_fug.search([("id", "=", message.id)])), may)

    def test_messages_in_no_ticked_company(self):
        """Secrecy is no company switch: the inbox works over all of them."""
        other = self.env["res.company"].create({"name": "Other"})
        self.mdo.company_ids = [Command.link(other.id)]
        message = self.satellites["customer.dossier"]["mail.message"]
        message.partner_ids = [Command.link(self.mdo.partner_id.id)]
        self.assertTrue(
            self._rpc(
                self.mdo,
                "mail.message",
                "search",
                [("id", "=", message.id)],
                context={"allowed_company_ids": other.ids},
            )
        )

    def test_tracking_values(self):
        for name, records in self.satellites.items():
            tracking = records["mail.message"].tracking_value_ids
            for user in self.strangers:
                with self.subTest(user=user.login, model=name):
                    for domain in (
                        [("id", "in", tracking.ids)],
                        [("old_value_char", "=", WORD)],
                    ):
                        with self.assertRefused(AccessError):
                            self._rpc(user, "mail.tracking.value", "search", domain)
                    with self.assertRefused(AccessError):
                        self._rpc(user, "mail.tracking.value", "read", tracking.ids)
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user,
                            "mail.message",
                            "search",
                            [("tracking_value_ids.old_value_char", "=", WORD)],
                        )

    def test_posting_by_a_former_reader(self):
        for name, record in self.threads.items():
            for user in self.strangers:
                with self.subTest(user=user.login, model=name):
                    with self.assertRefused(AccessError):
                        self._rpc(user, name, "message_post", record.ids, body="x")
                    with self.assertRefused(AccessError):
                        self._rpc(
                            user,
                            "mail.message",
                            "create",
                            {
                                "model": name,
                                "res_id": record.id,
                                "body": "x",
                                "message_type": "comment",
                                "subtype_id": self.env.ref("mail.mt_comment").id,
                                "parent_id": self.satellites[name]["mail.message"].id,
                            },
                        )

    def test_notifications(self):
        self.assertSatellitesHidden(
            "mail.notification", [], ["mail_message_id", "res_partner_id"]
        )

    def test_scheduled_messages(self):
        for name, record in self.threads.items():
            scheduled = self.env["mail.scheduled.message"].create(
                {
                    "model": name,
                    "res_id": record.id,
                    "author_id": self.rep2.partner_id.id,
                    "subject": WORD,
                    "body": WORD,
                    "scheduled_date": "2040-01-01 08:00:00",
                }
            )
            for user in self.strangers:
                with self.subTest(user=user.login, model=name):
                    try:
                        found = self._rpc(
                            user,
                            "mail.scheduled.message",
                            "search",
                            [("id", "=", scheduled.id)],
                        )
                    except AccessError:
                        found = []
                    self.assertFalse(found)
                    with self.assertRefused(AccessError):
                        self._rpc(user, "mail.scheduled.message", "read", scheduled.ids)

    def test_composer(self):
        """The mail composer takes no text from a record that its user cannot read."""
        for name, record in self.threads.items():
            for user in self.strangers:
                for mode in ("comment", "mass_mail"):
                    with (
                        self.subTest(user=user.login, model=name, mode=mode),
                        self.assertRefused(AccessError),
                    ):
                        composer_id = self._rpc(
                            user,
                            "mail.compose.message",
                            "create",
                            {
                                "model": name,
                                "res_ids": str(record.ids),
                                "composition_mode": mode,
                                "subject": "{{ object.display_name }}",
                                "body": "<p>x</p>",
                            },
                        )
                        self._rpc(
                            user,
                            "mail.compose.message",
                            "action_send_mail",
                            [composer_id],
                        )

    # ------------------------------------------------------------ recipients, followers

    def test_follower_mails(self):
        """Followers and people mentioned get neither mail nor bus without the right."""
        outside = self._customer("Outside", email="outside@example.com")
        unwelcome = outside
        for user in self.strangers:
            unwelcome |= user.partner_id
        told = self.gmo.partner_id | unwelcome
        for name, record in self.threads.items():
            record = record.with_context(mail_notify_force_send=False)
            for subject in (WORD, False):
                message = record.message_post(
                    body=WORD,
                    subject=subject,
                    partner_ids=told.ids,
                    outgoing_email_to="somebody@example.com",
                    subtype_xmlid="mail.mt_comment",
                )
                with self.subTest(model=name):
                    notified = message.notified_partner_ids
                    self.assertIn(self.gmo.partner_id, notified)
                    self.assertFalse(notified & unwelcome)
                    mails = self.env["mail.mail"].search(
                        [("mail_message_id", "=", message.id)]
                    )
                    self.assertFalse(mails.recipient_ids & unwelcome)
                    self.assertFalse(any(mails.mapped("email_to")))

    def test_notify_without_a_record(self):
        message = self.env["mail.thread"].message_notify(
            model="customer.dossier",
            res_id=self.dossier.id,
            partner_ids=(self.gmo + self.outsider).partner_id.ids,
            body=WORD,
            subject=WORD,
        )
        self.assertEqual(message.notified_partner_ids, self.gmo.partner_id)

    def test_bus(self):
        sent = []
        bus = self.env.registry["bus.bus"]

        def _sendone(this, target, *args, _send=bus._sendone):
            sent.append((target, args))
            return _send(this, target, *args)

        self.gmo.notification_type = "inbox"
        self.outsider.notification_type = "inbox"
        with patch.object(bus, "_sendone", _sendone):
            self.dossier.message_post(
                body=WORD, partner_ids=(self.gmo + self.outsider).partner_id.ids
            )
            self.env.flush_all()
        targets = [target for target, args in sent if WORD in str(args)]
        self.assertTrue(targets)
        self.assertNotIn(self.outsider, targets)
        self.assertNotIn(self.outsider.partner_id, targets)

    def test_subscribing(self):
        """A reader cannot make somebody follow who has no right."""
        outside = self._customer("Outside")
        told = (self.gmo + self.fug + self.outsider).partner_id | outside
        for name, record in self.threads.items():
            for subtypes in (None, self.env.ref("mail.mt_comment").ids):
                record.message_follower_ids.unlink()
                record.message_subscribe(told.ids, subtypes)
                with self.subTest(model=name, subtypes=subtypes):
                    self.assertEqual(record.message_partner_ids, self.gmo.partner_id)

    def test_subscribing_oneself(self):
        self.env["mail.followers"].search(
            [("partner_id", "in", self.outsider.partner_id.ids)]
        ).unlink()
        for name, record in self.threads.items():
            try:
                self._rpc(
                    self.outsider,
                    name,
                    "message_subscribe",
                    record.ids,
                    self.outsider.partner_id.ids,
                )
            except AccessError:
                pass
            self.assertNotIn(self.outsider.partner_id, record.message_partner_ids)

    def test_followers(self):
        self.assertSatellitesHidden(
            "mail.followers", [], ["partner_id", "res_id", "email"]
        )
        followed = [("message_follower_ids.partner_id", "!=", False)]
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, record._name, "search", [("id", "=", record.id), *followed]
            ),
            self.threads,
        )

    # ------------------------------------------------------------ to-dos, meetings

    def test_activities(self):
        """Also the assignee reads a to-do only with the right to the document."""
        self.assertSatellitesHidden(
            "mail.activity",
            [("summary", "=", WORD)],
            ["res_name", "summary", "note"],
        )
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user, "mail.activity", "activity_format", record.ids
            ),
            self._satellite("mail.activity"),
        )

    def test_activity_is_not_worked_on(self):
        for name, activities in self._satellite("mail.activity").items():
            for user in self.strangers:
                activity = activities.filtered(lambda a, user=user: a.user_id == user)
                for method, args in (
                    ("write", [{"summary": "x"}]),
                    ("unlink", []),
                    ("action_feedback", []),
                    ("action_done", []),
                    ("action_open_document", []),
                ):
                    with self.subTest(user=user.login, model=name, call=method):
                        try:
                            told = self._rpc(
                                user, "mail.activity", method, activity.ids, *args
                            )
                        except AccessError:
                            continue
                        self.assertNotIn(WORD, str(told))
                self.assertEqual(activity.summary, WORD)

    def test_activity_counts(self):
        """The bell in the menu bar counts no to-do that its user may not read."""
        for user in self.strangers[:-1]:
            groups = self.env["res.users"].with_user(user)._get_activity_groups()
            with self.subTest(user=user.login):
                self.assertFalse([g for g in groups if g["type"] == "activity"])
        self.env["mail.activity"].search(
            [("user_id", "=", self.outsider.id), ("res_model", "=", "customer.dossier")]
        ).user_id = self.gmo
        groups = self.env["res.users"].with_user(self.gmo)._get_activity_groups()
        self.assertIn("customer.dossier", [group.get("model") for group in groups])

    def test_activity_view(self):
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                record._name,
                "search",
                [("id", "=", record.id), ("activity_ids.summary", "=", WORD)],
            ),
            self.threads,
        )
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                "mail.activity",
                "get_activity_data",
                record._name,
                [("id", "=", record.id)],
            )["activity_res_ids"],
            self.threads,
        )

    def test_assigning_an_activity(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        for user in self.strangers:
            values = {
                "res_model_id": self.env["ir.model"]._get_id("customer.dossier"),
                "res_id": self.dossier.id,
                "activity_type_id": todo.id,
                "user_id": user.id,
            }
            with self.assertRefused(ValidationError, "Assign the activity to somebody"):
                self._rpc(self.rep, "mail.activity", "create", values)
            activity_id = self._rpc(
                self.rep, "mail.activity", "create", values | {"user_id": self.gmo.id}
            )
            with self.assertRefused(ValidationError, "grant access first"):
                self._rpc(
                    self.rep,
                    "mail.activity",
                    "write",
                    [activity_id],
                    {"user_id": user.id},
                )

    def test_calendar_entries(self):
        """Colleagues see neither the title of a meeting nor guess at it."""
        self.assertSatellitesHidden(
            "calendar.event", [("name", "ilike", WORD)], ["name", "description"]
        )
        event = self.satellites["customer.dossier"]["calendar.event"]
        for attendee in self.rep2, self.outsider:
            as_attendee = event.with_user(attendee)
            self.assertFalse(as_attendee.sudo().display_name)
            self.assertFalse(as_attendee.search([("id", "=", event.id)]))
            event.partner_ids = [Command.link(attendee.partner_id.id)]
            self.env.invalidate_all()
            self.assertEqual(as_attendee.search([("id", "=", event.id)]).name, WORD)

    # ------------------------------------------------------------ files

    def test_attachments(self):
        self.assertSatellitesHidden("ir.attachment", [], ["name", "raw"])
        for name, record in self.threads.items():
            for user in self.strangers:
                with (
                    self.subTest(user=user.login, model=name),
                    self.assertRefused(AccessError),
                ):
                    self._rpc(
                        user,
                        "ir.attachment",
                        "create",
                        {"name": "planted", "res_model": name, "res_id": record.id},
                    )

    def test_attachments_are_never_public(self):
        for attachments in self._satellite("ir.attachment").values():
            for attachment in attachments:
                with self.assertRefused(ValidationError, "never public"):
                    attachment.public = True

    # ------------------------------------------------------------ what people save

    def test_filters(self):
        for model in self.records:
            values = {
                "name": "Mine",
                "model_id": model,
                "domain": f"[('display_name', 'ilike', '{WORD}')]",
                "user_ids": [Command.link(self.rep.id)],
            }
            for shared in ([], (self.rep + self.outsider).ids):
                with (
                    self.subTest(model=model, shared=shared),
                    self.assertRefused(ValidationError, "for yourself alone"),
                ):
                    self._rpc(
                        self.rep,
                        "ir.filters",
                        "create",
                        values | {"user_ids": [Command.set(shared)]},
                    )
            filter_id = self._rpc(self.rep, "ir.filters", "create", values)
            manager = self.env.ref("base.group_erp_manager")
            self.admin_user.group_ids = [Command.link(manager.id)]
            for user in self.strangers:
                with self.subTest(model=model, user=user.login):
                    here = [("id", "=", filter_id)]
                    self.assertFalse(self._rpc(user, "ir.filters", "search", here))
                    with self.assertRefused(AccessError):
                        self._rpc(user, "ir.filters", "read", [filter_id], ["domain"])
            self.assertTrue(
                self._rpc(self.rep, "ir.filters", "get_filters", model)[0]["domain"]
            )

    def test_filters_of_other_models(self):
        values = {"name": "Ours", "model_id": "res.partner", "user_ids": []}
        filter_id = self._rpc(self.rep, "ir.filters", "create", values)
        self.assertTrue(
            self._rpc(self.outsider, "ir.filters", "search", [("id", "=", filter_id)])
        )

    def test_external_ids(self):
        for user in (*self.strangers[:2], self.portal):
            with self.assertRefused(AccessError):
                self._rpc(user, "ir.model.data", "search", [])

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
                    self.assertNotIn(WORD, str(text))
                    self.assertNotIn(self.dossier.number, str(text))

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

    # ------------------------------------------------------------ cost

    def test_cost_does_not_grow(self):
        """Lists of messages, to-dos and so on cost the same for one document and for
        many, and one query more where nothing is secret."""
        dossiers = self.dossier
        for _index in range(8):
            dossiers += self._dossier()
        for name in ("mail.message", "mail.activity", "mail.followers"):
            counts = []
            for some in dossiers[:1], dossiers:
                for dossier in some - self.dossier:
                    if not dossier.activity_ids:
                        self._plant(dossier)
                field = "model" if name == "mail.message" else "res_model"
                domain = [(field, "=", "customer.dossier"), ("res_id", "in", some.ids)]
                records = self.env[name].with_user(self.rep2)
                records.search(domain)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertFalse(records.search(domain))
                counts.append(self.env.cr.sql_log_count - before)
            with self.subTest(model=name):
                self.assertEqual(counts[0], counts[1])

    def test_cost_without_secrets(self):
        message = self.partner.message_post(body="Hello")
        activity = self.partner.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.rep2.id
        )
        self.partner.message_subscribe(self.rep2.partner_id.ids)
        secrecy = self.env.registry["customer.secrecy.mixin"]
        for record in message, activity, self.partner.message_follower_ids:
            records = record.with_user(self.rep2)
            domain = [("id", "in", record.ids)]

            def count(records=records, domain=domain):
                records.search(domain)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertTrue(records.search(domain))
                return self.env.cr.sql_log_count - before

            with patch.object(
                secrecy, "_get_hidden_ids", lambda *args: set(), create=False
            ):
                plain = count()
            with self.subTest(model=record._name):
                self.assertLessEqual(count(), plain + 1)


@tagged("post_install", "-at_install")
class TestLeaksHttp(LeaksCommon, HttpCase):
    """The same wall over HTTP, where a token or a URL could stand for a right."""

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _visitors(self):
        return (*self.strangers[:2], None)

    def _get(self, url, **kwargs):
        with mute_logger(
            "odoo.http",
            "odoo.addons.base.models.ir_rule",
            "odoo.addons.web.controllers.export",
            "odoo.addons.web.controllers.report",
        ):
            return self.url_open(url, **kwargs)

    def assertNothingSent(self, response):
        self.assertNotIn(b"scan", response.content)
        self.assertNotIn(WORD.encode(), response.content)
        self.assertNotIn(self.dossier.number.encode(), response.content)

    def test_attachment_urls(self):
        """A token opens nothing: who is logged in and may read, downloads."""
        for name, attachments in self._satellite("ir.attachment").items():
            for attachment in attachments:
                attachment.generate_access_token()
                tokens = attachment.access_token, attachment._get_raw_access_token()
                urls = [
                    f"/web/{kind}/{attachment.id}{query}"
                    for kind in ("content", "image")
                    for query in ("", *(f"?access_token={t}" for t in tokens))
                ]
                for visitor in self._visitors():
                    self._login(visitor)
                    for url in urls:
                        with self.subTest(model=name, url=url, visitor=visitor):
                            response = self._get(url)
                            self.assertNothingSent(response)
                            if "/content/" in url:
                                self.assertEqual(response.status_code, 404)
                self._login(self.gmo)
                for url in urls[:3]:
                    with self.subTest(model=name, url=url):
                        self.assertEqual(self._get(url).content, b"scan")

    def _satellite(self, model):
        return {name: records[model] for name, records in self.satellites.items()}

    def test_ownership_token(self):
        """The token that lets an author take his file back ends with his right."""
        attachment = self.satellites["customer.dossier"]["ir.attachment"][0]
        token = attachment._get_ownership_token()
        for visitor in self.strangers[:2]:
            self._login(visitor)
            with (
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.make_jsonrpc_request(
                    "/mail/attachment/delete",
                    {"attachment_id": attachment.id, "access_token": token},
                )
            url = f"/mail/attachment/pdf_first_page/{attachment.id}"
            response = self._get(f"{url}?access_token={token}")
            self.assertEqual(response.status_code, 404)
        self.assertTrue(attachment.exists())

    def test_files_and_images_in_fields(self):
        found = 0
        for model, record in self.records.items():
            for name, field in record._fields.items():
                if field.type != "binary" or not field.store:
                    continue
                record._system_write({name: "c2Nhbg=="})
                token = limited_field_access_token(record, name, scope="binary")
                found += 1
                for kind in ("content", "image"):
                    for query in ("", f"?access_token={token}"):
                        url = f"/web/{kind}/{model}/{record.id}/{name}{query}"
                        for visitor in self._visitors():
                            self._login(visitor)
                            with self.subTest(url=url, visitor=visitor):
                                self.assertNothingSent(self._get(url))
                self._login(self.gmo)
                self.assertEqual(
                    self._get(f"/web/content/{model}/{record.id}/{name}").content,
                    b"scan",
                )
        self.assertGreater(found, 2)

    def test_chatter_over_http(self):
        calls = [
            ("/mail/thread/messages", {"thread_model": name, "thread_id": record.id})
            for name, record in self.threads.items()
        ]
        calls += [
            (f"/mail/{box}/messages", {}) for box in ("inbox", "history", "starred")
        ]
        calls += [
            (
                "/mail/data",
                {
                    "fetch_params": [
                        [
                            "mail.thread",
                            {
                                "thread_model": name,
                                "thread_id": record.id,
                                "request_list": [
                                    "activities",
                                    "attachments",
                                    "followers",
                                    "scheduledMessages",
                                ],
                            },
                        ],
                        "systray_get_activities",
                    ]
                },
            )
            for name, record in self.threads.items()
        ]
        for user in self.strangers[:3]:
            self._login(user)
            for url, params in calls:
                with self.subTest(user=user.login, url=url, params=params):
                    try:
                        with mute_logger("odoo.http"):
                            told = self.make_jsonrpc_request(url, params)
                    except JsonRpcException:
                        continue
                    self.assertNotIn(WORD, str(told))
                    self.assertNotIn(self.dossier.number, str(told))
        self._login(self.gmo)
        told = self.make_jsonrpc_request(
            *calls[list(self.threads).index("customer.dossier")]
        )
        self.assertIn(WORD, str(told))

    def test_reports_over_http(self):
        reports = self.env["ir.actions.report"].search(
            [("model", "in", list(self.records))]
        )
        self.assertTrue(reports)
        for report in reports:
            record = self.records[report.model]
            for kind in ("html", "pdf"):
                url = f"/report/{kind}/{report.report_name}/{record.id}"
                for visitor in self._visitors():
                    self._login(visitor)
                    with self.subTest(url=url, visitor=visitor):
                        self.assertNothingSent(self._get(url))
        self._login(self.gmo)
        url = f"/report/html/customer_archive.report_customer_dossier/{self.dossier.id}"
        self.assertIn(self.dossier.number.encode(), self._get(url).content)

    def test_spreadsheets_over_http(self):
        base = "customer.xlsx.report"
        for name in self.env.registry.descendants([base], "_inherit") - {base}:
            record = self.records.get(self.env[name]._get_model())
            if record is None:
                continue
            url = f"/customer_archive/xlsx/{name}?ids={record.id}"
            for visitor in self._visitors():
                self._login(visitor)
                with self.subTest(url=url, visitor=visitor):
                    response = self._get(url)
                    self.assertNotIn(
                        "spreadsheetml", response.headers["Content-Type"] or ""
                    )

    def test_web_export_over_http(self):
        for model, record in self.records.items():
            data = json.dumps(
                {
                    "model": model,
                    "fields": [
                        {"name": "id", "label": "Id", "type": "integer"},
                        {"name": "display_name", "label": "Name", "type": "char"},
                    ],
                    "ids": record.ids,
                    "domain": [],
                    "import_compat": False,
                }
            )
            for kind in ("csv", "xlsx"):
                for visitor in self.strangers[:3]:
                    self._login(visitor)
                    with self.subTest(model=model, kind=kind, visitor=visitor.login):
                        response = self._get(
                            f"/web/export/{kind}",
                            data={"data": data, "csrf_token": Request.csrf_token(self)},
                        )
                        self.assertEqual(response.status_code, 500)
                        self.assertIn(b"AccessError", response.content)
                        self.assertNothingSent(response)

    def test_web_client_over_http(self):
        for visitor in self.strangers[:3]:
            self._login(visitor)
            for model, record in self.records.items():
                with (
                    self.subTest(model=model, visitor=visitor.login),
                    mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"),
                    self.assertRaises(JsonRpcException) as caught,
                ):
                    # the debug mode, which anybody may type, names refused records
                    self.make_jsonrpc_request(
                        f"/web/dataset/call_kw/{model}/web_read?debug=1",
                        {
                            "model": model,
                            "method": "web_read",
                            "args": [record.ids, {"display_name": {}}],
                            "kwargs": {},
                        },
                    )
                self.assertNotIn(self.dossier.number, str(caught.exception))

    def test_portal_over_http(self):
        self._login(self.portal)
        for url in (
            "/my",
            "/my/home",
            f"/mail/view?model=customer.dossier&res_id={self.dossier.id}",
            f"/odoo/customer.dossier/{self.dossier.id}",
        ):
            with self.subTest(url=url):
                self.assertNothingSent(self._get(url))
