from . import (
    customer_access_permit_form,
    customer_complaint_form,
    customer_complaint_report,
    customer_complaint_xlsx,
    customer_disposal_form,
    customer_dossier_form,
    customer_dossier_xlsx,
    customer_feedback_form_form,
    customer_leak_incident_form,
    customer_measure_form,
    customer_service_log_form,
    customer_staff_handover_form,
)
