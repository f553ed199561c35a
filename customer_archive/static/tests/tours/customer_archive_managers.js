import { registry } from "@web/core/registry";

import { allocate, approve, openDossiersEntry, openRow, save } from "./helpers";

registry.category("web_tour.tours").add("customer_archive_bum", {
    steps: () => [
        ...allocate("Kept Ltd", "Archive_rep2", "Nearer to the customer"),
        ...openRow("Toured Ltd"),
        { trigger: ".alert-info:contains(Step 1 of 2: Unit Manager)" },
        ...approve("Papers are complete."),
        { trigger: ".alert-info:contains(Step 2 of 2: Marketing Director)" },
        ...openDossiersEntry("customer_contract_menu", "Contracts"),
        { trigger: ".o_data_row:contains(HT-TOUR):contains(Signed)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_mdo", {
    steps: () => [
        ...allocate("Kept Ltd", "Archive_rep2", "Nearer to the customer"),
        ...openRow("Toured Ltd"),
        { trigger: ".alert-info:contains(Step 2 of 2: Marketing Director)" },
        ...approve("Welcome."),
        { trigger: ".o_arrow_button_current:contains(Formal)" },
        ...openDossiersEntry("customer_contract_menu", "Contracts"),
        {
            trigger: ".o_data_row:contains(HT-TOUR) td[name=number]",
            run: "click",
        },
        { trigger: ".alert-info:contains(Step 1 of 1: Marketing Director)" },
        { trigger: ".nav-link[name=review]", run: "click" },
        {
            trigger: ".o_field_widget[name=review_legality] textarea",
            run: "edit Every clause is lawful.",
        },
        {
            trigger: ".o_field_widget[name=review_fairness] textarea",
            run: "edit Rights and duties are balanced.",
        },
        {
            trigger: ".o_field_widget[name=review_risks] textarea",
            run: "edit Payment in advance.",
        },
        ...save(),
        ...approve("Sign it."),
        { trigger: ".nav-link[name=review]", run: "click" },
        { trigger: ".o_field_widget[name=review_result]:contains(Passed)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_gmo", {
    steps: () => [
        ...openRow("Toured Ltd"),
        { trigger: ".o_arrow_button_current:contains(Formal)" },
        { trigger: ".nav-link[name=finance]" },
        { trigger: ".nav-link[name=contacts]", run: "click" },
        { trigger: ".o_field_widget[name=decision_process]:contains(The owner decides)" },
        ...openDossiersEntry("customer_dossier_history_menu", "Customer History Library"),
        ...openRow("Kept Ltd"),
        { trigger: ".ribbon span:contains(History)" },
        { trigger: ".nav-link[name=keeping]", run: "click" },
        { trigger: ".o_field_widget[name=churn_reason_id]:contains(Moved abroad)" },
        {
            content: "he reads, the keeper acts",
            trigger: ".o_form_view:not(:has(button[name=action_reactivate]))",
        },
    ],
});
