from . import (
    test_approval,
    test_contract,
    test_document,
    test_dossier,
    test_duty,
    test_measure,
    test_report,
    test_secrecy,
    test_tour,
    test_xlsx,
)
