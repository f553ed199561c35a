import { registry } from "@web/core/registry";

import {
    approve,
    choose,
    confirmDialog,
    openDossiersEntry,
    openRow,
    press,
    reached,
    save,
} from "./helpers";

const tours = registry.category("web_tour.tours");

/** Press a button of the header that asks whether to go on. */
function pressAndConfirm(name) {
    return [press(name), ...confirmDialog("Ok")];
}

// ------------------------------------------------------------ lending (D17 - D19)

tours.add("customer_archive_lending_request", {
    steps: () => [
        {
            trigger: ".o-form-buttonbox button[name=action_open_dossier]:has(.fa-lock)",
            run: "click",
        },
        { trigger: ".modal-footer button:contains(Request Access)", run: "click" },
        {
            trigger: ".o_field_widget[name=kind] .o_selection_badge:contains(Borrow)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=purpose] textarea",
            run: "edit To prepare the tender",
        },
        press("action_submit"),
        { trigger: ".alert-info:contains(Marketing Director)" },
        { trigger: ".badge:contains(Same-Day Return):visible" },
        { trigger: ".badge:contains(Not to Leave the Office):visible" },
    ],
});

tours.add("customer_archive_lending_approve", {
    steps: () => [
        ...openRow("Access Permit"),
        ...approve("For the tender alone."),
        reached("Approved"),
    ],
});

tours.add("customer_archive_lending_keeper", {
    steps: () => [
        ...openDossiersEntry("customer_access_permit_menu", "Permits"),
        { trigger: ".o_facet_value:contains(To Hand Out and Out)" },
        ...openRow("Toured Ltd"),
        press("action_open_hand_out"),
        { trigger: ".modal .o_data_row:contains(Toured Ltd)" },
        ...confirmDialog("Hand Out"),
        reached("Handed Out"),
        press("action_open_take_back"),
        {
            content: "every item is looked at",
            trigger: ".modal .o_data_row td[name=condition]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=condition] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Complete)",
            run: "click",
        },
        ...confirmDialog("Take Back"),
        reached("Returned"),
        {
            trigger: ".o_field_widget[name=item_ids] td[name=condition]:contains(Complete)",
        },
    ],
});

// ------------------------------------------------------------ levels (D1, A45)

tours.add("customer_archive_level_propose", {
    steps: () => [
        press("action_propose_level"),
        ...choose("level_id", "Core Trade Secret", ".modal"),
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Its prices differ from the list.",
        },
        ...confirmDialog("Submit"),
    ],
});

tours.add("customer_archive_level_approve", {
    steps: () => [
        ...openDossiersEntry("customer_secrecy_decision_menu", "Decisions on Secrecy"),
        ...openRow("Toured Ltd"),
        ...approve("Agreed."),
        reached("Approved"),
        ...openDossiersEntry("customer_dossier_menu_important", "Important Customers"),
        ...openRow("Toured Ltd"),
        { trigger: ".badge:contains(Important):visible" },
    ],
});

// ------------------------------------------------------------ confidentiality (D12)

tours.add("customer_archive_confidentiality", {
    steps: () => [
        { trigger: ".o_data_row .o_data_cell:contains(Toured Ltd)", run: "click" },
        { trigger: ".modal-footer button:contains(Read the Duty)", run: "click" },
        { trigger: ".modal .o_field_widget[name=text]:contains(report a leak)" },
        ...confirmDialog("I Confirm"),
        ...openRow("Toured Ltd"),
        { trigger: ".nav-link[name=background]", run: "click" },
        { trigger: ".o_field_widget[name=needs]:contains(Two floors)" },
    ],
});

// ------------------------------------------------------------ staff hand-over (D27, D28)

tours.add("customer_archive_staff_open", {
    steps: () => [
        ...openDossiersEntry("customer_staff_handover_menu", "Staff Hand-overs"),
        { trigger: ".o_list_button_add", run: "click" },
        ...choose("user_id", "Archive_rep"),
        ...choose("successor_id", "Archive_rep2"),
        {
            trigger: ".o_field_widget[name=date_last] input, .o_field_widget[name=date_last] button",
            run: "edit 12/31/2040",
        },
        ...save(),
        ...pressAndConfirm("action_start"),
        reached("Being Handed Over"),
        { trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Toured Ltd)" },
        ...pressAndConfirm("action_move"),
        {
            trigger: ".o_statusbar_buttons:not(:has(button[name=action_move]))",
        },
        press("action_receive_department"),
        {
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Toured Ltd) td[name=department_user_id]:contains(Archive_bum)",
        },
    ],
});

tours.add("customer_archive_staff_receive", {
    steps: () => [
        ...openDossiersEntry("customer_staff_handover_menu", "Staff Hand-overs"),
        ...openRow("Archive_rep"),
        press("action_receive_data"),
        press("action_submit"),
        { trigger: ".alert-info" },
        ...signHandover(),
    ],
});

tours.add("customer_archive_staff_sign", {
    steps: () => [
        ...openDossiersEntry("customer_staff_handover_menu", "Staff Hand-overs"),
        ...openRow("Archive_rep"),
        ...signHandover(),
        reached("Completed"),
    ],
});

function signHandover() {
    return [
        {
            trigger: "button[name=action_open_decision]:contains(Sign Hand-over)",
            run: "click",
        },
        ...confirmDialog("Approve"),
        { trigger: ".o_form_view:not(:has(button[name=action_open_decision]))" },
    ];
}

// ------------------------------------------------------------ destruction (D30, D31)

tours.add("customer_archive_disposal_decide", {
    steps: () => [
        ...openDossiersEntry("customer_disposal_menu", "Destruction"),
        ...openRow("Toured Ltd"),
        press("action_decide_value"),
        {
            trigger: ".modal .o_field_widget[name=decision] input[data-value=destroy]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason_kind] input",
            run: "click",
        },
        { trigger: ".o_select_menu_item:contains(Useless Data)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Nobody ever answered.",
        },
        ...confirmDialog("Decide"),
        { trigger: ".alert-info" },
    ],
});

tours.add("customer_archive_disposal_approve", {
    steps: () => [
        ...openDossiersEntry("customer_disposal_menu", "Destruction"),
        ...openRow("Toured Ltd"),
        ...approve("Destroy it."),
        reached("Approved"),
    ],
});

tours.add("customer_archive_disposal_destroy", {
    steps: () => [
        ...openDossiersEntry("customer_disposal_menu", "Destruction"),
        ...openRow("Toured Ltd"),
        press("action_destroy"),
        { trigger: ".modal .alert-danger" },
        {
            trigger: ".modal .o_field_widget[name=paper_destroyed] input",
            run: "check",
        },
        ...confirmDialog("Destroy for Good"),
        reached("Destroyed"),
        { trigger: ".ribbon span:contains(Destroyed)" },
        { trigger: ".o_field_widget[name=paper_destroyed_by_id]:contains(Archive_keeper)" },
        {
            content: "the certificate names no customer",
            trigger: ".o_form_view:not(:contains(Toured Ltd))",
        },
    ],
});

// ------------------------------------------------------------ disclosure (D23, D24)

tours.add("customer_archive_disclosure_request", {
    steps: () => [
        ...openDossiersEntry("customer_access_permit_menu", "Permits"),
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name=kind] .o_selection_badge:contains(Disclose)",
            run: "click",
        },
        { trigger: ".o_field_widget[name=purpose] textarea", run: "edit The yearly audit" },
        { trigger: ".o_field_widget[name=recipient] input", run: "edit Audit House" },
        {
            trigger: ".o_field_widget[name=recipient_measures] textarea",
            run: "edit Kept under lock, destroyed after the audit.",
        },
        {
            trigger: ".o_field_widget[name=item_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose("partner_id", "Toured Ltd", ".o_field_widget[name=item_ids]"),
        press("action_submit"),
        { trigger: ".alert-info" },
    ],
});

tours.add("customer_archive_disclosure_approve", {
    steps: () => [
        ...openRow("Access Permit"),
        ...approve("For the audit alone."),
    ],
});

tours.add("customer_archive_disclosure_release", {
    steps: () => [
        reached("Approved"),
        press("action_make_release_file"),
        { trigger: "button[name=action_download_release_file]" },
    ],
});

// ------------------------------------------------------------ leaks (D26)

tours.add("customer_archive_leak_report", {
    steps: () => [
        ...openDossiersEntry("customer_leak_incident_menu", "Leak Incidents"),
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name=description] textarea",
            run: "edit A price list lay at a competitor's stand.",
        },
        {
            trigger: ".o_field_widget[name=dossier_ids] input",
            run: "edit Toured Ltd",
        },
        { trigger: ".o-autocomplete--dropdown-item:contains(/^KH-/)", run: "click" },
        { trigger: ".o_field_widget[name=dossier_ids] .o_tag" },
        ...save(),
        press("action_investigate"),
        reached("Under Investigation"),
        {
            trigger: ".o_field_widget[name=investigation] textarea",
            run: "edit Copy 3 was left in the train.",
        },
        { trigger: ".o_field_widget[name=decision_kind] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Written Warning)", run: "click" },
        {
            trigger: ".o_field_widget[name=decision] textarea",
            run: "edit A warning and new copies.",
        },
        press("action_decide"),
        reached("Decided"),
        press("action_submit"),
        { trigger: ".alert-info:contains(General Manager)" },
    ],
});

tours.add("customer_archive_leak_close", {
    steps: () => [
        ...openDossiersEntry("customer_leak_incident_menu", "Leak Incidents"),
        ...openRow("Decided"),
        ...approve("Closed."),
        reached("Closed"),
    ],
});
