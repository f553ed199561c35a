import { registry } from "@web/core/registry";

import { choose, confirmDialog, openDossiersEntry, openRow } from "./helpers";

registry.category("web_tour.tours").add("customer_archive_keeper", {
    steps: () => [
        ...openDossiersEntry("customer_information_menu", "Information Inbox"),
        ...openRow("Toured Ltd"),
        { trigger: ".o_form_view button:contains(Handle)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Noted in the dossier",
        },
        ...confirmDialog("Handle"),
        { trigger: ".o_arrow_button_current:contains(Handled)" },
        { trigger: ".o_field_widget[name=result]:contains(Noted in the dossier)" },
        ...openDossiersEntry("customer_change_menu", "Changes to Acknowledge"),
        {
            trigger: ".o_data_row:contains(Toured Ltd) td[name=new_value]:contains(Wang Fang)",
            run: "click",
        },
        { trigger: "button[name=action_acknowledge]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Acknowledged)" },
        ...openDossiersEntry(
            "customer_verification_campaign_menu",
            "Verification Campaigns"
        ),
        ...openRow("Tour of all customers"),
        {
            content: "one of two is verified",
            trigger: ".o_field_widget[name=progress]:contains(50 %)",
        },
        {
            trigger: "button[name=action_open_verifications]:contains(1):contains(To Verify)",
            run: "click",
        },
        { trigger: ".o_data_row:contains(Kept Ltd)" },
        ...openDossiersEntry("customer_dossier_menu", "Dossiers"),
        ...openRow("Kept Ltd"),
        { trigger: "button[name=action_move_to_history]", run: "click" },
        ...choose("churn_reason_id", "Moved abroad", ".modal"),
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Plant closed",
        },
        ...confirmDialog("Move to History"),
        { trigger: ".o_arrow_button_current:contains(History)" },
        ...openDossiersEntry("customer_dossier_history_menu", "Customer History Library"),
        { trigger: ".o_data_row:contains(Kept Ltd):contains(Moved abroad)" },
    ],
});
