from . import customer_survey_add
from . import customer_survey_exclude
from . import customer_survey_report_return
from . import customer_satisfaction_feedback_correct
from . import customer_negative_feedback_step
