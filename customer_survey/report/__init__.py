from . import customer_survey_form
from . import customer_survey_participation
from . import customer_survey_year
