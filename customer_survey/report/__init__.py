from . import customer_survey_participation
from . import customer_survey_year
from . import customer_survey_report_form
from . import customer_survey_report_xlsx
