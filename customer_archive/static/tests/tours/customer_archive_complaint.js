import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

import { approve, choose, confirmDialog, openEntry, openRow, save } from "./helpers";

const tours = registry.category("web_tour.tours");

// what the hotline types while the customer speaks
const CALL = {
    phone: "+86 10 6550 0101",
    complainant: "Li",
    description: "Every third seal leaks after a week",
};

const BACK = {
    trigger: ".breadcrumb-item a:contains(TS-), .o_back_button a:contains(TS-)",
    run: "click",
};
const BACK_TO_LIST = {
    trigger: ".breadcrumb-item a:contains(Complaints), .o_back_button a:contains(Complaints)",
    run: "click",
};

function press(name) {
    return { trigger: `.o_form_statusbar button[name=${name}].btn-primary`, run: "click" };
}

function reached(state) {
    return { trigger: `.o_form_saved .o_arrow_button_current:contains(${state})` };
}

function openTab(name) {
    return { trigger: `.o_notebook .nav-link[name=${name}]`, run: "click" };
}

function write(field, text, scope = ".o_form_view") {
    return {
        trigger: `${scope} .o_field_widget[name=${field}] textarea, ${scope} .o_field_widget[name=${field}] input`,
        run: `edit ${text}`,
    };
}

function select(field, label, scope = ".o_form_view") {
    return [
        { trigger: `${scope} .o_field_widget[name=${field}] input`, run: "click" },
        { trigger: `.o_select_menu_item:contains(${label})`, run: "click" },
    ];
}

function tick(field, label, scope = ".modal") {
    return {
        trigger: `${scope} .o_field_widget[name=${field}] .o_radio_item:contains(${label}) input`,
        run: "click",
    };
}

/** The next step is the first button, and the only primary one. */
function isNext(name) {
    return {
        trigger: `.o_statusbar_buttons:not(:has(.btn-primary:not([name=${name}]))) > button[name=${name}].btn-primary:first-child`,
    };
}

/** Filter the list by ``label`` instead of what was there. */
function filter(label) {
    return [
        { trigger: ".o_searchview_facet:contains(Mine) .o_facet_remove", run: "click" },
        { trigger: ".o_searchview_facet:contains(Open) .o_facet_remove", run: "click" },
        { trigger: ".o_searchview:not(:has(.o_searchview_facet))" },
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
        { trigger: `.o_filter_menu .o_menu_item:contains(${label})`, run: "click" },
        { trigger: `.o_facet_value:contains(${label})` },
        { trigger: ".o_searchview_dropdown_toggler", run: "click" },
    ];
}

/** Open the case of this subject from the list. */
function openCase(subject) {
    return [
        { trigger: `.o_data_row:contains(${subject}) td[name=name]`, run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current" },
    ];
}

/** None of these buttons is there. */
function without(...names) {
    const buttons = names.map((name) => `button[name=${name}]`).join(", ");
    return { trigger: `.o_form_view:has(.o_arrow_button_current):not(:has(${buttons}))` };
}

function logContact(note) {
    return [
        isNext("action_open_step"),
        press("action_open_step"),
        write("note", note, ".modal"),
        ...confirmDialog("Log Contact"),
        reached("Contacted"),
    ];
}

/** Enter a measure of the open case; the receiver verifies it. */
function addMeasure(action, responsible) {
    return [
        {
            trigger: ".o_field_widget[name=measure_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        write("action", action, ".modal"),
        ...choose("user_id", responsible, ".modal"),
        {
            trigger: ".modal .o_field_widget[name=date_due] input, .modal .o_field_widget[name=date_due] button",
            run: "edit 12/31/2040",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: `body:not(:has(.modal)) .o_data_row:contains(${action})` },
    ];
}

/** Send the letter that the dialog shows; it stands in the case afterwards. */
function dispatch() {
    return [
        isNext("action_dispatch"),
        press("action_dispatch"),
        { trigger: ".modal .alert:contains(gets its number)" },
        { trigger: ".modal .nav-link[name=letter]", run: "click" },
        { trigger: ".modal .o_field_widget[name=preview] :iframe .page[data-page-number='1']" },
        ...confirmDialog("Send"),
        openTab("feedback"),
        { trigger: ".o_field_widget[name=dispatch_ids] .o_data_row:contains(FW-)" },
        without("action_approve", "action_close"),
    ];
}

/** Ask the customer, who is satisfied. */
function askCustomer(comment) {
    return [
        isNext("action_ask_customer"),
        press("action_ask_customer"),
        reached("Customer Confirmation"),
        isNext("action_open_confirmation"),
        press("action_open_confirmation"),
        tick("result", "/^Satisfied/"),
        {
            trigger: ".modal .o_field_widget[name=score] .o_priority_star:nth-child(4)",
            run: "click",
        },
        write("comment", comment, ".modal"),
        ...confirmDialog("Record Confirmation"),
    ];
}

function explainPrevention(cause, reason) {
    return [
        openTab("prevention"),
        ...choose("root_cause_id", cause),
        tick("prevention", "None", ".o_form_view"),
        write("prevention_reason", reason),
    ];
}

function close() {
    return [
        isNext("action_close"),
        press("action_close"),
        reached("Closed"),
        {
            content: "nothing is left to do or to change",
            trigger: ".o_form_view:not(:has(.o_statusbar_buttons .btn-primary, .o_field_widget:not(.o_readonly_modifier)[name=name]))",
        },
    ];
}

// ------------------------------------------------------------ quality (B25)

tours.add("customer_archive_complaint_call", {
    steps: () => [
        { trigger: "button:contains(Log a Call)", run: "click" },
        {
            content: "the six fields of a call, the number first",
            trigger: ".modal:has(.o_field_widget[name=phone] input:focus)",
            run({ anchor }) {
                const { length } = anchor.querySelectorAll(".o_field_widget");
                if (length !== 6) {
                    throw new Error(`A call has 6 fields, not ${length}.`);
                }
            },
        },
        write("phone", CALL.phone, ".modal"),
        write("complainant", CALL.complainant, ".modal"),
        {
            content: "the caller's number tells the customer",
            trigger: ".modal .o_field_widget[name=partner_id] input:value(Toured Ltd)",
        },
        ...select("kind", "Quality Complaint", ".modal"),
        ...choose("type_id", "Product Quality", ".modal"),
        write("description", CALL.description, ".modal"),
        { trigger: ".modal-footer button[name=action_open]", run: "click" },
        { trigger: ".o_field_widget[name=number]:contains(TS-)" },
        { trigger: ".o_field_widget[name=contact_due] .o_remaining_hours" },
        ...logContact("Seals of lot 7; he sends photos"),
    ],
});

tours.add("customer_archive_complaint_investigate", {
    steps: () => [
        isNext("action_start_investigation"),
        press("action_start_investigation"),
        reached("Investigating"),
        openTab("investigation"),
        ...choose("liable_team_id", "Technical Department"),
        ...choose("liable_user_id", "Archive_rep2"),
        write("cause", "Wrong rubber"),
        write("evidence", "Photos of the customer"),
        openTab("solution"),
        write("solution", "New seals at our cost"),
        ...addMeasure("Send new seals", "Archive_rep2"),
        isNext("action_propose"),
        press("action_propose"),
        reached("Solution Proposed"),
        without("action_submit"),
    ],
});

tours.add("customer_archive_complaint_submit", {
    steps: () => [
        isNext("action_submit"),
        press("action_submit"),
        reached("Awaiting Decision"),
        { trigger: ".alert-info:contains(General Manager)" },
        without("action_open_decision", "action_dispatch"),
    ],
});

tours.add("customer_archive_complaint_decide", {
    steps: () => [
        isNext("action_open_decision"),
        ...approve("Replace the whole lot."),
        reached("Executing"),
        {
            content: "the decision is his, the letter is not",
            ...without("action_dispatch", "action_close"),
        },
    ],
});

tours.add("customer_archive_complaint_dispatch", { steps: () => dispatch() });

tours.add("customer_archive_complaint_carry_out", {
    steps: () => [
        ...openRow("Every third seal leaks"),
        press("action_start"),
        reached("Executing"),
        press("action_report_done"),
        { trigger: ".o_field_widget[name=date_done]" },
        { trigger: ".o_form_view:not(:has(.o_statusbar_buttons button:contains(Verify)))" },
    ],
});

tours.add("customer_archive_complaint_close", {
    steps: () => [
        { trigger: "button[name=action_view_measures]", run: "click" },
        ...openRow("Every third seal leaks"),
        { trigger: ".o_statusbar_buttons button:contains(Verify)", run: "click" },
        write("evidence", "None has leaked for a month", ".modal"),
        ...confirmDialog("Effective"),
        reached("Effective"),
        BACK,
        ...askCustomer("Quick, but it should not have happened"),
        ...explainPrevention("Material", "One bad lot, the supplier was changed"),
        ...close(),
        { trigger: ".o_statusbar_buttons button:contains(Reopen)" },
    ],
});

// ------------------------------------------------------------ service (B26)

tours.add("customer_archive_complaint_unit", {
    steps: () => [
        isNext("action_propose"),
        press("action_propose"),
        reached("Solution Proposed"),
        isNext("action_submit"),
        press("action_submit"),
        reached("Awaiting Decision"),
        { trigger: ".alert-info:contains(Marketing Director)" },
    ],
});

tours.add("customer_archive_complaint_director", {
    steps: () => [
        isNext("action_open_decision"),
        ...approve("The apology goes out today."),
        reached("Executing"),
        ...dispatch(),
    ],
});

// ------------------------------------------------------------ opinions (B29, B30)

function recordView(view) {
    return [
        {
            trigger: "button[name=action_open_decision].btn-primary:contains(Record View)",
            run: "click",
        },
        write("comment", view, ".modal"),
        ...confirmDialog("Record View"),
        without("action_open_decision"),
    ];
}

tours.add("customer_archive_complaint_opinions_mdo", {
    steps: () => [
        isNext("action_submit"),
        press("action_submit"),
        reached("Awaiting Decision"),
        without("action_open_decision", "action_dispatch"),
        BACK_TO_LIST,
        ...filter("To Decide"),
        ...openCase("Paint them green"),
        ...recordView("It would sell."),
        { trigger: ".o_arrow_button_current:contains(Awaiting Decision)" },
    ],
});

tours.add("customer_archive_complaint_opinions_gmo", {
    steps: () => [
        ...filter("To Decide"),
        ...openCase("Lot 7 is too thin"),
        ...approve("Scrap the lot."),
        reached("Executing"),
        without("action_dispatch"),
        BACK_TO_LIST,
        ...openCase("Paint them green"),
        ...recordView("From next year on."),
        reached("Executing"),
        without("action_dispatch"),
    ],
});

// ------------------------------------------------------------ technical (B33-B36)

tours.add("customer_archive_complaint_transfer", {
    steps: () => [
        { trigger: "button[name=action_view_feedback_forms]", run: "click" },
        { trigger: ".o_list_button_add", run: "click" },
        {
            content: "the problem stands there already",
            trigger: ".o_field_widget[name=problem] textarea:value(/seal leaks/)",
        },
        write("serial", "A-1"),
        ...save(),
        BACK,
        isNext("action_transfer"),
        press("action_transfer"),
        { trigger: ".o_form_saved:not(:has(button[name=action_transfer]))" },
    ],
});

tours.add("customer_archive_complaint_serve", {
    steps: () => [
        isNext("action_accept"),
        press("action_accept"),
        reached("Investigating"),
        { trigger: "button[name=action_view_service_logs]", run: "click" },
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name=mode] .o_selection_badge:contains(Telephone)",
            run: "click",
        },
        { trigger: ".o_field_widget[name=date_start] button", run: "click" },
        {
            trigger: ".o_field_widget[name=date_start] input",
            run: "edit 03/02/2026 08:00:00",
        },
        {
            trigger: ".o_field_widget[name=date_end] input, .o_field_widget[name=date_end] button",
            run: "edit 03/02/2026 09:30:00",
        },
        ...select("result", "Solved"),
        write("problem", "No signal"),
        write("work", "Turned the antenna"),
        ...save(),
        press("action_finish"),
        reached("Done"),
        { trigger: ".o_statusbar_buttons button:contains(Get Signature)", run: "click" },
        { trigger: ".modal .o_field_widget[name=name] input:value(Li)" },
        { trigger: ".modal .o_field_widget[name=signature] .o_signature", run: "click" },
        { trigger: ".modal canvas.o_web_sign_signature", run: "canvasNotEmpty" },
        { trigger: ".modal-footer button:contains(Adopt):enabled", run: "click" },
        { trigger: ".modal img.o_signature" },
        ...confirmDialog("Confirm"),
        reached("Customer Confirmed"),
        BACK,
        isNext("action_open_answer"),
        press("action_open_answer"),
        write("cause", "The antenna was turned away", ".modal"),
        write("answer", "It was turned back", ".modal"),
        ...confirmDialog("Answer Form"),
        reached("Executing"),
        without("action_ask_customer", "action_close"),
    ],
});

tours.add("customer_archive_complaint_give_back", {
    steps: () => [
        ...askCustomer("It works again"),
        ...explainPrevention("Use by the Customer", "He moved the antenna himself"),
        ...close(),
    ],
});

// ------------------------------------------------------------ without decision

tours.add("customer_archive_complaint_answer", {
    steps: () => [
        ...logContact("Wants to know the opening hours"),
        openTab("solution"),
        write("solution", "From eight to five"),
        isNext("action_propose"),
        press("action_propose"),
        reached("Executing"),
        isNext("action_dispatch"),
        press("action_dispatch"),
        ...select("medium", "Telephone", ".modal"),
        ...confirmDialog("Send"),
        ...close(),
        BACK_TO_LIST,
        ...openCase("Gate is shut"),
        isNext("action_propose"),
        press("action_propose"),
        reached("Executing"),
        ...askCustomer("Open again"),
        openTab("prevention"),
        ...choose("root_cause_id", "Communication"),
        tick("prevention", "Measure", ".o_form_view"),
        ...close(),
    ],
});

// ------------------------------------------------------------ delivery (B32)

tours.add("customer_archive_complaint_delivery", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=tracking_ids] .o_data_row:first button:contains(Enter Result)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=rating] .o_priority_star:nth-child(2)",
            run: "click",
        },
        write("usage", "Day and night", ".modal"),
        write("problems", "It hums", ".modal"),
        ...confirmDialog("and Open a Case"),
        { trigger: ".o_form_view .o_field_widget[name=number]:contains(TS-)" },
        isNext("action_open_step"),
    ],
});

// ------------------------------------------------------------ analysis (B39, B41)

tours.add("customer_archive_complaint_analyse", {
    steps: () => [
        { trigger: ".o_pivot .o_pivot_cell_value:contains(2 · 66.7%):has(.text-bg-warning)", run: "click" },
        {
            content: "the cases behind the figure",
            trigger: ".o_list_view:has(.o_data_row:nth-child(2)):not(:has(.o_data_row:nth-child(3))) .o_data_row:contains(TS-)",
        },
        ...openEntry(
            "customer_archive.customer_archive_menu_analysis",
            "customer_archive.customer_service_evaluation_menu"
        ),
        { trigger: ".o_last_breadcrumb_item:contains(Service Evaluations)" },
        ...openRow("Technical Department"),
        without("action_confirm"),
        write("conclusion", "Fast, but too often asked again"),
        ...save(),
        press("action_confirm"),
        reached("Confirmed"),
    ],
});

// ------------------------------------------------------------ from outside

tours.add("customer_archive_complaint_outsider", {
    steps: () => [
        { trigger: ".o_view_nocontent" },
        stepUtils.showAppsMenuItem(),
        {
            content: "no menu leads to cases",
            trigger:
                ".o-dropdown--menu:has(.o_app):not(:has(.o_app[data-menu-xmlid='customer_archive.customer_archive_menu_root']))",
        },
    ],
});

tours.add("customer_archive_complaint_other_unit", {
    steps: () => [
        { trigger: ".o_facet_value:contains(Mine)" },
        { trigger: ".o_facet_remove", run: "click" },
        {
            content: "his own unit's case alone",
            trigger: ".o_list_view:has(.o_data_row:contains(South Ltd)):not(:has(.o_data_row:contains(Toured Ltd)))",
        },
    ],
});

tours.add("customer_archive_complaint_liable", {
    steps: () => [
        ...openCase("Awaits decision"),
        { trigger: ".o_arrow_button_current:contains(Awaiting Decision)" },
        without("action_open_decision"),
        BACK_TO_LIST,
        ...openCase("Awaits closing"),
        { trigger: ".o_arrow_button_current:contains(Customer Confirmation)" },
        without("action_open_confirmation", "action_close"),
    ],
});
