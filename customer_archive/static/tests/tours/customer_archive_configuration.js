import { registry } from "@web/core/registry";

const CONFIGURATION = "customer_archive.customer_archive_menu_config";

/** Open an entry of the configuration menu and wait for what it shows. */
function openEntry(xmlid, expected) {
    return [
        { trigger: `[data-menu-xmlid='${CONFIGURATION}']`, run: "click" },
        {
            trigger: `[data-menu-xmlid='customer_archive.${xmlid}']`,
            run: "click",
        },
        { trigger: expected },
    ];
}

registry.category("web_tour.tours").add("customer_archive_configuration", {
    steps: () => [
        ...openEntry(
            "customer_secrecy_level_menu",
            ".o_data_row:contains(Core Trade Secret)"
        ),
        ...openEntry(
            "customer_approval_route_menu",
            ".o_data_row:contains(Dossier becomes formal)"
        ),
        {
            trigger: ".o_data_row td[name=name]:contains(Dossier becomes formal)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=step_ids] .o_data_row:contains(Marketing Director)",
        },
        ...openEntry("customer_role_menu", ".o_data_row:contains(After-Sales Group)"),
        ...openEntry("customer_duty_menu", ".o_data_row:contains(Remind the deciders)"),
        {
            trigger: ".o_data_row td[name=name]:contains(Remind the deciders)",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=catch_up]" },
        ...openEntry("customer_archive_menu_teams", ".o_data_row:contains(Unit North)"),
        { trigger: ".o_data_row td:contains(Unit North)", run: "click" },
        { trigger: ".o_field_widget[name=handover_rule]" },
        ...openEntry(
            "customer_archive_menu_settings",
            ".app_settings_block .o_field_widget[name=customer_keeper_id]:visible"
        ),
    ],
});
