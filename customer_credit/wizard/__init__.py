from . import (
    base_partner_merge,
    customer_approval_decide,
    customer_credit_bill_step,
    customer_credit_event_annul,
    customer_credit_intervene,
    customer_credit_force,
    customer_credit_release,
    customer_credit_restrict,
    customer_credit_setup,
)
