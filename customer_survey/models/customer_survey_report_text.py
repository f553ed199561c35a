from markupsafe import Markup

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

LOWEST_QUESTIONS = 3
QUOTATIONS = 3
TONES = ("negative", "neutral", "positive")


class CustomerSurveyReport(models.Model):
    """The texts of a report that are written from its figures, in the language of its
    author, who edits them (G13)."""

    _inherit = "customer.survey.report"

    def _get_texts(self):
        """Return {field: text} of what is generated; expects the author's language."""
        self.ensure_one()
        figures = self.figures
        return {
            "basis": self._get_basis_text(figures["basis"]),
            "weak_points": self._get_weak_points_text(figures),
            "opinions": self._get_opinions_text(figures["opinions"]),
            "comparison": self._get_comparison_text(figures),
        }

    def _get_number(self, value):
        return formatLang(self.env, value or 0.0, digits=1)

    def _get_list(self, items):
        lines = Markup().join(Markup("<li>%s</li>") % item for item in items)
        return Markup("<ul>%s</ul>") % lines

    def _get_paragraph(self, text):
        return Markup("<p>%s</p>") % text

    def _get_basis_text(self, basis):
        campaign = self.campaign_id
        text = self._get_paragraph(
            self.env._(
                "The survey covers the period from %(start)s to %(end)s. Of "
                "%(customers)s customers %(asked)s were to be asked (%(coverage)s %%); "
                "%(issued)s forms were issued and %(returned)s returned, a response "
                "rate of %(rate)s %%.",
                start=format_date(self.env, campaign.date_from, date_format="long"),
                end=format_date(self.env, campaign.date_to, date_format="long"),
                customers=basis["customers"],
                asked=basis["asked"],
                issued=basis["issued"],
                coverage=self._get_number(basis["coverage"]),
                returned=basis["returned"],
                rate=self._get_number(basis["rate"]),
            )
        )
        if basis["channels"]:
            text += self._get_list(
                self.env._(
                    "%(channel)s: %(count)s answered",
                    channel=row["name"],
                    count=row["count"],
                )
                for row in basis["channels"]
            )
        return text

    def _get_weak_points_text(self, figures):
        failed = [row for row in figures["dimensions"] if row["failed"]]
        if failed:
            text = self._get_list(
                self.env._(
                    "%(dimension)s: %(score)s, required %(required)s",
                    dimension=row["dimension"],
                    score=self._get_number(row["score"]),
                    required=self._get_number(row["required"]),
                )
                for row in sorted(
                    failed, key=lambda row: row["score"] - row["required"]
                )
            )
        else:
            text = self._get_paragraph(
                self.env._("No dimension lies below the required level.")
            )
        lowest = sorted(figures["questions"], key=lambda row: row["score"])
        if lowest:
            text += self._get_paragraph(self.env._("The lowest scores by question:"))
            text += self._get_list(
                self.env._(
                    "%(question)s %(score)s, satisfied %(satisfied)s %%",
                    question=row["name"],
                    score=self._get_number(row["score"]),
                    satisfied=self._get_number(row["satisfied"]),
                )
                for row in lowest[:LOWEST_QUESTIONS]
            )
        return text

    def _get_opinions_text(self, rows):
        if not rows:
            return self._get_paragraph(
                self.env._("Nobody added anything in his own words.")
            )
        text = self._get_list(
            self.env._(
                "%(topic)s: %(count)s, of which %(positive)s positive, %(neutral)s "
                "neutral, %(negative)s negative",
                topic=row["name"],
                count=row["count"],
                positive=row["positive"],
                neutral=row["neutral"],
                negative=row["negative"],
            )
            for row in rows
        )
        # what the author may read, without the customers' names
        opinions = self.env["customer.survey.opinion"].search(
            Domain("campaign_id", "=", self.campaign_id.id)
            & Domain("topic_id", "!=", False)
        )
        for topic, about in opinions.grouped("topic_id").items():
            quoted = about.sorted(
                lambda opinion: (
                    TONES.index(opinion.tone) if opinion.tone else len(TONES)
                )
            )
            text += self._get_paragraph(Markup("<strong>%s</strong>") % topic.name)
            text += Markup().join(
                Markup("<blockquote>%s</blockquote>") % opinion.text
                for opinion in quoted[:QUOTATIONS]
            )
        return text

    def _get_comparison_text(self, figures):
        rows = [
            row
            for row in [figures["index"], *figures["dimensions"]]
            if row and row["previous"] is not None
        ]
        if not rows:
            return self._get_paragraph(
                self.env._("There is no earlier survey to compare with.")
            )
        text = ""
        if figures["previous"]:
            text = self._get_paragraph(
                self.env._("Compared with %s:", figures["previous"])
            )
        return text + self._get_list(
            self.env._(
                "%(dimension)s: %(score)s after %(before)s (%(change)s)",
                dimension=row["dimension"] or self.env._("Index"),
                score=self._get_number(row["score"]),
                before=self._get_number(row["previous"]),
                change=f"{'+' if row['change'] >= 0 else '−'}"
                f"{self._get_number(abs(row['change']))}",
            )
            for row in rows
        )
