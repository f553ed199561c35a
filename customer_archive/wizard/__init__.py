from . import (
    base_partner_merge,
    customer_approval_decide,
    customer_dossier_allocate,
    customer_dossier_open,
    customer_measure_verify,
)
