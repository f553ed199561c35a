from . import common, test_exposure, test_hold, test_performance, test_tour, test_wall
