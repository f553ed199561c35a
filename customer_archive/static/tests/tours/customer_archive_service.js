import { registry } from "@web/core/registry";

import { openDossiersEntry, openRow, submitInformation } from "./helpers";

registry.category("web_tour.tours").add("customer_archive_fug", {
    steps: () => [
        ...openDossiersEntry("customer_handover_menu", "Hand-overs"),
        ...openRow("Toured Ltd"),
        { trigger: "button[name=action_accept]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Completed)" },
        {
            content: "the dossier is his from now on",
            trigger: ".o_field_widget[name=accepted_by_id]:contains(Archive_fug)",
        },
        ...openDossiersEntry("customer_dossier_menu", "Dossiers"),
        ...openRow("Toured Ltd"),
        { trigger: ".badge:contains(Handed Over)" },
        { trigger: ".nav-link[name=papers]", run: "click" },
        { trigger: ".o_field_widget[name=contract_ids] .o_data_row:contains(Framework)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_asg", {
    steps: () => [
        ...openRow("Toured Ltd"),
        { trigger: ".o_arrow_button_current:contains(Formal)" },
        {
            content: "how the customer decides is not his concern",
            trigger: ".nav-link[name=contacts]",
            run: "click",
        },
        { trigger: ".o_field_widget[name=contact_ids]" },
        { trigger: ".o_form_view:not(:has([name=decision_process]))" },
        { trigger: ".o_form_view:not(:has(.nav-link[name=finance]))" },
        ...submitInformation("Toured Ltd", "Their second line stands still"),
    ],
});

registry.category("web_tour.tours").add("customer_archive_pl", {
    steps: () => submitInformation("Toured Ltd", "They plan a second plant"),
});

registry.category("web_tour.tours").add("customer_archive_fin", {
    steps: () => [
        ...openRow("Toured Ltd"),
        { trigger: ".nav-link[name=contacts]", run: "click" },
        { trigger: ".o_field_widget[name=contact_ids]" },
        {
            content: "no decision block",
            trigger: ".o_form_view:not(:has([name=decision_process], [name=contact_profile_ids]))",
        },
        { trigger: ".nav-link[name=finance]", run: "click" },
        { trigger: "button:contains(Edit Figures)", run: "click" },
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=year] input", run: "edit 2030" },
        { trigger: ".o_field_widget[name=turnover] input", run: "edit 1250000" },
        { trigger: ".o_field_widget[name=profit] input", run: "edit 80000" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: ".o_back_button a, .breadcrumb-item a:contains(Financial)", run: "click" },
        { trigger: ".o_data_row:contains(2030):contains(1,250,000)" },
    ],
});
