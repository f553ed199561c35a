import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, mute_logger

from .res_partner_duplicate import CLAIM_KEYS

# of two dossiers that become one, the first of these stays
FOLD_ORDER = ("formal", "submitted", "preliminary", "history", "destroyed")


class CustomerDossier(models.Model):
    """Claims on the same customer (A14), useless dossiers, and dossiers of a customer
    who was entered twice (A58)."""

    _inherit = "customer.dossier"

    former_numbers = fields.Char(
        readonly=True,
        copy=False,
        index="trigram",
        help="Numbers of the dossiers that were folded into this one.",
    )
    data_invalid = fields.Boolean(
        string="Invalid Data", tracking=True, help="The keeper found the data useless."
    )
    data_invalid_reason = fields.Char(string="Why Invalid", tracking=True)

    def _guarded_fields(self):
        return super()._guarded_fields() | {"former_numbers"}

    @api.model_create_multi
    def create(self, vals_list):
        dossiers = super().create(vals_list)
        if any(
            dossier.data_invalid or dossier.data_invalid_reason for dossier in dossiers
        ):
            self._check_flagging()
        if not self.env.su:
            dossiers._check_claims()
        return dossiers

    def write(self, vals):
        if {"data_invalid", "data_invalid_reason"} & vals.keys():
            self._check_flagging()
        return super().write(vals)

    @api.constrains("data_invalid", "data_invalid_reason")
    def _check_data_invalid_reason(self):
        for dossier in self:
            if dossier.data_invalid and not dossier.data_invalid_reason:
                raise ValidationError(
                    self.env._(
                        "Say why the data of %(number)s are invalid.",
                        number=dossier.number,
                    )
                )

    @api.model
    def _check_flagging(self):
        if not self.env.su and not self.env.user.has_group(
            "customer_archive.group_keeper"
        ):
            raise AccessError(
                self.env._("Only a keeper flags the data of a dossier as invalid.")
            )

    # ------------------------------------------------------------ claims

    def _claim_message(self, reason):
        self.ensure_one()
        return self.env._(
            "This customer exists already (same %(reason)s). It belongs to %(unit)s, "
            "%(rep)s.",
            reason=reason,
            unit=self.team_id.name,
            rep=self.user_id.name or self.env._("nobody yet"),
        )

    def _claim_error(self, reason):
        message = "{} {}".format(
            self._claim_message(reason),
            self.env._("Use that one or ask for the allocation."),
        )
        return self.partner_id._information_error(
            message, "duplicate", self.env._("Request Allocation")
        )

    def _check_claims(self):
        """Two reps or units do not open dossiers for the same customer under two
        contacts (A14); keeper and marketing director settle it, on record.

        :raise RedirectWarning: it is somebody else's customer already
        """
        duplicates = self.partner_id._find_duplicates(CLAIM_KEYS)
        others = self.partner_id.browse(
            other.id for found in duplicates.values() for other in found
        )
        if not others:
            return
        # sudo: whose customer it is, is what the second one is told (A14)
        claims_sudo = self.sudo().search([("partner_id", "in", others.ids)])
        claim_by_partner = claims_sudo.grouped("partner_id")
        bodies = {}
        for dossier in self:
            for other, keys in duplicates.get(dossier.partner_id, {}).items():
                if other not in claim_by_partner:
                    continue
                claim_sudo = claim_by_partner[other]
                reason = self.env["res.partner"]._duplicate_reason(keys)
                if not self.env.user._has_archive_role("KEEPER", "MDO"):
                    raise claim_sudo._claim_error(reason)
                bodies[dossier.id] = claim_sudo._claim_message(reason)
        self.browse(bodies)._message_log_batch(bodies)

    # ------------------------------------------------------------ merge

    def action_merge_customers(self):
        """Open Odoo's dialog that merges contacts, for the customers of ``self``."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "base.action_partner_merge"
        )
        action["context"] = {
            "active_model": "res.partner",
            "active_ids": self.partner_id.ids,
        }
        return action

    def _fold(self, partner):
        """Make ``self``, dossiers of one customer who was entered several times, one:
        content, decisions and history move to the dossier that stays, its empty fields
        are filled, its level becomes the strictest; the others are deleted (A58).

        The caller has checked that the user may. The dossier of ``partner`` stays, if
        he has none the most advanced one, among equals the oldest.

        :return: the dossier that stays
        """
        # sudo: folding is the system's act, whatever the user may write
        dossiers = self.sudo().sorted(
            lambda dossier: (FOLD_ORDER.index(dossier.state), dossier.id)
        )
        survivor = dossiers.filtered(lambda dossier: dossier.partner_id == partner)
        survivor = survivor or dossiers[:1]
        others = dossiers - survivor
        if not others:
            return survivor
        reason = self.env._("Folded into %(number)s.", number=survivor.number)
        decisions = others.secrecy_decision_ids.filtered(
            lambda decision: not decision.document_id
        )
        (others.approval_id | decisions.approval_id)._call_off(reason)
        # nobody has judged the value of both together
        self.env["customer.disposal"]._call_off(survivor + others, reason)
        survivor._take_over_grades(others)
        left_out = survivor._take_over_references(others)
        values = survivor._get_missing_values(others)
        numbers = [survivor.former_numbers]
        for other in others:
            numbers += [other.number, other.former_numbers]
        values["former_numbers"] = ", ".join(filter(None, numbers))
        values["secrecy_level_id"] = (
            (survivor + others).secrecy_level_id.sorted("rank")[-1:].id
        )
        survivor._system_write(values)
        body = self.env._(
            "%(dossiers)s folded into this dossier.",
            dossiers=[f"{other.number} ({other.partner_id.name})" for other in others],
        )
        if left_out:
            body += " " + self.env._(
                "Left out, because this dossier had it already: %(left_out)s.",
                left_out=left_out,
            )
        survivor._log("merged", body)
        others._as_system().unlink()
        return survivor

    def _get_missing_values(self, others):
        """Return what ``others`` say on fields that are empty here."""
        system = self._guarded_fields() | {"company_id", *models.MAGIC_COLUMNS}
        no_value = ("one2many", "boolean", "many2one_reference", "properties")
        values = {}
        for name, field in self._fields.items():
            derived = field.related or (field.compute and field.readonly)
            if not field.store or derived or name in system or field.type in no_value:
                continue
            if field.type == "many2many":
                values[name] = [fields.Command.link(id_) for id_ in others[name].ids]
            elif not self[name]:
                value = next((other[name] for other in others if other[name]), False)
                if value:
                    values[name] = field.convert_to_write(value, self)
        return values

    def _take_over_references(self, others):
        """Let everything that refers to ``others`` refer to this dossier.

        :return: names of what could not be, because of a unique index, and is deleted
        """
        self.env.flush_all()
        left_out = []
        for name in self.env.registry:
            model = self.env[name].with_context(active_test=False)
            if model._abstract or not model._auto:
                continue
            for field in model._fields.values():
                if not field.store:
                    continue
                if field.type == "many2one" and field.comodel_name == self._name:
                    left_out += self._repoint(model, field, others)
                elif field.type == "many2one_reference":
                    kind = model._fields.get(field.model_field)
                    if kind and kind.store:
                        left_out += self._repoint(model, field, others, kind)
                elif field.type == "many2many" and field.comodel_name == self._name:
                    self._repoint_relation(field, others)
        self.env["customer.access.log"]._repoint_lists(self, others)
        self.env.invalidate_all()
        return left_out

    def _repoint(self, model, field, others, kind=None):
        """Point the rows of ``model`` whose ``field`` is one of ``others`` here; by
        SQL, because most of them are written by the system alone."""
        condition = SQL("%s IN %s", SQL.identifier(field.name), tuple(others.ids))
        if kind:
            condition = SQL(
                "%s AND %s = %s", condition, SQL.identifier(kind.name), self._name
            )
        update = SQL(
            "UPDATE %s SET %s = %s WHERE ",
            SQL.identifier(model._table),
            SQL.identifier(field.name),
            self.id,
        )
        moved, colliding = [], model.browse()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                moved = self.env.execute_query(
                    SQL("%s%s RETURNING id", update, condition)
                )
        except psycopg2.IntegrityError:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE %s ORDER BY id",
                    SQL.identifier(model._table),
                    condition,
                )
            )
            for (id_,) in rows:
                try:
                    with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                        self.env.cr.execute(SQL("%sid = %s", update, id_))
                    moved.append((id_,))
                except psycopg2.IntegrityError:
                    colliding |= model.browse(id_)
        records = model.browse([id_ for (id_,) in moved])
        records.invalidate_recordset()
        records.modified([field.name])
        names = [f"{model._description} {record.display_name}" for record in colliding]
        colliding.unlink()
        # a follower of both is no loss
        return [] if model._name == "mail.followers" else names

    def _repoint_relation(self, field, others):
        self.env.cr.execute(
            SQL(
                """INSERT INTO %(table)s (%(mine)s, %(theirs)s)
                   SELECT DISTINCT %(mine)s, %(survivor)s FROM %(table)s
                    WHERE %(theirs)s IN %(others)s
                   ON CONFLICT DO NOTHING""",
                table=SQL.identifier(field.relation),
                mine=SQL.identifier(field.column1),
                theirs=SQL.identifier(field.column2),
                survivor=self.id,
                others=tuple(others.ids),
            )
        )
