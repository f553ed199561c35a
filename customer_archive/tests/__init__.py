from . import (
    test_approval,
    test_change,
    test_dossier,
    test_duty,
    test_information,
    test_measure,
    test_report,
    test_secrecy,
    test_tour,
    test_verification,
    test_xlsx,
)
