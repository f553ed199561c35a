import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("customer_archive_outsider", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "the archive is no app of his",
            trigger:
                ".o-dropdown--menu:has(.o_app[data-menu-xmlid='contacts.menu_contacts']):not(:has(.o_app[data-menu-xmlid='customer_archive.customer_archive_menu_root']))",
        },
        { trigger: ".o_app[data-menu-xmlid='contacts.menu_contacts']", run: "click" },
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
            content: "a lock instead of the dossier",
            trigger: ".o-form-buttonbox button[name=action_open_dossier]:has(.fa-lock)",
            run: "click",
        },
        { trigger: ".modal:contains(kept by Archive_keeper)" },
        { trigger: ".modal-footer button:contains(Request Access)", run: "click" },
        {
            trigger: ".o_field_widget[name=item_ids] .o_data_row:contains(Toured Ltd)",
        },
        {
            trigger: ".o_field_widget[name=purpose] textarea",
            run: "edit To prepare the visit of Monday",
        },
        { trigger: "button[name=action_submit]", run: "click" },
        {
            content: "he sees who was asked",
            trigger: ".alert-info:contains(General Manager)",
        },
    ],
});
