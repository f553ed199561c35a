from contextlib import suppress
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .test_leaks import WORD, LeaksCommon


class LeaksMailLoop:
    """What hangs on each of ``threads`` and has rules of its own: messages, to-dos,
    followers, meetings, files, filters (D8)."""

    # ------------------------------------------------------------ messages

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
            with suppress(AccessError):
                self._rpc(
                    self.outsider,
                    name,
                    "message_subscribe",
                    record.ids,
                    self.outsider.partner_id.ids,
                )
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
                        self.assertNothingTold(told)
                self.assertEqual(activity.summary, WORD)

    def test_activity_counts(self):
        """The bell in the menu bar counts no to-do that its user may not read."""
        for user in self.strangers[:-1]:
            groups = self.env["res.users"].with_user(user)._get_activity_groups()
            with self.subTest(user=user.login):
                self.assertFalse([g for g in groups if g["type"] == "activity"])
        groups = self.env["res.users"].with_user(self.gmo)._get_activity_groups()
        told = {group.get("model") for group in groups}
        self.assertLessEqual(set(self.threads), told)

    def test_activity_view(self):
        threads = {
            model: record
            for model, record in self.threads.items()
            if "activity_ids" in record
        }
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                record._name,
                "search",
                [("id", "=", record.id), ("activity_ids.summary", "=", WORD)],
            ),
            threads,
        )
        self.assertNoLeak(
            lambda user, record: self._rpc(
                user,
                "mail.activity",
                "get_activity_data",
                record._name,
                [("id", "=", record.id)],
            )["activity_res_ids"],
            threads,
        )

    def test_calendar_entries(self):
        """Colleagues see neither the title of a meeting nor guess at it."""
        self.assertSatellitesHidden(
            "calendar.event", [("name", "ilike", WORD)], ["name", "description"]
        )
        event = next(iter(self.satellites.values()))["calendar.event"]
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


@tagged("post_install", "-at_install")
class TestLeaksMail(LeaksMailLoop, LeaksCommon):
    """Every document of this addon, and what one of them shows for all."""

    # ------------------------------------------------------------ messages

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

    # ------------------------------------------------------------ recipients, followers

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

    # ------------------------------------------------------------ to-dos, meetings

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

    # ------------------------------------------------------------ what people save

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
            domain = Domain("id", "in", record.ids)

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
