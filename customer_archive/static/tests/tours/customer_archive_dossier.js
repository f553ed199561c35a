import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_archive_create_dossier", {
    steps: () => [
        {
            content: "the rep has no dossier yet",
            trigger: ".o_view_nocontent_smiling_face:contains(No dossier that you may read)",
        },
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='contacts.menu_contacts']",
            run: "click",
        },
        { trigger: ".o_last_breadcrumb_item:contains(Contacts)" },
        {
            trigger: ".o_control_panel .o_searchview_input",
            run: "edit Toured Ltd",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:first",
            run: "click",
        },
        { trigger: ".o_facet_value:contains(Toured Ltd)" },
        {
            trigger: ".o_data_row td[name=complete_name]:contains(Toured Ltd)",
            run: "click",
        },
        {
            trigger: ".o-form-buttonbox button:contains(Create Dossier)",
            run: "click",
        },
        {
            content: "the customer is filled in",
            trigger: ".o_field_widget[name=partner_id] input:value(Toured Ltd)",
        },
        {
            trigger: ".o_field_widget[name=needs] textarea",
            run: "edit Two floors of furniture",
        },
        {
            trigger: ".o_field_widget[name=background] .odoo-editor-editable",
            run: "editor Leads its market.",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
        { trigger: "button[name=action_submit]", run: "click" },
        {
            content: "the band says who decides",
            trigger: ".alert-info:contains(Step 1 of 2: Unit Manager)",
        },
        {
            trigger: ".o_arrow_button_current:contains(Submitted)",
        },
    ],
});

registry.category("web_tour.tours").add("customer_archive_approve_dossier", {
    steps: () => [
        { trigger: ".o_data_row td:contains(Customer Dossier)", run: "click" },
        {
            trigger: "button[name=action_open_decision]:contains(Approve)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=comment]:visible textarea",
            run: "edit Papers are complete.",
        },
        { trigger: ".modal-footer button:contains(Approve)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            content: "nothing left to decide here",
            trigger: ".o_form_view:not(:has(button[name=action_open_decision]))",
        },
        { trigger: ".nav-link[name=approval]", run: "click" },
        {
            trigger: ".o_field_widget[name=approval_decision_ids] td:contains(complete)",
        },
    ],
});

registry.category("web_tour.tours").add("customer_archive_open_dossiers", {
    steps: () => [
        {
            trigger: "[data-menu-xmlid='customer_archive.customer_archive_menu_dossiers']",
            run: "click",
        },
        {
            trigger: "[data-menu-xmlid='customer_archive.customer_dossier_open_menu']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=customer_count]:not(:contains(/^0$/))",
        },
        { trigger: ".modal button[name=action_open]", run: "click" },
        { trigger: ".o_notification:contains(dossiers opened)" },
        { trigger: ".o_data_row td:contains(Old Customer)" },
    ],
});
