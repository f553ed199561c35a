import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_survey_campaign", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Satisfaction of the Year",
        },
        {
            trigger: ".o_field_widget[name=date_deadline] input",
            run: "edit 12/31/2099",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: "button[name=action_check]", run: "click" },
        { trigger: "button[name=action_start]", run: "click" },
        { trigger: "button[name=action_send]" },
        { trigger: ".o_field_widget[name=response_ids] td:contains(Toured)" },
    ],
});
