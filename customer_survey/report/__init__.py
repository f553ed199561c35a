from . import customer_dossier_form
from . import customer_satisfaction_feedback_form
