from . import customer_survey_form
from . import customer_survey_participation
from . import customer_survey_year
from . import customer_survey_report_form
from . import customer_survey_report_xlsx
from . import customer_dossier_form
from . import customer_satisfaction_feedback_form
from . import customer_satisfaction_report
