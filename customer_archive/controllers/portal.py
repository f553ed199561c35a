import os
from uuid import uuid4

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import content_disposition, request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..models.customer_complaint import CLOSED
from ..models.customer_complaint_portal import MAX_SUBJECT, MAX_TEXT, PORTAL_KINDS

MAX_FILES = 5
MAX_FILE_SIZE = 20  # megabytes
# what the database holds as id: a greater number is as missing as any
CASE = "/my/cases/<int(max=2147483647):case_id>"


class CustomerComplaintPortal(CustomerPortal):
    """A customer files, follows and confirms the cases of his company (B5, B18, B21).

    A case that is not his own is answered like one that does not exist.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            values["complaint_count"] = request.env[
                "customer.complaint"
            ]._count_portal_cases()
        return values

    # ------------------------------------------------------------ list

    def _get_case_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "received_at desc, id desc",
            },
            "state": {
                "label": request.env._("State"),
                "order": "state, received_at desc, id desc",
            },
        }

    def _get_case_filters(self):
        closed = Domain("state", "in", CLOSED)
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("Open Cases"), "domain": ~closed},
            "closed": {"label": request.env._("Closed Cases"), "domain": closed},
        }

    def _get_case_search_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Number or Subject")},
            "number": {"input": "number", "label": request.env._("Number")},
            "name": {"input": "name", "label": request.env._("Subject")},
        }

    def _get_case_search_domain(self, search_in, search):
        names = ("number", "name") if search_in == "all" else (search_in,)
        return Domain.OR(Domain(name, "ilike", search) for name in names)

    @route(
        ["/my/cases", "/my/cases/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_cases(
        self,
        page=1,
        sortby="date",
        filterby="all",
        search="",
        search_in="all",
        **_kwargs,
    ):
        sortings, filters = self._get_case_sortings(), self._get_case_filters()
        inputs = self._get_case_search_inputs()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        search_in = search_in if search_in in inputs else "all"
        domain = filters[filterby]["domain"]
        if search:
            domain &= self._get_case_search_domain(search_in, search)
        complaints = request.env["customer.complaint"]
        pages = pager(
            url="/my/cases",
            url_args={
                "sortby": sortby,
                "filterby": filterby,
                "search": search,
                "search_in": search_in,
            },
            total=complaints._count_portal_cases(domain),
            page=page,
            step=self._items_per_page,
        )
        cases_sudo = complaints._get_portal_cases(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            # of an empty list the pager makes less than nothing
            offset=max(pages["offset"], 0),
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "cases",
            "default_url": "/my/cases",
            "cases": [case_sudo._get_portal_summary() for case_sudo in cases_sudo],
            "pager": pages,
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
            "searchbar_inputs": inputs,
            "search_in": search_in,
            "search": search,
            "may_file": request.env.user._is_portal(),
        }
        return request.render("customer_archive.portal_my_cases", values)

    # ------------------------------------------------------------ file

    @route(
        "/my/cases/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def portal_new_case(self, **_kwargs):
        return self._render_case_form({"token": uuid4().hex})

    @route(
        "/my/cases/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def portal_file_case(self, **post):
        complaints = request.env["customer.complaint"]
        token = post.get("token", "")[:64]
        key = f"{request.env.uid}-{token}"
        case_sudo = complaints._get_portal_cases(Domain("portal_token", "=", key))
        if not case_sudo:
            try:
                with request.env.cr.savepoint():
                    case_sudo = complaints._create_from_portal(
                        post, self._read_files(), token
                    )
            except UserError as error:
                return self._render_case_form(post, error)
            except UniqueViolation:
                # the first click is being worked on at the same time
                return request.redirect("/my/cases")
        return request.redirect(f"/my/cases/{case_sudo.id}?filed=1")

    def _render_case_form(self, post, error=None):
        if not request.env.user._is_portal():
            return request.redirect("/my/cases")
        complaints = request.env["customer.complaint"]
        kinds = dict(complaints._fields["kind"]._description_selection(request.env))
        values = {
            **self._prepare_portal_layout_values(),
            **self._get_limits(),
            "page_name": "new_case",
            "kinds": [(kind, kinds[kind]) for kind in PORTAL_KINDS],
            # the names alone: what else an order tells is shown on its own page
            "orders": [
                (str(order.id), order.name) for order in complaints._get_portal_orders()
            ],
            "post": post,
            "error": error,
        }
        return request.render("customer_archive.portal_new_case", values)

    def _get_limits(self):
        return {
            "files_hint": request.env._(
                "%(count)s files at most, %(size)s MB each.",
                count=MAX_FILES,
                size=MAX_FILE_SIZE,
            ),
            "max_subject": MAX_SUBJECT,
            "max_text": MAX_TEXT,
        }

    def _read_files(self):
        """Return the uploaded files as pairs of name and content.

        :raise UserError: they are too many or too large
        """
        files = [
            file
            for file in request.httprequest.files.getlist("attachments")
            if file.filename
        ]
        if len(files) > MAX_FILES:
            raise UserError(
                request.env._(
                    "These are %(count)s files. Attach %(limit)s at most; send the "
                    "others in a message afterwards.",
                    count=len(files),
                    limit=MAX_FILES,
                )
            )
        for file in files:
            # large files are on disk: measured before anything is read
            if file.seek(0, os.SEEK_END) > MAX_FILE_SIZE * 1024**2:
                raise UserError(
                    request.env._(
                        "%(file)s is larger than %(limit)s MB. Attach a smaller file; "
                        "what you have written is kept.",
                        file=file.filename,
                        limit=MAX_FILE_SIZE,
                    )
                )
            file.seek(0)
        return [(file.filename, file.read()) for file in files]

    # ------------------------------------------------------------ follow

    def _get_case(self, case_id):
        """Return the case in sudo.

        :raise NotFound: there is none, or it is another's
        """
        case_sudo = request.env["customer.complaint"]._get_portal_cases(
            Domain("id", "=", case_id)
        )
        if not case_sudo:
            raise request.not_found()
        return case_sudo

    def _render_case(self, case_sudo, **values):
        values = {
            **self._prepare_portal_layout_values(),
            **self._get_limits(),
            "page_name": "case",
            "case": case_sudo._get_portal_values(),
            "post": {},
            **values,
        }
        return request.render("customer_archive.portal_my_case", values)

    @route(CASE, type="http", auth="user", website=True, methods=["GET"])
    def portal_my_case(self, case_id, filed=None, sent=None, **_kwargs):
        return self._render_case(self._get_case(case_id), filed=filed, sent=sent)

    @route(f"{CASE}/message", type="http", auth="user", website=True, methods=["POST"])
    def portal_case_message(self, case_id, **post):
        case_sudo = self._get_case(case_id)
        try:
            with request.env.cr.savepoint():
                case_sudo._comment_from_portal(post, self._read_files())
        except UserError as error:
            return self._render_case(case_sudo, post=post, message_error=error)
        return request.redirect(f"/my/cases/{case_id}?sent=1#messages")

    @route(f"{CASE}/confirm", type="http", auth="user", website=True, methods=["POST"])
    def portal_case_confirm(self, case_id, **post):
        case_sudo = self._get_case(case_id)
        try:
            with request.env.cr.savepoint():
                case_sudo._confirm_from_portal(post)
        except UserError as error:
            return self._render_case(case_sudo, post=post, confirm_error=error)
        return request.redirect(f"/my/cases/{case_id}?sent=1")

    @route(
        f"{CASE}/file/<int(max=2147483647):attachment_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def portal_case_file(self, case_id, attachment_id):
        """Download a file that he uploaded or that was sent to him."""
        file_sudo = self._get_case(case_id)._get_portal_attachment(attachment_id)
        if not file_sudo:
            raise request.not_found()
        # sudo: it belongs to a case of his own and was exchanged with him
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo)
        return stream.get_response(as_attachment=True)

    @route(
        f"{CASE}/letter/<int(max=2147483647):letter_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def portal_case_letter(self, case_id, letter_id):
        """Download a letter as it was sent to him (B18)."""
        letter = self._get_case(case_id)._get_portal_letter(letter_id)
        if not letter:
            raise request.not_found()
        name, content = letter
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
