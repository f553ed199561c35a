from . import (
    base_partner_merge,
    customer_approval_decide,
    customer_contract_remark,
    customer_disposal_decide,
    customer_disposal_destroy,
    customer_dossier_history,
    customer_dossier_allocate,
    customer_dossier_open,
    customer_dossier_value,
    customer_measure_verify,
    customer_upkeep_decide,
    customer_verification_do,
)
