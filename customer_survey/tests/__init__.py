from . import test_disposal
from . import test_survey_access
from . import test_survey_campaign
from . import test_survey_duty
from . import test_survey_link
from . import test_survey_questionnaire
from . import test_survey_score
from . import test_survey_tour
