from . import (
    test_approval,
    test_dossier,
    test_dossier_content,
    test_duty,
    test_measure,
    test_partner_facts,
    test_report,
    test_secrecy,
    test_tour,
    test_xlsx,
)
