from . import (
    common,
    test_disposal,
    test_exposure,
    test_hold,
    test_leaks,
    test_limit_today,
    test_performance,
    test_sight,
    test_tour,
    test_wall,
)
