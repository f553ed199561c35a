from . import customer_survey_form
