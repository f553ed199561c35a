import { registry } from "@web/core/registry";

const BUTTON = ".o_statusbar_buttons button";

registry.category("web_tour.tours").add("customer_credit_bill_dishonoured", {
    steps: () => [
        { trigger: `${BUTTON}:contains(Endorse)`, run: "click" },
        {
            trigger: ".modal .o_field_widget[name=receiver] input",
            run: "edit Supplier",
        },
        { trigger: ".modal button[name=action_take]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Endorsed)" },
        {
            content: "it cannot be passed on twice",
            trigger: `.o_form_view:not(:has(${BUTTON}:contains(Endorse)))`,
        },
        { trigger: `${BUTTON}:contains(Dishonour)`, run: "click" },
        { trigger: ".modal .alert:contains(may freeze the limit)" },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit No cover.",
        },
        { trigger: ".modal button[name=action_take]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Dishonoured)" },
        {
            content: "the account shows the freeze and the event",
            trigger: ".o_field_widget[name=account_id] a",
            run: "click",
        },
        { trigger: ".o_form_view [name=badges] .badge:contains(Frozen)" },
        { trigger: ".nav-link:contains(Events)", run: "click" },
        { trigger: ".o_field_widget[name=event_ids] .o_data_row:contains(No cover.)" },
        { trigger: ".nav-link:contains(Assessments)", run: "click" },
        {
            trigger:
                ".o_field_widget[name=exception_ids] .o_data_row:contains(In Force) button:contains(Lift the Freeze)",
        },
    ],
});
