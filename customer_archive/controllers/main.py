from odoo.http import Controller, content_disposition, request, route

XLSX_MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CustomerXlsxController(Controller):
    @route(
        "/customer_archive/xlsx/<string:report>",
        type="http",
        auth="user",
    )
    def download_xlsx(self, report, ids=""):
        """Download the ``customer.xlsx.report`` named ``report`` of the records
        with the comma-separated ``ids``."""
        base = "customer.xlsx.report"
        reports = request.env.registry.descendants([base], "_inherit")
        if report == base or report not in reports:
            raise request.not_found()
        xlsx_report = request.env[report]
        records = request.env[xlsx_report._get_model()].browse(
            [int(record_id) for record_id in ids.split(",") if record_id.isdigit()]
        )
        return request.make_response(
            xlsx_report._make_xlsx(records),
            [
                ("Content-Type", XLSX_MIMETYPE),
                (
                    "Content-Disposition",
                    content_disposition(f"{xlsx_report._get_title()}.xlsx"),
                ),
            ],
        )
