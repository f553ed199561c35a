from . import customer_survey_report_form
from . import customer_survey_report_xlsx
