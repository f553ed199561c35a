from . import customer_survey_interview
from . import customer_survey_outcome
from . import customer_survey_paper
from . import customer_survey_paper_line
from . import customer_survey_add
from . import customer_survey_exclude
