import json
import re
from collections import Counter, defaultdict

from markupsafe import escape

from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize, sql

# what stays of a destroyed dossier and of its customer, beside what may not be empty
KEPT_OF_DOSSIER = frozenset(
    "id number former_numbers company_id create_uid create_date write_uid "
    "write_date".split()
)
KEPT_OF_CUSTOMER = frozenset(
    "id company_id commercial_partner_id type create_uid create_date write_uid "
    "write_date".split()
)
# what stays on record without words, or only links others
NOT_COUNTED = frozenset(
    "customer.access.log customer.access.permit customer.access.permit.item "
    "customer.approval customer.disposal customer.dossier "
    "customer.dossier.log ir.model.data mail.followers mail.notification".split()
)
# fields that may go on pointing to the customer, who has lost his name
KEPT_REFERENCES = frozenset(
    (
        ("customer.dossier", "partner_id"),
        ("customer.dossier", "referrer_id"),
        ("res.partner", "commercial_partner_id"),
        ("res.partner", "intermediary_id"),
        ("res.partner", "parent_id"),
    )
)


class CustomerDossier(models.Model):
    """Removal of everything that is known of a customer (D31).

    What goes is found through the registry, so that an addon's models go along:
    content of the dossier by ``_customer_data_domain`` and ``_destroy``, records of
    other addons by ``_get_customer_records``, rows that the database deletes with a
    contact, and messages, files and the like of any of these. A record that refers
    to the customer and is none of them forbids the destruction: accounting needs
    it, or nobody has said what becomes of it.

    Not reached: server logs, ``ir.logging``, backups, dead rows until PostgreSQL
    vacuums them, dialogs that name no record until Odoo clears them away, and what
    somebody wrote about this customer into the records of another one.
    """

    _inherit = "customer.dossier"

    # ------------------------------------------------------------ what there is

    @api.model
    def _get_customer_records(self, partners, emails):
        """Return {model name: Domain} of the records of other addons that belong to
        ``partners`` and go with them; extension point.

        :param emails: normalised addresses that ``partners`` alone have
        """
        mine = Domain("partner_id", "in", partners.ids)
        nobody = Domain("partner_id", "=", False)
        authored = Domain("author_id", "in", partners.ids)
        return {
            "crm.lead": mine | (nobody & Domain("email_normalized", "in", emails)),
            "sale.order": mine & Domain("state", "!=", "sale"),
            "payment.transaction": mine
            & Domain("state", "in", ("draft", "cancel", "error")),
            "payment.token": mine,
            "calendar.event": Domain("id", "in", self._get_own_meetings(partners).ids),
            "calendar.filters": mine,
            "mail.blacklist": Domain("email", "in", emails),
            "mail.mail": Domain("recipient_ids", "in", partners.ids),
            "mail.message": authored
            | Domain("id", "in", self._get_messages_from(emails).ids),
            "mail.notification": authored,
            "mail.push.device": mine,
            "mail.scheduled.message": authored,
            "phone.blacklist": Domain(
                "number", "in", list(filter(None, partners.mapped("phone_sanitized")))
            ),
            "res.users": mine & Domain("share", "=", True),
            # of addons that need not be installed
            "sms.sms": mine,
            "snailmail.letter": mine,
            "survey.user_input": mine,
        }

    @api.model
    def _get_messages_from(self, emails):
        """Return the messages from ``emails`` whose author is not known."""
        messages = self.env["mail.message"].search(
            Domain("author_id", "=", False)
            & Domain.OR(Domain("email_from", "ilike", email) for email in emails)
        )
        return messages.filtered(
            lambda message: email_normalize(message.email_from) in emails
        )

    @api.model
    def _get_own_meetings(self, partners):
        """Return the meetings with ``partners`` and with nobody else from outside."""
        meetings = self.env["calendar.event"].with_context(active_test=False)
        meetings = meetings.search([("partner_ids", "in", partners.ids)])
        return meetings.filtered(
            lambda meeting: all(
                any(user._is_internal() for user in partner.user_ids)
                for partner in meeting.partner_ids - partners
            )
        )

    @api.model
    def _get_fields_to(self, model, *comodels):
        return [
            field
            for field in model._fields.values()
            if field.store
            and field.type in ("many2one", "many2many")
            and field.comodel_name in comodels
            and not field.company_dependent
        ]

    @api.model
    def _get_tables(self):
        """Yield every model with a table of its own, archived records included."""
        for name in self.env.registry:
            model = self.env[name].with_context(
                active_test=False, skip_res_field_check=True
            )
            if model._auto and not model._abstract:
                yield model

    def _get_contacts(self):
        """Return the customers and all their contacts, archived ones included."""
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("commercial_partner_id", "in", self.partner_id.ids)])

    def _get_holdings(self):
        """Return {model name: {record id: dossier id}} of everything that holds data
        of the customers of these dossiers; to be called in sudo."""
        partners = self._get_contacts()
        dossier_by_customer = {dossier.partner_id: dossier.id for dossier in self}
        holdings = defaultdict(dict)
        holdings["customer.dossier"] = {id_: id_ for id_ in self.ids}
        holdings["res.partner"] = {
            partner.id: dossier_by_customer[partner.commercial_partner_id]
            for partner in partners
        }
        emails = {
            partner.email_normalized: holdings["res.partner"][partner.id]
            for partner in partners
            if partner.email_normalized
        }
        for other in partners.search(
            Domain("email_normalized", "in", list(emails))
            & Domain("id", "not in", partners.ids)
        ):
            emails.pop(other.email_normalized, None)
        for model, domain in self._get_holding_domains(partners, list(emails)):
            links = self._get_fields_to(model, "customer.dossier", "res.partner")
            for record in model.search(domain):
                owners = [
                    holdings[link.comodel_name][id_]
                    for link in links
                    for id_ in record[link.name].ids
                    if id_ in holdings[link.comodel_name]
                ]
                email = "email_normalized" in record and record.email_normalized
                holdings[model._name][record.id] = (
                    owners[0] if owners else emails.get(email, self.ids[0])
                )
        self._add_attached(holdings)
        return holdings

    def _get_holding_domains(self, partners, emails):
        """Yield (model, Domain) of the records with data of the customers."""
        given = self._get_customer_records(partners, emails)
        ids = {"customer.dossier": self.ids, "res.partner": partners.ids}
        for model in self._get_tables():
            if model._name in ids:
                continue
            domain = given.get(model._name, Domain.FALSE)
            domain |= self._get_own_domain(model)
            for link in self._get_fields_to(model, *ids):
                owned = link.type == "many2one" and link.ondelete == "cascade"
                if owned or model._transient:
                    domain |= Domain(link.name, "in", ids[link.comodel_name])
            if not domain.is_false():
                yield model, domain

    def _get_own_domain(self, model):
        if isinstance(model, self.pool["customer.guarded.mixin"]):
            return model._customer_data_domain(self)
        return Domain.FALSE

    @api.model
    def _get_reference_fields(self):
        """Yield (model, field with the id, field with the model's name)."""
        for model in self._get_tables():
            for field in model._fields.values():
                if field.store and field.type == "many2one_reference":
                    kind = model._fields[field.model_field]
                    if kind.store:
                        yield model, field, kind

    @api.model
    def _add_attached(self, holdings):
        """Add to ``holdings`` what names a model and an id and by them one of its
        records: messages, files, activities and the files of these."""
        news = {name: dict(owners) for name, owners in holdings.items()}
        references = list(self._get_reference_fields())
        while news:
            found = defaultdict(dict)
            for model, field, kind in references:
                domain = Domain.OR(
                    Domain(kind.name, "=", name)
                    & Domain(field.name, "in", list(owners))
                    for name, owners in news.items()
                )
                for record in model.search(domain):
                    owner = news[record[kind.name]][record[field.name]]
                    if record.id not in holdings[model._name]:
                        found[model._name][record.id] = owner
            for name, owners in found.items():
                holdings[name].update(owners)
            news = found

    @api.model
    def _count_holdings(self, holdings):
        """Return {dossier id: {model name: number of records}} of what goes."""
        counts = defaultdict(Counter)
        for name, owners in holdings.items():
            if name not in NOT_COUNTED and not self.env[name]._transient:
                for dossier_id in owners.values():
                    counts[dossier_id][name] += 1
        return counts

    # ------------------------------------------------------------ what forbids it

    def _get_obstacles(self):
        """Return {dossier id: names with counts of the records that need the
        customer}, in all companies; to be called in sudo."""
        holdings = self._get_holdings()
        partners = holdings["res.partner"]
        obstacles = defaultdict(Counter)
        for model in self._get_tables():
            links = [
                link
                for link in self._get_fields_to(model, "res.partner")
                if link.type == "many2one"
                and not link.related
                and (model._name, link.name) not in KEPT_REFERENCES
            ]
            domain = Domain.OR(
                Domain(link.name, "in", list(partners)) for link in links
            )
            if domain.is_false():
                continue
            own = Domain("id", "in", list(holdings[model._name]))
            for record in model.search(domain & ~own):
                linked = next(
                    record[link.name].id
                    for link in links
                    if record[link.name].id in partners
                )
                obstacles[partners[linked]][model._name] += 1
        return {
            dossier_id: self._name_counts(counts)
            for dossier_id, counts in obstacles.items()
        }

    @api.model
    def _name_counts(self, counts):
        """Return «kind (number), …» in the present language."""
        # sudo: names of models
        models_sudo = self.env["ir.model"].sudo()
        return ", ".join(
            f"{models_sudo._get(name).name} ({count})"
            for name, count in sorted(counts.items())
        )

    def _get_personal_words(self):
        """Return what names the customers, their contacts and how to reach them."""
        partners = self._get_contacts()
        words = set()
        for name in (
            "name",
            "commercial_company_name",
            "email",
            "email_normalized",
            "phone",
            "phone_sanitized",
            "fax",
            "vat",
            "credit_code",
            "website",
            "legal_representative",
        ):
            words.update(partners.mapped(name))
        return {word.strip() for word in words if word and len(word.strip()) > 1}

    # ------------------------------------------------------------ removal

    def _destroy_customers(self):
        """Remove everything that is known of the customers of these dossiers, for
        good; of each the number stays. The caller has checked who acts and that
        nothing forbids it; to be called in sudo.

        :return: {dossier id: {model name: number of records removed}}
        """
        dossiers = self.with_context(
            tracking_disable=True, mail_notrack=True, mail_activity_quick_update=True
        )
        holdings = dossiers._get_holdings()
        counts = dossiers._count_holdings(holdings)
        words = dossiers._get_personal_words()
        customers = dossiers.partner_id
        contacts = dossiers.env["res.partner"].browse(holdings["res.partner"])
        dossiers._redact_shared_texts(contacts, words)
        orders = dossiers.env["sale.order"].browse(holdings["sale.order"])
        # Odoo deletes drafts and cancelled ones alone
        orders.filtered(lambda order: order.state == "sent").state = "cancel"
        dossiers._remove(holdings)
        (contacts - customers).unlink()
        dossiers._log("destroyed", state_to="destroyed")
        dossiers.env.flush_all()
        dossiers._empty_rows(customers)
        dossiers._empty_relations(customers)
        dossiers.env.invalidate_all()
        # what was noted about the removal itself
        rest = {
            name: holdings[name]
            for name in ("customer.dossier", "customer.disposal", "res.partner")
        }
        attached = defaultdict(dict)
        attached.update({name: dict(owners) for name, owners in rest.items()})
        dossiers._add_attached(attached)
        dossiers._remove({k: v for k, v in attached.items() if k not in rest})
        dossiers._remove_loose_texts(holdings, words)
        dossiers.env.invalidate_all()
        dossiers._sweep_file_store()
        return counts

    def _remove(self, holdings):
        """Remove the records of ``holdings``."""
        for name in self._get_removal_order(holdings):
            model = self.env[name].with_context(active_test=False)
            # some went with others
            records = model.browse(holdings[name]).exists()
            if records:
                getattr(records, "_destroy", records.unlink)()
            if not isinstance(model, self.pool["customer.guarded.mixin"]):
                # Odoo archives bank accounts instead of deleting them
                models.BaseModel.unlink(records.exists())

    def _get_removal_order(self, holdings):
        """Return the names of the models, each before those that it does not let go:
        a quotation's hold before the quotation, users last."""
        waiting = [
            name
            for name in holdings
            if name not in ("customer.dossier", "res.partner", "res.users")
        ]
        held = {
            name: {
                field.comodel_name
                for field in self.env[name]._fields.values()
                if field.store
                and field.type == "many2one"
                and field.ondelete == "restrict"
                and field.comodel_name != name
            }
            for name in waiting
        }
        order = []
        while waiting:
            free = next(
                (
                    name
                    for name in waiting
                    if not any(name in held[other] for other in waiting)
                ),
                waiting[0],
            )
            waiting.remove(free)
            order.append(free)
        return order + [name for name in holdings if name == "res.users"]

    def _empty_rows(self, customers):
        """Empty every column of dossiers and customers that may be empty."""
        numbers = {dossier.partner_id.id: dossier.number for dossier in self}
        names = [
            self.env._("Destroyed customer %s", numbers[customer.id])
            for customer in customers
        ]
        for records, kept, assigned in (
            (self, KEPT_OF_DOSSIER, SQL("state = 'destroyed'")),
            (
                customers,
                KEPT_OF_CUSTOMER | {"name", "complete_name"},
                SQL("active = false, name = given.name, complete_name = given.name"),
            ),
        ):
            columns = [
                SQL("%s = NULL", SQL.identifier(name))
                for name, column in sql.table_columns(
                    self.env.cr, records._table
                ).items()
                if column["is_nullable"] == "YES"
                and name not in kept | {"active", "state"}
            ]
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s AS emptied SET %(columns)s, %(assigned)s "
                    "FROM unnest(%(ids)s, %(names)s) AS given(id, name) "
                    "WHERE emptied.id = given.id",
                    table=SQL.identifier(records._table),
                    columns=SQL(", ").join(columns),
                    assigned=assigned,
                    ids=records.ids,
                    names=names,
                )
            )

    def _empty_relations(self, customers):
        """Take the customers out of every many2many, and the dossiers out of their
        own; where others name a dossier, they name its number."""
        for model in self._get_tables():
            for field in model._fields.values():
                if not field.store or field.type != "many2many":
                    continue
                for records, comodel, column in (
                    (self, model._name, field.column1),
                    (customers, model._name, field.column1),
                    (customers, field.comodel_name, field.column2),
                ):
                    if comodel == records._name:
                        self.env.cr.execute(
                            SQL(
                                "DELETE FROM %s WHERE %s = ANY(%s)",
                                SQL.identifier(field.relation),
                                SQL.identifier(column),
                                records.ids,
                            )
                        )

    def _get_shared_texts(self, contacts):
        """Return [(records, names of fields)] of the texts that stay, without the
        customers, because they are about others, too; extension point."""
        meetings = self.env["calendar.event"].with_context(
            active_test=False, no_mail_to_attendees=True
        )
        shared = meetings.search([("partner_ids", "in", contacts.ids)])
        incidents = self.env["customer.leak.incident"].search(
            [("dossier_ids", "in", self.ids)]
        )
        permits = self.env["customer.access.permit"].search(
            [("item_ids.dossier_id", "in", self.ids)]
        )
        return [
            (
                shared - self._get_own_meetings(contacts),
                ("name", "description", "location"),
            ),
            (incidents, ("description", "investigation", "decision")),
            (
                permits,
                ("purpose", "recipient", "recipient_measures", "revoke_reason"),
            ),
        ]

    def _redact_shared_texts(self, contacts, words):
        if not words:
            return
        # short words are part of too many others
        pattern = re.compile(
            "|".join(
                rf"(?<!\w){re.escape(word)}(?!\w)"
                if len(word) <= 3 and word.isascii()
                else re.escape(word)
                for word in sorted(words, key=len, reverse=True)
            ),
            re.IGNORECASE,
        )
        for records, names in self._get_shared_texts(contacts):
            for record in records:
                texts = {
                    name: pattern.sub("–", record[name])
                    for name in names
                    if record[name] and pattern.search(record[name])
                }
                if texts:
                    getattr(record, "_system_write", record.write)(texts)

    def _remove_loose_texts(self, holdings, words):
        """Remove texts that hang on no document and name the customers: mails and
        to-dos of the inbox, notifications on their way; and what other documents
        have tracked of them. Short words name too many others."""
        patterns = []
        for word in words:
            if len(word) > 3 or not word.isascii():
                for text in (word, str(escape(word)), json.dumps(word)[1:-1]):
                    text = re.sub(r"([\\%_])", r"\\\1", text)
                    patterns.append(f"%{text}%")
        for model, columns, condition in (
            ("bus.bus", ("message",), SQL("TRUE")),
            ("mail.activity", ("summary", "note"), SQL("res_model IS NULL")),
            (
                "mail.mail",
                ("body_html",),
                SQL(
                    "mail_message_id IN (SELECT id FROM mail_message "
                    "WHERE model IS NULL)"
                ),
            ),
            ("mail.message", ("subject", "body"), SQL("model IS NULL")),
        ):
            table = self.env[model]
            rows = self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE %s AND (%s)",
                    SQL.identifier(table._table),
                    condition,
                    SQL(" OR ").join(
                        SQL("%s ILIKE ANY(%s)", SQL.identifier(column), patterns)
                        for column in columns
                    ),
                )
            )
            table.browse([id_ for (id_,) in rows]).unlink()
        named = self.env["customer.change"].search(
            Domain("field_id.relation", "=", "res.partner")
            & (Domain("old_value", "in", words) | Domain("new_value", "in", words))
        )
        named._system_write(
            dict.fromkeys(("old_value", "new_value", "old_json", "new_json"), False)
        )
        for comodel in ("res.partner", "customer.dossier"):
            self.env.cr.execute(
                SQL(
                    """DELETE FROM mail_tracking_value tracked
                        USING ir_model_fields field
                        WHERE field.id = tracked.field_id
                          AND field.relation = %(comodel)s
                          AND (old_value_integer = ANY(%(ids)s)
                               OR new_value_integer = ANY(%(ids)s))""",
                    comodel=comodel,
                    ids=list(holdings[comodel]),
                )
            )

    def _sweep_file_store(self):
        """Delete the files of the removed attachments as soon as their removal is
        committed, those excepted that another attachment shares. Odoo's own
        collector is used, which locks the table; if it cannot, it runs again daily."""
        registry = self.pool

        @self.env.cr.postcommit.add
        def sweep():
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["ir.attachment"]._gc_file_store()

    # ------------------------------------------------------------ contact (D30)

    def _get_contacted(self, since):
        """Return those of ``self`` with whose customer there was contact since the
        day ``since``: a message written by a person, an activity done, a meeting, an
        opportunity or quotation opened or moved, information received, a
        verification, or anything filed in the dossier. One query."""
        self.env.flush_all()
        filed = [
            SQL(
                "SELECT partner_id FROM %s WHERE create_date >= %s",
                SQL.identifier(self.env[name]._table),
                since,
            )
            for name in self.env.registry.descendants(
                ["customer.dossier.content.mixin"], "_inherit"
            )
            if not self.env[name]._abstract
            # made by the system
            and name not in ("customer.disposal", "customer.verification")
        ]
        rows = self.env.execute_query(
            SQL(
                """
                WITH contact AS (
                    SELECT id, commercial_partner_id AS customer_id
                      FROM res_partner WHERE commercial_partner_id = ANY(%(customers)s)
                ), document AS (
                    SELECT 'res.partner' AS model, id AS res_id, customer_id
                      FROM contact
                 UNION ALL
                    SELECT 'customer.dossier', dossier.id, dossier.partner_id
                      FROM customer_dossier dossier WHERE dossier.id = ANY(%(ids)s)
                 UNION ALL
                    SELECT 'crm.lead', lead.id, customer_id
                      FROM crm_lead lead JOIN contact ON contact.id = lead.partner_id
                 UNION ALL
                    SELECT 'sale.order', sale.id, customer_id
                      FROM sale_order sale JOIN contact ON contact.id = sale.partner_id
                )
                SELECT customer_id FROM document
                  JOIN mail_message message
                    ON message.model = document.model
                   AND message.res_id = document.res_id
                 WHERE message.date >= %(since)s AND message.message_type
                       NOT IN ('notification', 'user_notification', 'auto_comment')
                 UNION
                SELECT customer_id FROM document
                  JOIN mail_activity activity
                    ON activity.res_model = document.model
                   AND activity.res_id = document.res_id
                 WHERE activity.date_done >= %(since)s
                 UNION
                SELECT customer_id FROM contact
                  JOIN calendar_event_res_partner_rel attended
                    ON attended.res_partner_id = contact.id
                  JOIN calendar_event event ON event.id = attended.calendar_event_id
                 WHERE event.start >= %(since)s
                 UNION
                SELECT customer_id FROM contact
                  JOIN crm_lead lead ON lead.partner_id = contact.id
                 WHERE GREATEST(lead.create_date, lead.date_last_stage_update)
                       >= %(since)s
                 UNION
                SELECT customer_id FROM contact
                  JOIN sale_order sale ON sale.partner_id = contact.id
                 WHERE GREATEST(sale.create_date, sale.date_order) >= %(since)s
                 UNION
                SELECT commercial_partner_id FROM customer_information
                 WHERE reported_on >= %(since)s
                 UNION
                SELECT partner_id FROM customer_verification
                 WHERE done_on >= %(since)s
                 UNION %(filed)s""",
                customers=self.partner_id.ids,
                ids=self.ids,
                since=since,
                filed=SQL(" UNION ").join(filed),
            )
        )
        contacted = {customer_id for (customer_id,) in rows}
        return self.filtered(lambda dossier: dossier.partner_id.id in contacted)
