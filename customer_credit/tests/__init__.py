from . import (
    common,
    common_limit,
    test_assessment,
    test_disposal,
    test_exception,
    test_exposure,
    test_hold,
    test_leaks,
    test_performance,
    test_tour,
    test_wall,
)
