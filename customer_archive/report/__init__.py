from . import customer_dossier_form, customer_dossier_xlsx
