import { registry } from "@web/core/registry";

import { approve, choose, confirmDialog, openRow, save } from "./helpers";

const tours = registry.category("web_tour.tours");

// what the hotline types while the customer speaks
const CALL = {
    phone: "+86 10 6550 0101",
    complainant: "Li",
    description: "Every third seal leaks after a week",
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
        { trigger: ".modal .o_field_widget[name=preview] iframe.o_pdfview_iframe" },
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
        ...openRow("Send new seals"),
        { trigger: ".o_statusbar_buttons button:contains(Verify)", run: "click" },
        write("evidence", "None has leaked for a month", ".modal"),
        ...confirmDialog("Effective"),
        reached("Effective"),
        { trigger: ".breadcrumb-item a:contains(TS-), .o_back_button a:contains(TS-)", run: "click" },
        ...askCustomer("Quick, but it should not have happened"),
        ...explainPrevention("Material", "One bad lot, the supplier was changed"),
        ...close(),
        { trigger: ".o_statusbar_buttons button:contains(Reopen)" },
    ],
});
