from . import (
    common,
    test_disposal,
    test_exposure,
    test_hold,
    test_leaks,
    test_payment_record,
    test_performance,
    test_rating,
    test_tour,
    test_wall,
)
