from base64 import b64decode
from binascii import Error as Base64Error

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

# what tablets draw; an SVG would fetch what it names when it is printed
DRAWINGS = {"image/png", "image/jpeg"}


class CustomerSignatureMixin(models.AbstractModel):
    """A paper that the customer signs on the screen; the signature is entered once
    and stays (B33, B35)."""

    _name = "customer.signature.mixin"
    _description = "Paper Signed by the Customer"
    _inherit = ["customer.guarded.mixin"]

    # no attachment: it could be replaced beside the record
    signature = fields.Image(
        string="Customer's Signature",
        attachment=False,
        max_width=1024,
        max_height=1024,
        readonly=True,
        copy=False,
    )
    signed_by = fields.Char(
        readonly=True, copy=False, help="Name of the customer's person who signed."
    )
    signed_on = fields.Datetime(string="Signed At", readonly=True, copy=False)

    def _guarded_fields(self):
        return super()._guarded_fields() | {"signature", "signed_by", "signed_on"}

    def _sign(self, signature, name, **values):
        """Enter what the customer's person ``name`` drew; the caller has checked who
        acts and that the paper may be signed.

        :param signature: PNG or JPEG, base64
        :param values: other guarded fields that change with it
        :raise UserError: no name, no drawing, or signed before
        """
        self.ensure_one()
        name = (name or "").strip()
        if not name or not signature:
            raise UserError(
                self.env._("Enter who signs for the customer and let him sign.")
            )
        if self.signed_on:
            raise UserError(
                self.env._(
                    "%(paper)s has been signed and stays as it is.",
                    paper=self.display_name,
                )
            )
        try:
            is_drawing = guess_mimetype(b64decode(signature)) in DRAWINGS
        except (Base64Error, TypeError, ValueError):
            is_drawing = False
        if not is_drawing:
            raise UserError(self.env._("A signature is a PNG or JPEG image."))
        # sudo: who acts was checked; the fields are guarded
        self.sudo()._system_write(
            {
                "signature": signature,
                "signed_by": name,
                "signed_on": fields.Datetime.now(),
                **values,
            }
        )
