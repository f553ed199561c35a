import json
from datetime import datetime, time

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, html2plaintext, json_default

ACTIVITY_TYPE = "customer_archive.mail_activity_type_change"
# A proposal that is applied is its own record of the change. Like the guard's,
# this object cannot come from a client.
_APPLYING = object()
_APPLYING_KEY = "customer_change_applying"


class CustomerChange(models.Model):
    """A changed field of a customer or his dossier, marked until the keeper has
    acknowledged it (A51), or in strict mode a value that he is asked to enter (A52).

    ``res.partner`` and ``customer.dossier`` hand every write with a watched field
    (``customer.dossier.field``) to this model; everything here is written by the
    system. A contact that comes or goes is a change of the field ``child_ids``.
    """

    _name = "customer.change"
    _description = "Change of Customer Data"
    _inherit = [
        "customer.guarded.mixin",
        "customer.secrecy.mixin",
        "customer.register.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "record_name"

    dossier_id = fields.Many2one(
        "customer.dossier", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="dossier_id.partner_id", store=True, index=True
    )
    team_id = fields.Many2one(related="dossier_id.team_id", store=True)
    company_id = fields.Many2one(related="dossier_id.company_id", store=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Changed Record", readonly=True)
    field_id = fields.Many2one(
        "ir.model.fields", required=True, readonly=True, ondelete="cascade"
    )
    field_label = fields.Char(related="field_id.field_description", string="Field Name")
    old_value = fields.Text(readonly=True, prefetch="guarded")
    new_value = fields.Text(readonly=True, prefetch="guarded")
    old_json = fields.Json(readonly=True, prefetch="guarded")
    new_json = fields.Json(readonly=True, prefetch="guarded")
    user_id = fields.Many2one(
        "res.users", string="Author", required=True, readonly=True, index=True
    )
    date = fields.Datetime(
        string="Changed On",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        index=True,
    )
    state = fields.Selection(
        [
            ("marked", "To Acknowledge"),
            ("acknowledged", "Acknowledged"),
            ("proposed", "Proposed"),
            ("applied", "Applied"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="marked",
        readonly=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    reason = fields.Text(readonly=True)
    turnaround_hours = fields.Float(
        string="Turnaround (Hours)",
        compute="_compute_turnaround_hours",
        store=True,
        aggregator="avg",
        help="From the change or the proposal to the keeper's decision.",
    )

    _dossier_state_idx = models.Index("(dossier_id, state)")

    # ------------------------------------------------------------ guard, access

    def _guarded_fields(self):
        return set(self._fields) - {"id", "display_name", *models.MAGIC_COLUMNS}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        if not self._is_system():  # the customer is destroyed
            raise UserError(
                self.env._("Changes are the record of who changed what. They stay.")
            )

    @api.model
    def _may_read_domain(self):
        domain = self.env["customer.dossier"]._filed_may_read_domain()
        return domain & Domain("field_id", "not in", self._get_hidden_field_ids())

    @api.model
    def _get_hidden_field_ids(self):
        """Return the ids of the fields whose groups shut the present user out: their
        old and new values are as confidential as the fields."""
        hidden = []
        for model in ("res.partner", "customer.dossier"):
            ids = self.env["ir.model.fields"]._get_ids(model)
            hidden += [
                ids[name]
                for name, field in self.env[model]._fields.items()
                if field.groups
                and name in ids
                and not self.env.user.has_groups(field.groups)
            ]
        return hidden

    @api.depends("dossier_id.may_read", "field_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        return super()._compute_may_read()

    @api.depends("date", "decided_on")
    def _compute_turnaround_hours(self):
        for change in self:
            change.turnaround_hours = (
                change.decided_on
                and (change.decided_on - change.date).total_seconds() / 3600
            )

    # ------------------------------------------------------------ watching

    @api.model
    def _get_watched_names(self, model, vals):
        """Return the names among ``vals`` that matter for the records of ``model``."""
        watched = self.env["customer.dossier.field"]._get_watched(model._name)
        names = watched.intersection(vals)
        if model._name == "res.partner" and "child_ids" in watched:
            # contacts leave and move by their own fields, each command on
            # child_ids ends in a write on the contact
            names = (names - {"child_ids"}) | {"active", "parent_id"}.intersection(vals)
        return names

    @api.model
    def _watch(self, records, vals, write):
        """Write ``vals`` on ``records`` by ``write(vals, records)``; mark what it
        changes, in strict mode ask the keeper instead."""
        if not records or not (dossiers := self._get_dossiers(records, vals)):
            return write(vals, records)
        asked, rest = self._propose(dossiers, vals)
        if asked:
            self._watch(records - asked, vals, write)
            return write(rest, asked)
        before = self._snapshot(dossiers, vals)
        result = write(vals, records)
        self._mark(before)
        return result

    @api.model
    def _get_dossiers(self, records, vals):
        """Return {record: dossier in sudo} of the records that a write of ``vals`` is
        watched on: those with a submitted or formal dossier, and contacts that
        change their company."""
        if self.env.context.get(_APPLYING_KEY) is _APPLYING or not (
            names := self._get_watched_names(records, vals)
        ):
            return {}
        dossiers = self._find_dossiers(records)
        if dossiers or ("parent_id" in names and vals["parent_id"]):
            none = self.env["customer.dossier"]
            return {record: dossiers.get(record, none) for record in records}
        return {}

    @api.model
    def _find_dossiers(self, records):
        # sudo: changes are marked on dossiers that their author may not read
        dossiers = self.env["customer.dossier"].sudo()
        watched = ("submitted", "formal")
        if records._name == dossiers._name:
            return {
                record: record.sudo() for record in records if record.state in watched
            }
        customers = records.sudo().commercial_partner_id
        by_customer = dossiers.search_fetch(
            [("partner_id", "in", customers.ids), ("state", "in", watched)],
            ["partner_id", "state", "company_id"],
        ).grouped("partner_id")
        return {
            record: by_customer[record.sudo().commercial_partner_id]
            for record in records
            if record.sudo().commercial_partner_id in by_customer
        }

    @api.model
    def _get_own_names(self, record, names):
        """Leave out what Odoo copies to a contact from his company, and what only
        says that he came or left."""
        if record._name != "res.partner" or record.commercial_partner_id == record:
            return names
        copied = {"active", "parent_id", *record._commercial_fields()}
        if record.type == "contact":
            copied.update(record._address_fields())
        return names - copied

    @api.model
    def _snapshot(self, dossiers, vals):
        """Return what ``_mark`` compares with after the write."""
        model = next(iter(dossiers)).browse()
        names = self._get_watched_names(model, vals)
        # sudo: who may write a field need not be able to read every watched one
        values = {
            record: {
                name: record.sudo()[name]
                for name in self._get_own_names(record.sudo(), names)
            }
            for record, dossier in dossiers.items()
            if dossier
        }
        contacts = {}
        if model._name == "res.partner" and names & {"active", "parent_id"}:
            contacts = {
                record: dossier
                for record, dossier in dossiers.items()
                if record.sudo().commercial_partner_id != record
                or record.sudo().parent_id
                or vals.get("parent_id")
            }
        return {
            "dossiers": dossiers,
            "values": values,
            "contacts": contacts,
            "active": {contact: contact.sudo().active for contact in contacts},
        }

    @api.model
    def _mark(self, before):
        """Record what really changed since the snapshot, in one insert."""
        vals_list = [
            self._prepare_values(before["dossiers"][record], record, name, value)
            for record, values in before["values"].items()
            for name, value in values.items()
            if record.sudo()[name] != value
        ]
        if contacts := before["contacts"]:
            # sudo: see _find_dossiers
            partners = next(iter(contacts)).browse().concat(*contacts).sudo()
            after = self._find_dossiers(partners)
            for contact in partners:
                was = contacts[contact] if before["active"][contact] else None
                now = after.get(contact) if contact.active else None
                if was != now:
                    vals_list += self._prepare_contact_values(contact, was, now)
        self._record(vals_list)

    @api.model
    def _mark_contacts(self, contacts, added):
        """Record contacts that were added or are about to be deleted."""
        if not contacts or "child_ids" not in self.env[
            "customer.dossier.field"
        ]._get_watched("res.partner"):
            return
        vals_list = []
        for contact, dossier in self._find_dossiers(contacts).items():
            vals_list += self._prepare_contact_values(
                contact, None if added else dossier, dossier if added else None
            )
        self._record(vals_list)

    @api.model
    def _prepare_contact_values(self, contact, was, now):
        name = contact.sudo().display_name
        return [
            {
                "dossier_id": dossier.id,
                "res_model": contact._name,
                "res_id": contact.id,
                "record_name": name,
                "field_id": self._get_field_id(contact, "child_ids"),
                "old_value": old,
                "new_value": new,
            }
            for dossier, old, new in ((was, name, False), (now, False, name))
            if dossier
        ]

    @api.model
    def _prepare_values(self, dossier, record, name, old, new=None):
        """Return the values of a change of ``record``: from ``old`` to ``new``, by
        default its present value."""
        # sudo: names of what a field leads to; the change is read under the
        # dossier's rule and the field's groups
        record_sudo = record.sudo()
        new = record_sudo[name] if new is None else new
        return {
            "dossier_id": dossier.id,
            "res_model": record._name,
            "res_id": record.id,
            "record_name": record_sudo.display_name,
            "field_id": self._get_field_id(record, name),
            "old_value": self._get_text(record_sudo, name, old),
            "new_value": self._get_text(record_sudo, name, new),
        }

    @api.model
    def _get_field_id(self, record, name):
        return self.env["ir.model.fields"]._get_ids(record._name)[name]

    @api.model
    def _get_text(self, record, name, value):
        field = record._fields[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        text = str(field.convert_to_export(value, record))
        return html2plaintext(text) if field.type == "html" else text

    @api.model
    def _get_json(self, record, name, value):
        value = record._fields[name].convert_to_read(
            value, record, use_display_name=False
        )
        return json.loads(json.dumps(value, default=json_default))

    @api.model
    def _record(self, vals_list):
        if not vals_list:
            return
        values = {"user_id": self.env.uid, "state": "marked"}
        if self._is_keeper():
            # he is the authority that acknowledges
            values = self._prepare_decision("acknowledged") | values
            values["state"] = "acknowledged"
        # sudo: nobody has the right to create changes
        changes_sudo = self.sudo()._system_create([vals | values for vals in vals_list])
        changes_sudo.sudo(self.env.su)._note_key_facts()

    def _note_key_facts(self):
        """Have the key facts among these changes of formal dossiers confirmed (A12)."""
        keys = self.env["customer.dossier.field"]._get_key
        # sudo: who changes a fact may have no right to the dossier
        facts_sudo = self.sudo().filtered(
            lambda change: (
                change.dossier_id.state == "formal"
                and change.field_id.name in keys(change.res_model)
            )
        )
        self.env["customer.dossier"]._note_key_changes(
            {
                dossier_sudo.sudo(self.env.su): ", ".join(changes.mapped("field_label"))
                for dossier_sudo, changes in facts_sudo.grouped("dossier_id").items()
            }
        )

    @api.model
    def _is_keeper(self):
        return self.env.user.has_group("customer_archive.group_keeper")

    # ------------------------------------------------------------ strict mode

    @api.model
    def _get_strict(self, dossiers):
        """Return those of {record: dossier} whose data the keeper alone enters."""
        if self.env.su or self._is_keeper():
            return {}
        formal = {
            record: dossier
            for record, dossier in dossiers.items()
            if dossier.state == "formal"
        }
        if not formal:
            return {}
        # sudo: a plain employee may not read the settings of every company
        strict_sudo = (
            self.env["res.company"]
            .sudo()
            .search([("customer_update_mode", "=", "strict")])
        )
        # a customer that all companies share is under the strictest of them
        return {
            record: dossier
            for record, dossier in formal.items()
            if strict_sudo
            and (not dossier.company_id or dossier.company_id in strict_sudo)
        }

    @api.model
    def _check_contacts_removed(self, contacts):
        """In strict mode the keeper alone deletes contacts (A52)."""
        if self._get_strict(self._find_dossiers(contacts)):
            raise UserError(
                self.env._(
                    "Only the keeper deletes contacts of a formal dossier. Ask him."
                )
            )

    @api.model
    def _propose(self, dossiers, vals):
        """Turn watched values of formal dossiers into proposals to the keeper where
        the company is strict (A52).

        :return: the records whose watched values became proposals, and what of
            ``vals`` is still to be written on them
        """
        none = next(iter(dossiers)).browse()
        strict = self._get_strict(dossiers)
        names = self._get_watched_names(none, vals)
        if none._name == "customer.dossier":
            names -= none._guarded_fields()
        vals_list = []
        asked = none
        for record, dossier in strict.items():
            proposed = self._prepare_proposals(dossier, record, names, vals)
            if proposed:
                asked |= record
                vals_list += proposed
        if asked:
            asked.check_access("write")
            self._ask_keeper(vals_list)
        return asked, {name: vals[name] for name in vals if name not in names}

    @api.model
    def _prepare_proposals(self, dossier, record, names, vals):
        vals_list = []
        for name in sorted(names):
            field = record._fields[name]
            if field.type in ("one2many", "many2many", "binary", "html", "json"):
                raise UserError(
                    self.env._(
                        "%(field)s of %(customer)s is entered by the keeper. Tell him "
                        "what is to be changed.",
                        field=field._description_string(self.env),
                        customer=record.display_name,
                    )
                )
            record._check_field_access(field, "write")
            old = record[name]
            new = field.convert_to_record(
                field.convert_to_cache(vals[name], record), record
            )
            if new == old:
                continue
            if field.type == "many2one" and new:
                # its name is shown to the author and to the keeper
                new.check_access("read")
            vals_list.append(
                self._prepare_values(dossier, record, name, old, new)
                | {
                    "user_id": self.env.uid,
                    "state": "proposed",
                    "old_json": self._get_json(record, name, old),
                    "new_json": self._get_json(record, name, new),
                }
            )
        return vals_list

    @api.model
    def _ask_keeper(self, vals_list):
        # sudo: proposals are made by the system only
        changes_sudo = self.sudo()
        open_sudo = changes_sudo.search(
            [
                ("state", "=", "proposed"),
                ("dossier_id", "in", [vals["dossier_id"] for vals in vals_list]),
            ]
        )
        known = [change._get_proposal_key() for change in open_sudo]
        new_sudo = changes_sudo._system_create(
            [
                vals
                for vals in vals_list
                if (vals["res_model"], vals["res_id"], vals["field_id"])
                + (vals["new_json"],)
                not in known
            ]
        )
        for dossier_sudo in new_sudo.dossier_id - open_sudo.dossier_id:
            for keeper in dossier_sudo._get_keepers():
                dossier_sudo.activity_schedule(
                    ACTIVITY_TYPE,
                    user_id=keeper.id,
                    summary=self.with_context(lang=keeper.lang).env._(
                        "Decide on proposed changes"
                    ),
                )
        fields_sudo = self.env["ir.model.fields"].sudo()
        labels = fields_sudo.browse({vals["field_id"] for vals in vals_list})
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("The Keeper Was Asked"),
                "message": self.env._(
                    "The keeper enters these data and has been asked for your changes: "
                    "%(fields)s.",
                    fields=labels.mapped("field_description"),
                ),
            },
        )

    def _get_proposal_key(self):
        return self.res_model, self.res_id, self.field_id.id, self.new_json

    # ------------------------------------------------------------ decisions

    def _check_keeper(self):
        if not self._is_keeper():
            raise AccessError(self.env._("Only the keeper decides on changes."))
        self.check_access("read")

    @api.model
    def _prepare_decision(self, state, reason=False):
        return {
            "state": state,
            "decided_by_id": self.env.uid,
            "decided_on": fields.Datetime.now(),
            "reason": reason,
        }

    def _decide(self, state, reason=False):
        # sudo: the keeper was checked, nobody has the right to write changes
        changes_sudo = self.sudo()
        changes_sudo._system_write(self._prepare_decision(state, reason))
        waiting = changes_sudo.search(
            [
                ("dossier_id", "in", changes_sudo.dossier_id.ids),
                ("state", "=", "proposed"),
            ]
        )
        settled = changes_sudo.dossier_id - waiting.dossier_id
        settled.activity_feedback([ACTIVITY_TYPE])

    def action_acknowledge(self):
        """The keeper has seen the marked changes among these (A51)."""
        self._check_keeper()
        self.filtered(lambda change: change.state == "marked")._decide("acknowledged")
        return True

    def action_apply(self):
        """The keeper enters the proposed values, with his rights (A52)."""
        self._check_keeper()
        self._check_proposed()
        context = {_APPLYING_KEY: _APPLYING}
        for (model, res_id), changes in self.grouped(
            lambda change: (change.res_model, change.res_id)
        ).items():
            record = self.env[model].browse(res_id).exists()
            if not record:
                raise UserError(
                    self.env._(
                        "%(record)s was deleted meanwhile. Reject the proposal.",
                        record=changes[0].record_name,
                    )
                )
            values = {}
            for change in changes:
                # sudo: the name of a field is no secret
                name = change.field_id.sudo().name
                present = values.get(name, change._get_json(record, name, record[name]))
                if present != change.old_json:
                    raise UserError(
                        self.env._(
                            "%(field)s of %(customer)s was changed meanwhile. It is "
                            "now %(present)s, the proposal was made for %(old)s. "
                            "Reject it or enter the value yourself.",
                            field=change.field_label,
                            customer=change.record_name,
                            present=self._get_text(record, name, record[name]) or "–",
                            old=change.old_value or "–",
                        )
                    )
                values[name] = change.new_json
            record.with_context(**context).write(values)
        self._decide("applied")
        self._note_key_facts()
        return True

    def action_reject(self, reason):
        """The keeper refuses proposals; their authors are told why (A52)."""
        self._check_keeper()
        self._check_proposed()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the change is rejected."))
        self._decide("rejected", reason)
        for change in self:
            author = change.user_id
            changes = change.with_context(lang=author.lang)
            # sudo: the notification goes to the author, about his own value
            record_sudo = self.env[change.res_model].sudo().browse(change.res_id)
            thread_sudo = record_sudo.exists() or self.env["mail.thread"].sudo()
            thread_sudo.message_notify(
                partner_ids=author.partner_id.ids,
                subject=changes.env._("Change rejected"),
                body=changes.env._(
                    "%(field)s of %(customer)s stays as it was. %(reason)s",
                    field=changes.field_label,
                    customer=change.record_name,
                    reason=reason,
                ),
            )
        return True

    def _check_proposed(self):
        if any(change.state != "proposed" for change in self):
            raise UserError(self.env._("Only open proposals are decided on."))

    # ------------------------------------------------------------ weekly digest

    @api.model
    def _duty_send_digest(self, duty, start, end):
        """Mail the changes of the week to the keepers, one mail for each business
        unit and reader, in his language and of what he may read (A50)."""
        dossiers = self.env["customer.dossier"]
        company = self.env.company
        units = dossiers._read_group(
            company._dossier_duty_domain()
            & Domain("state", "in", ("submitted", "formal")),
            ["team_id"],
            ["keeper_id:recordset"],
        )
        period = Domain("date", ">=", self._get_utc(start)) & Domain(
            "date", "<", self._get_utc(end)
        )
        mails = []
        for unit, keepers in units:
            default_keeper = unit.keeper_id or company.customer_keeper_id
            readers = (keepers | default_keeper) or company._get_keepers()
            for reader in readers:
                if not reader.active or company not in reader.company_ids:
                    continue
                as_reader = dossiers.with_user(reader).with_context(
                    lang=reader.lang, tz=reader.tz, allowed_company_ids=company.ids
                )
                domain = company._dossier_duty_domain() & Domain(
                    "team_id", "=", unit.id
                )
                if as_reader.search_count(domain, limit=1):
                    changes = as_reader.env["customer.change"].search(
                        period
                        & Domain("state", "!=", "rejected")
                        & Domain("dossier_id", "any", domain),
                        order="partner_id, date",
                    )
                    mails.append(changes._prepare_digest(unit, reader, start, end))
        self.env["mail.mail"].create(mails)

    @api.model
    def _get_utc(self, day):
        """Return the moment (UTC, naive) at which ``day`` begins."""
        midnight = self.env.tz.localize(datetime.combine(day, time.min))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    def _prepare_digest(self, unit, reader, start, end):
        """Return the values of the mail with these changes, in their environment."""
        # sudo: the reader need not have the rights that a template takes; what he may
        # read was searched as him, and the system writes the mail, not he
        body = (
            self.env["ir.qweb"]
            .sudo()
            ._render(
                "customer_archive.customer_change_digest",
                {
                    "changes": self.sudo(),
                    "states": dict(
                        self._fields["state"]._description_selection(self.env)
                    ),
                    "title": self.env._(
                        "%(unit)s: changes of customer data from %(start)s to %(end)s",
                        unit=unit.name,
                        start=format_date(self.env, start),
                        end=format_date(self.env, fields.Date.subtract(end, days=1)),
                    ),
                },
            )
        )
        company = self.env.company
        return {
            "subject": self.env._(
                "Customer data of %(unit)s: changes of the week", unit=unit.name
            ),
            "body_html": body,
            "email_from": company.email_formatted or reader.email_formatted,
            "author_id": company.partner_id.id,
            "recipient_ids": [Command.link(reader.partner_id.id)],
            "auto_delete": True,
        }
