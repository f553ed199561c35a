from odoo import api, models

from ..models.customer_form import FormFact
from ..models.customer_xlsx_report import XlsxColumn


class CustomerFormPermit(models.AbstractModel):
    """The printed forms of a permit: 借阅单 (D21) and the cover of what is disclosed
    (D23)."""

    _name = "customer.form.permit"
    _description = "Printed Forms of a Permit"
    _inherit = "customer.form"

    @api.model
    def _get_mark(self, permit):
        """Return what is printed top right, in red."""
        if permit.not_to_leave:
            return self._get_label(permit, "not_to_leave")
        return permit.same_day_return and self._get_label(permit, "same_day_return")

    @api.model
    def _get_approval(self, permit):
        return permit.approval_decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )[-1:]

    @api.model
    def _get_slip(self, permit):
        facts = self._get_facts(
            "permit",
            "",
            [
                self._get_fact(permit, "user_id"),
                self._get_fact(permit, "department"),
                self._get_fact(permit, "date_from"),
                self._get_fact(permit, "date_until"),
                self._get_fact(permit, "same_day_return"),
                self._get_fact(permit, "not_to_leave"),
                self._get_fact(permit, "purpose"),
                self._get_fact(permit, "rules_of_use"),
            ],
        )
        items = self._get_table(
            "items",
            self.env._("Items"),
            permit.item_ids,
            ["name", "condition", "remark"],
        )
        return [facts, items]

    @api.model
    def _get_cover(self, permit):
        deciders = permit.approval_decision_ids.filtered(
            lambda decision: decision.decision == "approved"
        )
        facts = self._get_facts(
            "permit",
            "",
            [
                self._get_fact(permit, "recipient", wide=True),
                self._get_fact(permit, "purpose"),
                self._get_fact(permit, "copies"),
                self._get_fact(permit, "date_until"),
                self._get_fact(permit, "user_id"),
                FormFact(
                    self.env._("Approved By"),
                    ", ".join(deciders.user_id.mapped("name")),
                ),
                self._get_fact(permit, "rules_of_use"),
            ],
        )
        return [
            facts,
            self._get_table("items", self.env._("Items"), permit.item_ids, ["name"]),
        ]


class CustomerXlsxReportPermit(models.AbstractModel):
    """Borrow register 借阅登记簿 (D21)."""

    _name = "customer.xlsx.report.permit"
    _description = "Borrow Register"
    _inherit = "customer.xlsx.report"

    @api.model
    def _get_model(self):
        return "customer.access.permit"

    @api.model
    def _get_title(self):
        return self.env._("Borrow Register")

    @api.model
    def _get_columns(self):
        def items(permit):
            return ", ".join(permit.item_ids.mapped("name"))

        def conditions(permit):
            item = permit.item_ids._fields["condition"]
            labels = dict(item._description_selection(self.env))
            given = permit.item_ids.mapped("condition")
            return ", ".join(labels[value] for value in given if value)

        def moment(name):
            def value(permit):
                return self.env["customer.form"]._get_value(permit, name)

            return value

        return [
            XlsxColumn(self.env._("Number"), "number"),
            XlsxColumn(self.env._("Kind"), "kind", 12),
            XlsxColumn(self.env._("Requester"), "user_id"),
            XlsxColumn(self.env._("Department"), "department"),
            XlsxColumn(self.env._("Items"), items, 36),
            XlsxColumn(self.env._("Purpose"), "purpose", 30),
            XlsxColumn(self.env._("Handed Out On"), moment("issued_on")),
            XlsxColumn(self.env._("Handed Out By"), "issued_by_id"),
            XlsxColumn(self.env._("Until"), moment("date_until")),
            XlsxColumn(self.env._("Returned On"), moment("returned_on")),
            XlsxColumn(self.env._("Returned To"), "returned_to_id"),
            XlsxColumn(self.env._("Returned As"), conditions),
            XlsxColumn(self.env._("Status"), "state", 12),
        ]
