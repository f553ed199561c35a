"""The addons installed, upgraded, uninstalled and installed again."""

import json

from odoo.tests import tagged
from odoo.tools import SQL

from .own_database import OwnDatabaseCase

ADDONS = ("customer_archive", "customer_credit", "customer_survey")
# Addons, their external ids and their models, as a regular expression.
OUR_NAMES = (
    r"customer_(archive|credit|survey)"
    r"|customer\.(access|approval|cached|change|classification|complaint"
    r"|confidentiality|contact|contract|credit|dealing|delivery|disposal|document"
    r"|dossier|duty|factor|feedback|filing|financial|form|grade|graded|guarded"
    r"|handover|information|leak|major|measure|negative|private|problem|register|role"
    r"|root|rule|sales|satisfaction|secrecy|service|signature|staff|storage|survey"
    r"|upkeep|verification|xlsx)"
)
CORE = "contacts,sale_crm,sale_margin,calendar,portal,account,survey"

# Tables that change with every start or upgrade of any addon; columns that only say
# when a row was written or what a view was before.
VOLATILE_TABLES = (
    "bus_bus",
    "ir_attachment",  # asset bundles
    "ir_cron",  # dates of the last and next call
    "ir_logging",
    "ir_module_module",  # written anew from the manifests
    "ir_profile",
    "orm_signaling_",
    "res_device_log",
)
VOLATILE_COLUMNS = ["write_date", "write_uid", "create_date", "create_uid", "arch_prev"]

# What describes the database's behaviour and must be after uninstalling what it was
# before installing.
META_TABLES = (
    "ir_act_client",
    "ir_act_report_xml",
    "ir_act_server",
    "ir_act_url",
    "ir_act_window",
    "ir_act_window_view",
    "ir_asset",
    "ir_config_parameter",
    "ir_default",
    "ir_filters",
    "ir_model",
    "ir_model_access",
    "ir_model_constraint",
    "ir_model_data",
    "ir_model_fields",
    "ir_model_fields_selection",
    "ir_model_inherit",
    "ir_model_relation",
    "ir_module_category",
    "ir_rule",
    "ir_sequence",
    "ir_ui_menu",
    "ir_ui_view",
    "mail_activity_type",
    "mail_message_subtype",
    "mail_template",
    "res_groups",
    "res_groups_implied_rel",
    "res_groups_privilege",
    "rule_group_rel",
)

# What people do with the addons before they are uninstalled.
USE = """
from base64 import b64encode
from datetime import date, timedelta
from io import BytesIO
from PIL import Image
from odoo import Command
from odoo.exceptions import RedirectWarning

def user(role):
    return env["res.users"].create({
        "name": role, "login": role, "email": f"{role}@example.com",
        "group_ids": [
            Command.link(env.ref(f"customer_archive.group_{role}").id),
            Command.link(env.ref("sales_team.group_sale_salesman").id),
        ],
    })

rep, bum, mdo, gmo, keeper, fug, asg = map(
    user, ("rep", "bum", "mdo", "gmo", "keeper", "fug", "asg")
)
env.ref("customer_archive.customer_confidentiality_duty_1")._confirm(
    rep | bum | mdo | gmo | keeper | fug | asg
)
env.company.write(
    {"credit_default_control": "limited", "customer_keeper_id": keeper.id}
)
unit = env["crm.team"].create(
    {"name": "Unit", "user_id": bum.id, "handover_rule": "follow_up"}
)
customer = env["res.partner"].create({
    "name": "Customer", "is_company": True, "user_id": rep.id,
    "email": "customer@example.com", "credit_code": "91110000600037341L",
    "phone": "+86 10 6550 0100", "street": "1 Street",
    "country_id": env.ref("base.cn").id, "legal_representative": "Ray Zhang",
    "registered_capital": 1000000.0, "business_scope": "Trade",
    "child_ids": [Command.create({"name": "Contact"})],
})
product = env["product.product"].create(
    {"name": "Product", "type": "service", "taxes_id": [Command.clear()]}
)

def order(amount):
    return env["sale.order"].with_user(rep).create({
        "partner_id": customer.id, "user_id": rep.id, "team_id": unit.id,
        "order_line": [Command.create(
            {"product_id": product.id, "price_unit": amount, "tax_ids": []}
        )],
    })

file = b64encode(b"%PDF-1.4")
dossier = env["customer.dossier"].with_user(rep).create({
    "partner_id": customer.id, "team_id": unit.id, "background": "<p>Text</p>",
    "source_id": env.ref("customer_archive.utm_source_exhibition").id,
    "lawful_source": "Business card", "lawful_source_confirmed": True,
    "needs": "Furniture",
    "document_ids": [
        Command.create({
            "type_id": env.ref(f"customer_archive.customer_document_type_{paper}").id,
            "number": customer.credit_code, "file": file, "file_name": "paper.pdf",
        })
        for paper in ("business_licence", "tax_registration")
    ],
    "dealing_ids": [Command.create({"subject": "First talk"})],
    "major_change_ids": [
        Command.create({"change_type": "ownership", "description": "Sold"})
    ],
})
contract = env["customer.contract"].with_user(rep).create(
    {"dossier_id": dossier.id, "number": "HT-1", "name": "Frame"}
)
contract.action_submit()
contract.with_user(mdo).write(
    dict.fromkeys(("review_legality", "review_fairness", "review_risks"), "Good")
)
contract.with_user(mdo).action_approve()
contract.write({"file": file, "file_name": "contract.pdf", "signed_on": "2026-01-15"})
contract.action_sign("Clauses are agreed by letter.")
dossier.action_submit()
dossier.with_user(bum).action_approve()
dossier.with_user(mdo).action_approve()
dossier.with_user(fug).action_accept_handover()
customer.with_user(rep).write({"phone": "+86 10 6550 0199"})
env["customer.information"].with_user(rep).create(
    {"partner_id": customer.id, "text": "A second site is planned."}
)
env["customer.verification.campaign"].with_user(keeper).create(
    {"name": "Verification"}
).action_open()
env["customer.credit.account"]._get(customer, env.company)._system_write(
    {"control": "limited", "limit_amount": 1000.0}
)
order(600.0).action_confirm()
held = order(600.0)
held.action_confirm_or_hold()
campaign = env["customer.survey.campaign"].with_user(mdo).create(
    {"name": "Survey", "date_deadline": "2099-12-31"}
)
campaign.action_check()
campaign.action_start()
campaign.action_send()

# ---- cases
cases = env["customer.complaint"]
env.ref("customer_archive.customer_service_team_technical").alias_name = "technical"

def case(who, kind):
    return cases.with_user(who).create({
        "kind": kind, "name": kind, "description": "It leaks.", "complainant": "Li",
        "partner_id": customer.id,
        "type_id": env.ref("customer_archive.customer_problem_type_quality").id,
    })

complaint = case(keeper, "quality")
complaint.action_log_contact("Called him back")
complaint = complaint.with_user(bum)
complaint.action_start_investigation()
complaint.write({
    "cause": "Wrong rubber", "evidence": "Photo", "solution": "New seals",
    "liable_team_id": complaint.department_id.id, "liable_user_id": rep.id,
})
env["customer.measure"].with_user(bum).create({
    "complaint_id": complaint.id, "name": "Seals", "action": "Send new ones",
    "user_id": bum.id, "verifier_id": keeper.id, "date_due": "2099-01-31",
})
env["customer.complaint.task"].with_user(bum).create({
    "complaint_id": complaint.id, "name": "Look", "date_due": "2099-01-31",
    "department_id": env.ref("customer_archive.customer_service_team_finance").id,
})
complaint.action_propose()
complaint.action_submit()
enquiry = case(keeper, "enquiry")
enquiry.action_log_contact("Called him back")
enquiry.write(
    {"solution": "In May", "department_id": enquiry.receiver_team_id.id}
)
enquiry.action_propose()
wizard = env["customer.complaint.send"].with_user(keeper).create(
    {"complaint_id": enquiry.id, "medium": "post", "subject": "May", "body": "May"}
)
wizard.action_send()
enquiry.dispatch_ids.sudo()._keep_letter(b"%PDF-1.4")
enquiry.dispatch_ids._add_reply("Thank you", file, "reply.pdf")
enquiry.action_close()
technical = case(fug, "technical")
technical.action_log_contact("Called him back")
form = env["customer.feedback.form"].with_user(fug).create(
    {"complaint_id": technical.id}
)
technical.action_transfer()
technical = technical.with_user(asg)
technical.action_accept()
log = env["customer.service.log"].with_user(asg).create({
    "complaint_id": technical.id, "mode": "on_site", "problem": "Deaf",
    "date_start": "2026-03-02 08:00:00", "date_end": "2026-03-02 09:00:00",
    "work": "Turned it", "result": "solved", "place": "1 Street",
    "part_ids": [Command.create({"name": "Screw"})],
})
log.action_plan_event()
log.action_finish()
drawing = BytesIO()
Image.new("RGB", (3, 3)).save(drawing, "PNG")
log.action_sign(b64encode(drawing.getvalue()), "Li")
form.with_user(asg).action_answer("Turned", "Turn it")
cases._cron_alert()
goods = env["product.product"].create({"name": "Goods", "type": "consu"})
delivered = env["sale.order"].create({
    "partner_id": customer.id,
    "order_line": [Command.create({"product_id": goods.id, "price_unit": 0.0})],
})
delivered.action_confirm()
followups = env["customer.delivery.followup"]
followups._cron_follow_deliveries()
followup = followups.search([])
followup.date_delivered = "2026-03-02"
followups._cron_follow_deliveries()
evaluations = env["customer.service.evaluation"]
evaluations._duty_evaluate_service(
    env["customer.duty"].search([("method", "=", "evaluate_service")]),
    date.today() - timedelta(days=30), date.today() + timedelta(days=2),
)

# ---- what customers say
def fill_in(form, value):
    form._mark_in_progress()
    for question in form.survey_id.question_ids:
        if question.dimension_id:
            form._save_lines(question, value)
        elif question.question_type == "text_box":
            form._save_lines(question, "Be faster")
    form._mark_done()

response = campaign.sudo().response_ids
fill_in(response.form_ids, "1")
said = cases.with_user(mdo).create({
    "kind": "quality", "name": "Said", "description": "It leaks.", "complainant": "Li",
    "partner_id": customer.id, "channel": "survey", "survey_response_id": response.id,
    "type_id": env.ref("customer_archive.customer_problem_type_quality").id,
})
negative = env["customer.negative.feedback"].search([])
negative.with_user(mdo).action_respond("We are sorry.")
negative.with_user(mdo).action_new_measure()
response.opinion_ids.with_user(mdo).tone = "negative"
campaign.action_close()
campaign.action_create_report()
campaign.report_ids.write({"conclusions": "Bad", "proposals": "Improve"})
campaign.report_ids.action_submit()
questionnaire = campaign.survey_id.with_user(mdo).copy()
questionnaire.title = "Own"
anonymous = env["customer.survey.campaign"].with_user(mdo).create({
    "name": "Anonymous", "kind": "periodic", "scope": "chosen", "is_anonymous": True,
    "survey_id": questionnaire.id, "date_deadline": "2099-12-31",
})
anonymous.action_check()
others = env["customer.dossier"].create([
    {"team_id": unit.id, "partner_id": env["res.partner"].create(
        {"name": f"Other {number}", "is_company": True, "email": "li@example.com"}
    ).id}
    for number in range(4)
])
anonymous._add_chosen((dossier | others).with_user(mdo))
anonymous.action_start()
anonymous.action_send()
tickets = env["customer.survey.ticket"]
fill_in(tickets._find(tickets._issue(anonymous))._use(), "9")
tickets._issue(anonymous)

# ---- grades
env.ref("customer_archive.customer_grade_consequence_general").write(
    {"credit_limit": 500.0, "credit_term_days": 15, "is_surveyed": False}
)
grades = env["customer.grade.evaluation"]
dossier.with_user(bum).action_evaluate()
scheme = env.ref("customer_archive.customer_grade_scheme_class")
proposal = grades.search(
    [("dossier_id", "=", dossier.id), ("scheme_id", "=", scheme.id)]
)
proposal.with_user(bum).action_confirm()
run = env["customer.grade.run"].with_user(keeper).create({})
run.action_start()
run.action_submit()
version = env["customer.grade.rule"].with_user(keeper).search(
    [("scheme_id", "=", scheme.id)]
).copy({"valid_from": "2099-01-01"})
version.action_submit()
result = {
    "dossier": dossier.state,
    "handover": dossier.handover_state,
    "changes": len(dossier.change_ids),
    "verifications": len(dossier.verification_ids),
    "held": held.credit_state,
    "responses": env["customer.survey.response"].search([]).mapped("state"),
    "forms": env["survey.user_input"].search([]).mapped("state"),
    "opinions": len(env["customer.survey.opinion"].search([])),
    "tickets": len(tickets.search([])),
    "reports": env["customer.survey.report"].search([]).mapped("state"),
    "negative": negative.state,
    "measures": [
        len(campaign.measure_ids), len(negative.measure_ids), len(complaint.measure_ids)
    ],
    "cases": cases.search([], order="id").mapped("state"),
    "letters": len(env["customer.complaint.dispatch"].search([])),
    "services": env["customer.service.log"].search([]).mapped("state"),
    "feedback": env["customer.feedback.form"].search([]).mapped("state"),
    "deliveries": followup.mapped("state"),
    "evaluations": len(evaluations.search([])),
    "grades": proposal.mapped("state") + [dossier.grade_id.name],
    "factors": sorted(scheme.factor_ids.mapped("source")),
    "run": [run.state, run.approval_state],
    "version": version.approval_state,
}
env.cr.commit()
"""

# What the marketing director finds under To Approve.
APPROVALS = """
mdo = env["res.users"].search([("login", "=", "mdo")])
approvals = env["customer.approval"].with_user(mdo).search([])
result = sorted(approvals.mapped("document_type"))
"""

# What is left of a survey: its measures and the case, the customer's own words in a
# questionnaire of the company's, and the ordinary use of all three.
WITHOUT_SURVEY = """
from odoo import Command

def user(login):
    return env["res.users"].search([("login", "=", login)])

case = env["customer.complaint"].search([("name", "=", "Said")])
case.with_user(user("keeper")).action_log_contact("Called him back")
measures = env["customer.measure"].search([("complaint_id", "=", False)])
for measure in measures:
    measure.with_user(measure.user_id).action = "Train the staff"
# the others wait for another general manager
improvement = measures.filtered(lambda measure: measure.kind == "improvement")
improvement.with_user(improvement.user_id).action_submit()
questionnaire = env["survey.survey"].search([("title", "=", "Own")])
form = questionnaire._create_answer(email="li@example.com")
form._mark_in_progress()
question = questionnaire.question_ids.filtered(lambda q: q.question_type == "scale")[0]
form._save_lines(question, "9")
form._mark_done()
question.title = "How good is it?"
result = {
    "case": [case.state, case.channel],
    "measures": len(measures),
    "submitted": improvement.approval_state,
    "origins": measures.filtered("origin_model").mapped("origin_model"),
    "type": questionnaire.survey_type,
    "forms": questionnaire.user_input_ids.mapped("state"),
    "surveys": env["survey.survey"].search_count([]),
}
env.cr.commit()
"""

# An order of 600 over the limit of 1,000 that confirmed orders have used up to 600.
CONFIRM = """
from odoo import Command
from odoo.exceptions import RedirectWarning

customer = env["res.partner"].search([("name", "=", "Customer")])
assert len(customer) == 1
if "customer.credit.account" in env:
    account = env["customer.credit.account"]._get(customer, env.company)
    account._system_write({"control": "limited", "limit_amount": 1000.0})
order = env["sale.order"].create({
    "partner_id": customer.id,
    "order_line": [Command.create({
        "product_id": env["product.product"].search([("name", "=", "Product")]).id,
        "price_unit": 600.0,
        "tax_ids": [],
    })],
})
try:
    with env.cr.savepoint():
        order.action_confirm()
except RedirectWarning as error:
    result = {"refused": str(error.args[0])}
else:
    result = {"state": order.state}
env.cr.rollback()
"""


@tagged("post_install", "-at_install")
class TestLifecycle(OwnDatabaseCase):
    """One database lives through it once; each test looks at a part of it."""

    suffix = "lifecycle"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        addons = ",".join(ADDONS)
        cls._odoo("server", "--init", CORE, "--skip-auto-install")
        cls.schema_before, cls.meta_before = cls._schema(), cls._rows(META_TABLES)
        cls._odoo("server", "--init", addons)
        cls.installed = cls._content()
        cls._odoo("server", "--update", addons)
        cls.upgraded = cls._content()
        cls._odoo("server", "--update", addons)
        cls.upgraded_again = cls._content()
        cls.used = cls._shell(USE)
        cls.refused = cls._shell(CONFIRM)
        cls._odoo("module", "uninstall", "customer_credit")
        cls.alone = cls._shell(APPROVALS)
        cls._odoo("module", "uninstall", "customer_survey")
        cls.without_survey = cls._shell(WITHOUT_SURVEY)
        cls._odoo("module", "uninstall", "customer_archive")
        cls.schema_after, cls.meta_after = cls._schema(), cls._rows(META_TABLES)
        cls.leftovers = cls._leftovers()
        cls.confirmed = cls._shell(CONFIRM)
        cls._odoo("server", "--init", addons)
        cls.refused_again = cls._shell(CONFIRM)

    # ------------------------------------------------------------ the database

    @classmethod
    def _tables(cls):
        rows = cls._query(
            SQL(
                """SELECT table_name FROM information_schema.tables
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                    ORDER BY table_name"""
            )
        )
        return [name for (name,) in rows]

    @classmethod
    def _schema(cls):
        """Return columns, indexes, constraints and sequences of the database."""
        return {
            "columns": set(
                cls._query(
                    SQL(
                        """SELECT table_name, column_name, data_type, is_nullable,
                                  column_default
                             FROM information_schema.columns
                            WHERE table_schema = 'public'"""
                    )
                )
            ),
            "indexes": set(
                cls._query(
                    SQL(
                        """SELECT indexname, indexdef FROM pg_indexes
                            WHERE schemaname = 'public'"""
                    )
                )
            ),
            "constraints": set(
                cls._query(
                    SQL(
                        """SELECT conrelid::regclass::text, conname,
                                  pg_get_constraintdef(oid)
                             FROM pg_constraint
                            WHERE connamespace = 'public'::regnamespace"""
                    )
                )
            ),
            "functions": set(
                cls._query(
                    SQL(
                        """SELECT proname, prosrc FROM pg_proc
                            WHERE pronamespace = 'public'::regnamespace"""
                    )
                )
            ),
            "sequences": set(
                cls._query(
                    SQL(
                        """SELECT sequence_name FROM information_schema.sequences
                            WHERE sequence_schema = 'public'"""
                    )
                )
            ),
        }

    @classmethod
    def _rows(cls, tables):
        """Return the rows of the tables as texts."""
        return {
            table: {
                row
                for (row,) in cls._query(
                    SQL(
                        "SELECT (to_jsonb(row) - %s::text[])::text FROM %s row",
                        VOLATILE_COLUMNS,
                        SQL.identifier(table),
                    )
                )
            }
            for table in tables
        }

    @classmethod
    def _content(cls):
        """Return all rows of all tables."""
        return cls._rows(
            [name for name in cls._tables() if not name.startswith(VOLATILE_TABLES)]
        )

    @classmethod
    def _leftovers(cls):
        """Return the rows that name a model, an addon or an external id of ours."""
        columns = cls._query(
            SQL(
                """SELECT table_name, column_name FROM information_schema.columns
                    WHERE table_schema = 'public'
                      AND data_type IN ('character varying', 'text', 'jsonb')"""
            )
        )
        found = []
        for table, column in columns:
            if table.startswith(("bus_bus", "ir_module_module")):
                continue
            rows = cls._query(
                SQL(
                    """SELECT %(column)s::text FROM %(table)s
                        WHERE %(column)s::text ~ %(name)s""",
                    column=SQL.identifier(column),
                    table=SQL.identifier(table),
                    name=OUR_NAMES,
                )
            )
            found += [
                (table, column, value)
                for (value,) in rows
                if value not in {f"module_{name}" for name in ADDONS}
            ]
        return found

    # ------------------------------------------------------------ tests

    def _assert_same(self, before, after):
        self.assertEqual(before.keys(), after.keys())
        changed = {
            name: {
                "gone": sorted(map(str, before[name] - after[name]))[:5],
                "new": sorted(map(str, after[name] - before[name]))[:5],
            }
            for name in before
            if before[name] != after[name]
        }
        self.assertFalse(changed, json.dumps(changed, indent=1, ensure_ascii=False))

    def test_upgrade_changes_nothing(self):
        self._assert_same(self.installed, self.upgraded)
        self._assert_same(self.upgraded, self.upgraded_again)

    def test_in_use_before_uninstalling(self):
        self.assertEqual(
            self.used,
            {
                "dossier": "formal",
                "handover": "done",
                "changes": 2,
                "verifications": 1,
                "held": "held",
                "responses": ["answered", *["invited"] * 5, "answered"],
                "forms": ["done", "done"],
                "opinions": 1,
                "tickets": 1,
                "reports": ["submitted"],
                "negative": "responded",
                "measures": [4, 1, 1],
                "cases": ["decision", "closed", "investigating", "new"],
                "letters": 1,
                "services": ["confirmed"],
                "feedback": ["answered"],
                "deliveries": ["tracking"],
                "evaluations": 3,
                "grades": ["confirmed", "General Customer"],
                "factors": [
                    "cooperation_years",
                    "credit",
                    "deal_amount",
                    "entered",
                    "entered",
                    "growth",
                    "order_count",
                    "profit_share",
                    "referrals",
                ],
                "run": ["done", "pending"],
                "version": "pending",
            },
        )
        self.assertIn("Ask for", self.refused.get("refused", ""), self.refused)

    def test_credit_uninstalled_alone(self):
        """The requests to release orders are gone, those of the archive are kept."""
        self.assertEqual(
            self.alone,
            [
                "Contract",
                "Customer Case",
                "Customer Dossier",
                "Grade Evaluation",
                "Grade Rule Version",
                "Grading Run",
            ],
        )

    def test_survey_uninstalled_alone(self):
        """Measures, cases and ordinary surveys work as before."""
        self.assertEqual(
            self.without_survey,
            {
                "case": ["contacted", "survey"],
                "measures": 5,
                "submitted": "pending",
                "origins": [],
                "type": "custom",
                "forms": ["done", "done"],
                "surveys": 1,
            },
        )

    def test_uninstalling_leaves_nothing(self):
        self._assert_same(self.schema_before, self.schema_after)
        self._assert_same(self.meta_before, self.meta_after)
        self.assertFalse(self.leftovers)

    def test_orders_after_uninstalling(self):
        self.assertEqual(self.confirmed, {"state": "sale"})

    def test_installed_again(self):
        self.assertIn("refused", self.refused_again)
