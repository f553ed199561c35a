from . import (
    common,
    test_disposal,
    test_exposure,
    test_hold,
    test_install,
    test_leaks,
    test_performance,
    test_portal_tour,
    test_tour,
    test_wall,
    test_wall_routes,
)
