from . import (
    customer_credit_form,
    customer_credit_report,
    customer_credit_xlsx,
)
