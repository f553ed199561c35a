from . import customer_access_permit_form, customer_dossier_form, customer_dossier_xlsx
