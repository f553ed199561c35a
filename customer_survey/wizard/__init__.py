from . import customer_negative_feedback_step
