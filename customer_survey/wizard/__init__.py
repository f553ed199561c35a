from . import customer_survey_report_return
