from odoo import fields
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT


class SurveyCommon(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what it asks has tests of its own
        cls.env["customer.confidentiality.duty"].sudo().search([]).action_archive()
        cls.env = cls.env(context=dict(cls.env.context, **DISABLED_MAIL_CONTEXT))
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.company = cls.env.company
        cls.director = cls._create_user("survey_mdo", "customer_archive.group_mdo")
        cls.gmo = cls._create_user("survey_gmo", "customer_archive.group_gmo")
        cls.bum = cls._create_user("survey_bum", "customer_archive.group_bum")
        cls.keeper = cls._create_user("survey_keeper", "customer_archive.group_keeper")
        cls.rep = cls._create_user("survey_rep", "customer_archive.group_rep")
        cls.other_rep = cls._create_user("survey_rep2", "customer_archive.group_rep")
        cls.employee = cls._create_user("survey_employee", "base.group_user")
        cls.survey_manager = cls._create_user(
            "survey_manager", "base.group_user,survey.group_survey_manager"
        )
        cls.team = cls.env["crm.team"].create(
            {"name": "Survey Unit", "user_id": cls.bum.id}
        )
        cls.product = cls.env["product.product"].create({"name": "Survey Product"})
        cls.survey = cls.env.ref("customer_survey.survey_customer_satisfaction")
        cls.survey.lang_ids = cls.env["res.lang"].search(
            [("code", "in", ("en_US", "zh_CN"))]
        )
        dimensions = cls.env["customer.survey.dimension"].search([])
        cls.quality, cls.service, cls.price, cls.credit = dimensions

    @classmethod
    def _create_user(cls, login, groups, **values):
        values = {
            "lang": "en_US",
            "tz": "UTC",
            "email": f"{login}@example.com",
        } | values
        return new_test_user(cls.env, login, groups=groups, **values)

    @classmethod
    def _create_customer(cls, name, with_order=True, with_contact=True, **values):
        """Return the dossier of a new customer of ``cls.rep``."""
        partner = cls.env["res.partner"].create(
            {"name": name, "is_company": True, "lang": "en_US", "user_id": cls.rep.id}
            | values
        )
        if with_contact:
            cls.env["res.partner"].create(
                {
                    "name": f"Contact of {name}",
                    "parent_id": partner.id,
                    "email": f"{name.lower().replace(' ', '.')}@example.com",
                    "lang": partner.lang,
                }
            )
        if with_order:
            cls._create_order(partner)
        return cls.env["customer.dossier"].create(
            {"partner_id": partner.id, "team_id": cls.team.id}
        )

    @classmethod
    def _create_order(cls, partner):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    fields.Command.create(
                        {"product_id": cls.product.id, "price_unit": 10}
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _create_campaign(cls, **values):
        values = {
            "name": "Survey",
            "date_deadline": fields.Date.today().replace(month=12, day=31),
        } | values
        return (
            cls.env["customer.survey.campaign"].with_user(cls.director).create(values)
        )

    @classmethod
    def _start_campaign(cls, send=True, **values):
        campaign = cls._create_campaign(**values)
        campaign.action_check()
        campaign.action_start()
        if send:
            campaign.action_send()
        return campaign

    @classmethod
    def _get_response(cls, campaign, dossier):
        return (
            cls.env["customer.survey.response"]
            .with_user(cls.director)
            .search(
                [("campaign_id", "=", campaign.id), ("dossier_id", "=", dossier.id)]
            )
        )

    @classmethod
    def _answer(cls, response, answers, text=""):
        """Finish the form of ``response`` as the participant would.

        :param answers: {dimension: scale values of its questions}, None skips one
        """
        cls._fill(response.sudo().form_ids[:1], answers, text)

    @classmethod
    def _fill(cls, form, answers, text=""):
        """Finish ``form``; see ``_answer``."""
        form._mark_in_progress()
        for dimension, values in answers.items():
            questions = form.survey_id.question_ids.filtered(
                lambda question, dimension=dimension: question.dimension_id == dimension
            )
            for question, value in zip(questions, values, strict=True):
                form._save_lines(question, "" if value is None else str(value))
        if text:
            form._save_lines(
                cls.env.ref("customer_survey.survey_question_opinion"), text
            )
        form._mark_done()

    def _rpc(self, user, model, method, *args, **kwargs):
        """Call as a client does."""
        return call_kw(self.env[model].with_user(user), method, args, kwargs)
