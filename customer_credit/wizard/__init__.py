from . import (
    customer_approval_decide,
    customer_credit_release,
    customer_credit_setup,
)
