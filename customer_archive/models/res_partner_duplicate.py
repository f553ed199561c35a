import re
import unicodedata

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.iap.tools import iap_tools

# how companies say what kind of company they are: no part of their name
LEGAL_WORDS = frozenset(
    "co coltd company corp corporation gmbh group inc incorporated limited llc llp ltd "
    "plc pte pty".split()
)
LEGAL_SUFFIX = re.compile(
    "(?:股份有限公司|有限责任公司|有限責任公司|有限公司|公司|集团|集團)+$"
)

# the stored keys, and how a match is named to the user; a match of one of the first
# three stops a second dossier (A14), the others are only candidates (A58)
CLAIM_KEYS = ("tax_key", "name_key", "phone_sanitized")
DUPLICATE_KEYS = (*CLAIM_KEYS, "email_normalized", "domain_key")


def normalise_company_name(name):
    """Return ``name`` without case, width, spaces, punctuation, brackets (their text
    stays) and words for the legal form; never empty for a name with a letter."""
    text = unicodedata.normalize("NFKC", name or "").casefold().replace(".", "")
    words = [word for word in re.split(r"[\W_]+", text) if word]
    plain = "".join(words)
    while words and words[-1] in LEGAL_WORDS:
        words.pop()
    return LEGAL_SUFFIX.sub("", "".join(words)) or plain


def normalise_domain(website, email):
    """Return the host of ``website``, else the domain of ``email`` unless it belongs
    to a public mail provider."""
    host = re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", (website or "").strip().casefold())
    host = re.split(r"[/:?#]", host)[0]
    if host:
        return host
    key = iap_tools.mail_prepare_for_domain_search(email)
    return key[1:] if key and key.startswith("@") else False


class ResPartner(models.Model):
    """Customers entered twice (A14, A58)."""

    _inherit = "res.partner"

    tax_key = fields.Char(
        compute="_compute_duplicate_keys", store=True, index="btree_not_null"
    )
    name_key = fields.Char(
        compute="_compute_duplicate_keys", store=True, index="btree_not_null"
    )
    domain_key = fields.Char(
        compute="_compute_duplicate_keys", store=True, index="btree_not_null"
    )
    duplicate_message = fields.Char(
        compute="_compute_duplicate_message", groups="base.group_user"
    )
    has_duplicate = fields.Boolean(
        string="Possible Duplicate",
        compute="_compute_has_duplicate",
        search="_search_has_duplicate",
        groups="customer_archive.group_keeper,customer_archive.group_mdo",
    )

    _phone_sanitized_idx = models.Index(
        "(phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )
    _email_normalized_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )

    @api.depends(
        "name", "is_company", "parent_id", "credit_code", "vat", "website", "email"
    )
    def _compute_duplicate_keys(self):
        """Only companies are compared by name and domain: people share both."""
        for partner in self:
            commercial = partner.is_company or not partner.parent_id
            tax_id = re.sub(r"[\W_]", "", partner.credit_code or partner.vat or "")
            company = partner.is_company
            partner.tax_key = (
                tax_id.upper() if commercial and len(tax_id) > 1 else False
            )
            partner.name_key = company and normalise_company_name(partner.name) or False
            partner.domain_key = company and normalise_domain(
                partner.website, partner.email
            )

    def _find_duplicates(self, keys=DUPLICATE_KEYS):
        """Return ``{customer: {other customer: names of the keys that agree}}`` for
        those of ``self`` that have a double, from one query however many they are.

        Compared are commercial entities of the same company or of all companies,
        archived ones included, none of companies that the user does not work in. Two
        different unified social credit codes are two companies, whatever else agrees.
        """
        customers = self.filtered(lambda partner: partner._is_commercial())
        values = {
            key: {value for value in customers.mapped(key) if value} for key in keys
        }
        # sudo: that somebody else has this customer is what is to be found (A14)
        others_sudo = self.sudo().with_context(active_test=False)
        others_sudo = others_sudo.search_fetch(
            Domain("company_id", "in", [False, *self.env.companies.ids])
            & Domain.OR(Domain(key, "in", values[key]) for key in keys if values[key]),
            [*keys, "company_id", "credit_code", "is_company", "parent_id"],
            order="id",
        ).filtered(lambda partner: partner._is_commercial())
        others_by_value = {key: others_sudo.grouped(key) for key in keys if values[key]}
        duplicates = {}
        for customer in customers:
            found = {}
            for key, by_value in others_by_value.items():
                for other in by_value.get(customer[key] or None, ()):
                    if customer._may_be_same_as(other):
                        found.setdefault(other, []).append(key)
            if found:
                duplicates[customer] = found
        return duplicates

    def _is_commercial(self):
        return self.is_company or not self.parent_id

    def _may_be_same_as(self, other):
        codes = {self.credit_code, other.credit_code} - {False}
        companies = self.company_id | other.company_id
        return self._origin.id != other.id and len(codes) < 2 and len(companies) < 2

    @api.model
    def _duplicate_reason(self, keys):
        """Return in words what two customers have in common."""
        labels = {
            "tax_key": self.env._("tax ID"),
            "name_key": self.env._("name"),
            "phone_sanitized": self.env._("phone"),
            "email_normalized": self.env._("e-mail"),
            "domain_key": self.env._("e-mail domain"),
        }
        return ", ".join(labels[key] for key in keys)

    @api.depends(
        "name",
        "is_company",
        "parent_id",
        "company_id",
        "credit_code",
        "vat",
        "phone",
        "country_id",
        "website",
        "email",
    )
    @api.depends_context("uid", "lang")
    def _compute_duplicate_message(self):
        """The double that has a dossier counts first: it belongs to somebody."""
        self.duplicate_message = False
        duplicates = self._find_duplicates()
        others = self.browse().union(
            *(o for found in duplicates.values() for o in found)
        )
        # sudo: whose customer it is, is what the finder is told (A14)
        dossiers_sudo = self.env["customer.dossier"].sudo()
        dossiers_sudo = dossiers_sudo.search_fetch([("partner_id", "in", others.ids)])
        dossier_by_partner = dossiers_sudo.grouped("partner_id")
        for partner, found in duplicates.items():
            other = next((o for o in found if o in dossier_by_partner), None)
            if other:
                partner.duplicate_message = dossier_by_partner[other]._claim_message(
                    self._duplicate_reason(found[other])
                )
            else:
                other, keys = next(iter(found.items()))
                partner.duplicate_message = self.env._(
                    "This customer exists already: %(customer)s (same %(reason)s).",
                    customer=other.display_name,
                    reason=self._duplicate_reason(keys),
                )

    @api.depends(
        *DUPLICATE_KEYS, "company_id", "credit_code", "is_company", "parent_id"
    )
    def _compute_has_duplicate(self):
        doubles = self.with_context(active_test=False).search(
            Domain("id", "in", self._origin.ids) & Domain("has_duplicate", "=", True)
        )
        for partner in self:
            partner.has_duplicate = partner._origin in doubles

    @api.model
    def _search_has_duplicate(self, operator, value):
        # the groups of a field that is not stored do not hold in a search
        self._check_field_access(self._fields["has_duplicate"], "read")
        if operator != "in":
            return NotImplemented
        self.flush_model(
            [*DUPLICATE_KEYS, "active", "company_id", "credit_code", "is_company"]
        )
        # the few values that occur twice come first, from the index alone: joining
        # all customers with all takes six times as long
        queries = [
            SQL(
                """SELECT partner.id
                     FROM res_partner partner
                    WHERE partner.%(key)s = ANY(ARRAY(
                          SELECT %(key)s FROM res_partner
                           WHERE %(key)s IS NOT NULL
                        GROUP BY %(key)s HAVING COUNT(*) > 1))
                      AND (partner.is_company OR partner.parent_id IS NULL)
                      AND EXISTS (
                          SELECT FROM res_partner other
                           WHERE other.%(key)s = partner.%(key)s
                             AND other.id != partner.id AND other.active
                             AND (other.is_company OR other.parent_id IS NULL)
                             AND COALESCE(other.company_id = partner.company_id, TRUE)
                             AND COALESCE(other.credit_code = partner.credit_code, TRUE)
                          )""",
                key=SQL.identifier(key),
            )
            for key in DUPLICATE_KEYS
        ]
        return Domain("id", "in", SQL("(%s)", SQL(" UNION ").join(queries)))
