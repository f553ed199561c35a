from . import (
    common,
    papers,
    test_bill,
    test_disposal,
    test_event,
    test_exposure,
    test_guarantee,
    test_hold,
    test_leaks,
    test_performance,
    test_tour,
    test_wall,
)
