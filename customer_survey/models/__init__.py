# settings
from . import res_company
from . import res_config_settings

# questionnaire
from . import customer_survey_dimension
from . import customer_survey_level
from . import customer_survey_topic
from . import survey_survey
from . import survey_question
from . import survey_question_answer

# campaign
from . import customer_grade_consequence
from . import customer_survey_campaign
from . import customer_survey_campaign_draw
from . import customer_survey_campaign_send
from . import customer_survey_campaign_grade
from . import customer_survey_campaign_anonymous
from . import customer_survey_campaign_event
from . import customer_survey_campaign_repeat
from . import customer_survey_campaign_duty
from . import customer_survey_ticket
from . import mail_mail

# response
from . import customer_survey_response
from . import customer_survey_response_exclusion
from . import customer_survey_response_send
from . import customer_survey_response_anonymous
from . import customer_survey_response_event
from . import customer_survey_response_interview
from . import survey_user_input
from . import survey_user_input_interview
from . import survey_user_input_line

# figures
from . import customer_survey_score
from . import customer_survey_answer
from . import customer_survey_response_score
from . import customer_survey_result
from . import customer_survey_campaign_result
from . import customer_survey_campaign_score

# opinions
from . import customer_survey_opinion
from . import customer_survey_response_opinion
from . import customer_survey_campaign_opinion

# report
from . import customer_survey_report
from . import customer_survey_report_figures
from . import customer_survey_report_text
from . import customer_survey_campaign_report

# feedback
from . import customer_satisfaction_feedback
from . import customer_satisfaction_assessment
from . import customer_satisfaction_figure

# correction
from . import customer_negative_feedback
from . import customer_survey_response_negative
from . import customer_measure
from . import customer_survey_campaign_measure

# bridges
from . import customer_complaint
from . import customer_dossier
from . import customer_service_log
from . import calendar_event
from . import ir_actions_report
from . import res_partner
from . import sale_order
