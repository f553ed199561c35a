from . import (
    base_partner_merge,
    customer_access_permit_handle,
    customer_approval_decide,
    customer_confidentiality_confirm,
    customer_contract_remark,
    customer_dossier_history,
    customer_dossier_allocate,
    customer_dossier_open,
    customer_dossier_value,
    customer_measure_verify,
    customer_upkeep_decide,
    customer_verification_do,
)
