from . import (
    common,
    test_credit_report,
    test_credit_sheet,
    test_disposal,
    test_exposure,
    test_hold,
    test_leaks,
    test_limit_today,
    test_performance,
    test_told,
    test_tour,
    test_wall,
)
