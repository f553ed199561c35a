from . import (
    customer_disposal_form,
    customer_access_permit_form,
    customer_dossier_form,
    customer_dossier_xlsx,
    customer_leak_incident_form,
)
