from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_register import RegisterCommon

SENTENCE = "Exporting dossiers needs the export right. Ask Archive_keeper"


@tagged("post_install", "-at_install")
class TestExportRight(RegisterCommon):
    """Spreadsheets and mass copies are for roles with the export right (D25)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env.ref("base.group_allow_export")
        for user in cls.bum | cls.fin | cls.rep2:
            user.group_ids = [Command.link(group.id)]

    def test_export_is_one_row_with_the_number_of_records(self):
        dossiers = self.plain | self.dossier
        rows = self._act(
            lambda: self._rpc(
                self.keeper,
                "customer.dossier",
                "export_data",
                dossiers.ids,
                ["number", "needs", "dealing_ids/result"],
            )
        )
        export = rows
        self.assertEqual(export.mapped("operation"), ["export"])
        self.assertEqual(export.record_count, 2)
        self.assertEqual(export.field_names, "dealing_ids/result, needs, number")
        self.assertEqual(export.dossier_ids, dossiers)
        self.assertEqual(export.secrecy_level_id, self.level)
        self.assertNoValue(rows)

    def test_export_of_heads_counts_below_the_threshold(self):
        rows = self._act(
            lambda: self._rpc(
                self.keeper,
                "customer.dossier",
                "export_data",
                self.plain.ids,
                ["number"],
            )
        )
        self.assertEqual(rows.mapped("operation"), ["export"])
        self.assertEqual(rows.dossier_id, self.plain)

    def test_every_registered_model_is_refused_without_the_right(self):
        records = {"customer.dossier": self.dossier.ids}
        for name in self.env.registry.descendants(
            ["customer.register.mixin"], "_inherit"
        ):
            model = self.env[name]
            if not model._abstract and "dossier_id" in model._fields:
                records[name] = model.search(
                    [("dossier_id", "=", self.dossier.id)], limit=1
                ).ids
        self.assertGreater(len(list(filter(None, records.values()))), 2)
        for model, ids in records.items():
            if not ids:
                continue
            for user in (self.rep, self.bum):
                for method, args in (
                    ("export_data", [ids, ["id", "display_name"]]),
                    ("copy", [ids]),
                    ("copy_data", [ids]),
                ):
                    with (
                        self.subTest(user=user.login, model=model, method=method),
                        self.assertRefused(AccessError, SENTENCE),
                    ):
                        self._rpc(user, model, method, *args)

    def test_export_through_other_records(self):
        for path in (
            "dossier_id/needs",
            "dossier_id/number",
            "dossier_id/dealing_ids/subject",
            "dossier_id/dealing_ids",
        ):
            with (
                self.subTest(path=path),
                self.assertRefused(AccessError, SENTENCE),
            ):
                self._rpc(
                    self.rep,
                    "res.partner",
                    "export_data",
                    self.partner.ids,
                    ["name", path],
                )
        rows = self._act(
            lambda: self._rpc(
                self.keeper,
                "res.partner",
                "export_data",
                self.partner.ids,
                ["name", "dossier_id/number"],
            )
        )
        self.assertEqual(rows.mapped("operation"), ["export"])
        self.assertEqual(rows.res_model, "res.partner")
        # contacts as such are exported as ever, the number of the dossier beside them
        rows = self._act(
            lambda: self._rpc(
                self.rep,
                "res.partner",
                "export_data",
                self.partner.ids,
                ["name", "dossier_id"],
            )
        )
        self.assertFalse(rows)

    def test_copying_is_registered(self):
        contract = self._deal(self.dossier)
        rows = self._act(
            lambda: self._rpc(self.mdo, "customer.contract", "copy_data", contract.ids)
        )
        self.assertEqual(rows.mapped("operation"), ["copy"])
        self.assertEqual(rows.dossier_id, self.dossier)

    def test_spreadsheet_is_one_row(self):
        report = self.env["customer.xlsx.report.dossier"]
        dossiers = self.plain | self.dossier
        for user in (self.rep, self.bum):
            for method in ("_get_action", "_make_xlsx"):
                with self.assertRefused(AccessError, SENTENCE):
                    getattr(report.with_user(user), method)(dossiers.with_user(user))
        rows = self._act(
            lambda: report.with_user(self.keeper)._make_xlsx(
                dossiers.with_user(self.keeper)
            )
        )
        self.assertEqual(rows.mapped("operation"), ["export"])
        self.assertEqual(rows.record_count, 2)
        self.assertIn("Legal Representative", rows.field_names)
