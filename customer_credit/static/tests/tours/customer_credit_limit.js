import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_credit_propose_limit", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button:contains(Propose Limit)",
            run: "click",
        },
        {
            content: "what holds is proposed",
            trigger: ".o_field_widget[name=limit_amount] input:value(1,000.00)",
        },
        { trigger: ".o_field_widget[name=kind] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(Change of Limit)", run: "click" },
        { trigger: ".o_form_view:not(:has(.o_field_widget[name=rating_id]))" },
        { trigger: ".o_field_widget[name=limit_amount] input", run: "edit 2500" },
        {
            trigger: ".o_field_widget[name=reason] textarea",
            run: "edit He buys more and pays in time.",
        },
        { trigger: ".o_statusbar_buttons button:contains(Submit)", run: "click" },
        { trigger: ".alert-info:contains(Finance and Audit):contains(Second Finance)" },
        {
            content: "the author does not decide",
            trigger: ".o_form_view:not(:has(button[name=action_open_decision]))",
        },
    ],
});

registry.category("web_tour.tours").add("customer_credit_approve_limit", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button:contains(Approve)",
            run: "click",
        },
        { trigger: ".modal-footer button:contains(Approve)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_arrow_button_current:contains(Approved)" },
        { trigger: ".nav-link:contains(Before)", run: "click" },
        { trigger: ".o_field_widget[name=old_limit_amount]:contains(1,000.00)" },
    ],
});
