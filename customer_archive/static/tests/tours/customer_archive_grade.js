import { registry } from "@web/core/registry";

import { approve, choose, confirmDialog, openEntry, openRow, press, reached, save } from "./helpers";

const tours = registry.category("web_tour.tours");

const REMARK = "The largest buyer of the region, mind the terms of payment";

/** Open an entry of the menu Configuration about grading. */
function openConfiguration(entry, title) {
    return [
        ...openEntry(
            "customer_archive.customer_archive_menu_config",
            `customer_archive.${entry}`
        ),
        { trigger: `.o_last_breadcrumb_item:contains(${title})` },
    ];
}

/** Read what an action was refused with and close it. */
function refused(text) {
    return [
        { trigger: `.modal:contains(${text})` },
        { trigger: `.modal:contains(${text}) .modal-footer button:contains(Close)`, run: "click" },
        { trigger: `body:not(:has(.modal:contains(${text})))` },
    ];
}

/** Enter the judgement of a factor in the open score sheet. */
function judge(factor, value) {
    const row = `.o_field_widget[name=line_ids] .o_data_row:contains(${factor})`;
    return [
        { trigger: `${row} td[name=value]`, run: "click" },
        { trigger: `${row} td[name=value] input`, run: `edit ${value}` },
    ];
}

// ------------------------------------------------------------ proposal (E9, A44)

tours.add("customer_archive_grade_evaluate", {
    steps: () => [
        { trigger: ".o_cp_action_menus .dropdown-toggle:has(.fa-cog)", run: "click" },
        { trigger: ".o-dropdown--menu .o_menu_item:contains(Evaluate Grade)", run: "click" },
        { trigger: ".o_field_widget[name=proposed_grade_id]:contains(Stable Customer)" },
        {
            content: "what it follows from, and what the next grade takes",
            trigger: ".o_field_widget[name=criteria] tr:contains(Single Contract):contains(5,000.00)",
        },
        { trigger: ".o_field_widget[name=criteria] .badge:contains(Proposed Grade)" },
        press("action_confirm"),
        { trigger: ".alert-info:contains(Unit Manager)" },
    ],
});

tours.add("customer_archive_grade_approve", {
    steps: () => [
        ...openRow("Grade Evaluation"),
        ...approve("He grows."),
        reached("Confirmed"),
    ],
});

tours.add("customer_archive_grade_first_tier", {
    steps: () => [
        ...openRow("Toured Ltd"),
        press("action_confirm"),
        ...refused("becomes a customer of the first tier"),
        { trigger: ".o_field_widget[name=remark] textarea", run: `edit ${REMARK}` },
        press("action_confirm"),
        reached("Confirmed"),
    ],
});

tours.add("customer_archive_grade_deviate", {
    steps: () => [
        ...openRow("Toured Ltd"),
        press("action_deviate"),
        ...choose("grade_id", "Important Customer", ".modal"),
        {
            trigger: ".modal .o_field_widget[name=deviation_reason] textarea",
            run: "edit The contract of next year is ready.",
        },
        { trigger: ".modal button[name=action_submit]:enabled", run: "click" },
        ...refused("becomes a customer of the first tier"),
        { trigger: ".modal .o_field_widget[name=remark] textarea", run: `edit ${REMARK}` },
        ...confirmDialog("Submit"),
        { trigger: ".alert-info:contains(Marketing Director)" },
    ],
});

// ------------------------------------------------------------ score sheet (E7, E8)

tours.add("customer_archive_grade_sheet", {
    steps: () => [
        { trigger: ".o_notebook .nav-link[name=sheet]", run: "click" },
        ...judge("Needs", "100"),
        ...judge("Prospects", "50"),
        ...save(),
        {
            content: "(75 × 100 + 25 × 50) / 100",
            trigger: ".tab-pane .o_field_widget[name=score]:contains(87.50)",
        },
        { trigger: ".oe_title .o_field_widget[name=proposed_grade_id]:contains(Top)" },
        { trigger: ".o_form_statusbar button:contains(Print)", run: "click" },
        {
            content: "the buttons wait for the download",
            trigger: ".o_form_statusbar button:contains(Print):enabled",
        },
    ],
});

// ------------------------------------------------------------ run (E10, E11)

tours.add("customer_archive_grade_run", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name=scheme_id] input:value(Customer Classes)" },
        press("action_start"),
        reached("Done"),
        { trigger: ".o_field_widget[name=done_count] .o_progressbar:contains(3)" },
        { trigger: ".o_field_widget[name=new_count]:contains(3)" },
        press("action_submit"),
        { trigger: ".alert-info:contains(Marketing Director)" },
        {
            content: "one enters the first tier and needs a remark",
            trigger: ".o_field_widget[name=left_out_count]:contains(1)",
        },
    ],
});

tours.add("customer_archive_grade_run_approve", {
    steps: () => [
        ...openRow("Grading Run"),
        ...approve("As proposed."),
        { trigger: ".o_field_widget[name=confirmation_state]:contains(Done)" },
        ...openEntry(
            "customer_archive.customer_archive_menu_analysis",
            "customer_archive.customer_grade_evaluation_menu_upgradeable"
        ),
        { trigger: ".o_last_breadcrumb_item:contains(Upgradeable Customers)" },
        {
            trigger: ".o_data_row:contains(Near Ltd):contains(General Customer):contains(Stable Customer):contains(97%)",
        },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains(Far Ltd)))" },
    ],
});

// ------------------------------------------------------------ configuration (E1, E6)

tours.add("customer_archive_grade_configure", {
    steps: () => [
        ...openConfiguration("customer_grade_rule_menu", "Rule Versions"),
        {
            trigger: ".o_data_row:contains(Customer Classes) td[name=name]:contains(Thresholds 2001-01-01)",
            run: "click",
        },
        press("action_new_version"),
        { trigger: ".o_form_view button[name=action_submit]:enabled" },
        { trigger: ".o_field_widget[name=name] input", run: "edit Stricter Thresholds" },
        {
            trigger: ".o_data_row:contains(Important Customer) td[name=single_amount]",
            run: "click",
        },
        {
            trigger: ".o_selected_row td[name=single_amount] input",
            run: "edit 6000",
        },
        press("action_submit"),
        { trigger: ".alert-info:contains(General Manager)" },
        ...openConfiguration("customer_grade_scheme_menu", "Schemes"),
        ...openRow("Toured Scheme"),
        press("action_lead"),
        { trigger: ".modal:contains(loses his grade until one is confirmed)" },
        ...confirmDialog("Make Leading"),
        { trigger: ".o_field_widget[name=is_leading] input:checked" },
    ],
});

tours.add("customer_archive_grade_rule_approve", {
    steps: () => [
        ...openRow("Stricter Thresholds"),
        ...approve("From now on."),
        reached("Approved"),
    ],
});

// ------------------------------------------------------------ wrong roles

tours.add("customer_archive_grade_refused", {
    steps: () => [
        { trigger: ".modal:contains(not allowed to access):not(:contains(Toured Ltd))" },
    ],
});

tours.add("customer_archive_grade_no_menu", {
    steps: () => [
        { trigger: ".o_data_row:contains(Toured Ltd)" },
        {
            trigger: ".o_main_navbar:has([data-menu-xmlid='customer_archive.customer_archive_menu_dossiers']):not(:has([data-menu-xmlid='customer_archive.customer_archive_menu_config']))",
        },
        {
            trigger: "[data-menu-xmlid='customer_archive.customer_archive_menu_analysis']",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu:has([data-menu-xmlid='customer_archive.customer_complaint_report_menu']):not(:has([data-menu-xmlid='customer_archive.customer_grade_run_menu']))",
        },
    ],
});

// ------------------------------------------------------------ phone

tours.add("customer_archive_grade_phone", {
    steps: () => [
        { trigger: ".o_kanban_record:contains(Toured Ltd):contains(Stable Customer)", run: "click" },
        press("action_confirm"),
        { trigger: ".o_statusbar_status .dropdown-toggle:contains(Confirmed)" },
    ],
});
