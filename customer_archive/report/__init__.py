from . import customer_dossier_xlsx
