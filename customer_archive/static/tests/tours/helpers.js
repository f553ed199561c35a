import { stepUtils } from "@web_tour/tour_utils";

/** Open an entry of a drop-down menu; both are named by their external id. */
export function openEntry(menu, entry) {
    return [
        { trigger: `[data-menu-xmlid='${menu}']`, run: "click" },
        { trigger: `[data-menu-xmlid='${entry}']`, run: "click" },
    ];
}

/** Open an entry of the menu Dossiers and wait for its title. */
export function openDossiersEntry(entry, title) {
    return [
        ...openEntry(
            "customer_archive.customer_archive_menu_dossiers",
            `customer_archive.${entry}`
        ),
        { trigger: `.o_last_breadcrumb_item:contains(${title})` },
    ];
}

/** Open the row of a list and wait for the form. */
export function openRow(text) {
    return [
        { trigger: `.o_list_view .o_data_row .o_data_cell:contains(${text})`, run: "click" },
        { trigger: ".o_form_view" },
    ];
}

/** Choose a record in a many2one field. */
export function choose(field, text, scope = ".o_form_view") {
    return [
        {
            trigger: `${scope} .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:contains(${text})`,
            run: "click",
        },
        { trigger: `${scope} .o_field_widget[name=${field}] input:value(${text})` },
    ];
}

/** Press a button of the open dialog and wait until the dialog is gone. */
export function confirmDialog(label) {
    return [
        { trigger: `.modal-footer button:contains(${label})`, run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ];
}

export function save() {
    return [
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ];
}

/** The state that the bar of the open form shows. */
export function reached(state) {
    return { trigger: `.o_arrow_button_current:contains(${state})` };
}

/** Press a button of the header that asks nothing. */
export function press(name) {
    return { trigger: `.o_statusbar_buttons button[name=${name}]:enabled`, run: "click" };
}

/** Approve the open document with a comment. */
export function approve(comment) {
    return [
        {
            trigger: "button[name=action_open_decision]:contains(Approve)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=comment]:visible textarea",
            run: `edit ${comment}`,
        },
        ...confirmDialog("Approve"),
        { trigger: ".o_form_view:not(:has(button[name=action_open_decision]))" },
    ];
}

/** Give the dossier in the list to a rep, with a reason. Only in a list that was not
 *  open before: one from the cache loses its selection when the new data arrive. */
export function allocate(customer, rep, reason) {
    return [
        {
            trigger: `.o_data_row:contains(${customer}) .o_list_record_selector input`,
            run: "click",
        },
        { trigger: `.o_data_row_selected:contains(${customer})` },
        { trigger: ".o_cp_action_menus button:contains(Actions)", run: "click" },
        { trigger: ".o-dropdown--menu .o_menu_item:contains(/^Allocate$/)", run: "click" },
        { trigger: ".modal .o_field_widget[name=dossier_ids] .o_tag" },
        ...choose("user_id", rep, ".modal"),
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: `edit ${reason}`,
        },
        ...confirmDialog("Allocate"),
        {
            trigger: `.o_data_row:contains(${customer}) td[name=user_id]:contains(${rep})`,
        },
    ];
}

/** Submit information about a customer through the app Contacts. */
export function submitInformation(customer, text) {
    return [
        stepUtils.showAppsMenuItem(),
        { trigger: ".o_app[data-menu-xmlid='contacts.menu_contacts']", run: "click" },
        {
            trigger: "[data-menu-xmlid='customer_archive.customer_information_menu_submit']",
            run: "click",
        },
        { trigger: ".o_last_breadcrumb_item:contains(Submit Information)" },
        { trigger: ".o_list_button_add", run: "click" },
        ...choose("partner_id", customer),
        {
            trigger: ".o_field_widget[name=text] textarea",
            run: `edit ${text}`,
        },
        ...save(),
        {
            content: "what was reported stays",
            trigger: ".o_field_widget[name=kind].o_readonly_modifier",
        },
    ];
}
