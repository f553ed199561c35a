from . import customer_survey_add
from . import customer_survey_exclude
