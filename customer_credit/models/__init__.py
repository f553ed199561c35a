from . import (
    customer_credit_reason,
    customer_credit_group,
    customer_credit_account,
    customer_credit_content_mixin,
    customer_credit_hold,
    customer_dossier,
    account_move,
    payment_transaction,
    res_company,
    res_config_settings,
    res_partner,
    sale_order,
)
