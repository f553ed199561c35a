from . import customer_survey_add
from . import customer_survey_exclude
from . import customer_survey_report_return
