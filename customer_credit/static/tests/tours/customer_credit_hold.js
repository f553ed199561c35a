import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_credit_ask_for_release", {
    steps: () => [
        {
            content: "the band warns before anything is tried",
            trigger: ".alert-danger:contains(150 % of the credit limit)",
        },
        { trigger: "button[name=action_confirm]:visible", run: "click" },
        {
            content: "the dialog shows limit, order and what is missing",
            trigger: ".modal-body:contains(1,000.00):contains(1,500.00):contains(500.00)",
        },
        { trigger: ".modal button:contains(Ask for Release)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=proposal] textarea",
            run: "edit Pays on delivery.",
        },
        { trigger: ".modal button[name=action_submit]", run: "click" },
        { trigger: ".o_notification:contains(Sent to Credit_mdo)" },
        { trigger: ".alert-info:contains(On hold):contains(Marketing Director)" },
        { trigger: ".badge:contains(On Hold)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_opinion", {
    steps: () => [
        { trigger: ".o_data_row td:contains(Credit Hold)", run: "click" },
        { trigger: ".o_field_widget[name=proposal]:contains(Pays on delivery.)" },
        {
            trigger: ".o_statusbar_buttons button:contains(Report to General Manager)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit Good customer.",
        },
        {
            trigger: ".modal-footer button:contains(Report to General Manager)",
            run: "click",
        },
        { trigger: "body:not(:has(.modal))" },
        {
            trigger: ".o_form_view:not(:has(button[name=action_open_decision]))",
        },
    ],
});

registry.category("web_tour.tours").add("customer_credit_release", {
    steps: () => [
        { trigger: ".o_data_row td:contains(Credit Hold)", run: "click" },
        { trigger: ".o_field_widget[name=proposal]:contains(Pays on delivery.)" },
        {
            trigger: ".o_statusbar_buttons button:contains(Release Once)",
            run: "click",
        },
        {
            content: "the order's total is proposed",
            trigger: ".modal .o_field_widget[name=release_amount] input:value(1,500.00)",
        },
        { trigger: ".modal-footer button:contains(Release Once)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            trigger: ".o_form_view:not(:has(button[name=action_open_decision]))",
        },
    ],
});

registry.category("web_tour.tours").add("customer_credit_confirm", {
    steps: () => [
        { trigger: ".alert-success:contains(Released up to):contains(Credit_gmo)" },
        { trigger: "button[name=action_confirm]:visible", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Sales Order)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_report_to_superior", {
    steps: () => [
        {
            trigger: ".alert-warning button:contains(Report to Superior)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=proposal] textarea",
            run: "edit Pays on delivery.",
        },
        { trigger: ".modal-footer button:contains(Report to Superior)", run: "click" },
        { trigger: ".o_notification:contains(Sent to Credit_bum)" },
        { trigger: ".alert-info:contains(On hold):contains(Unit Manager)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_agree", {
    steps: () => [
        { trigger: ".o_data_row td:contains(Credit Hold)", run: "click" },
        {
            trigger: ".o_form_view:not(:has(button:contains(Release Once)))",
        },
        { trigger: ".o_statusbar_buttons button:contains(Agree)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=comment] textarea",
            run: "edit Go ahead.",
        },
        { trigger: ".modal-footer button:contains(Agree)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_arrow_button_current:contains(Released)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_require_prepayment", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button:contains(Require Prepayment)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=prepay_amount] input",
            run: "edit 700",
        },
        { trigger: ".modal-footer button:contains(Require Prepayment)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_field_widget[name=prepay_amount]:contains(700.00)" },
        {
            content: "the order shows what it waits for",
            trigger: ".o_field_widget[name=order_id] a",
            run: "click",
        },
        { trigger: ".alert-success:contains(once):contains(700.00)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_account", {
    steps: () => [
        {
            trigger: ".o_data_row td[name=partner_id]:contains(Customer of the Rep)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=exposure]:contains(400.00)",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=available]:contains(600.00)",
        },
        {
            content: "the figure opens what it is made of, and this its document",
            trigger: ".o_field_widget[name=order_amount] + button[name=action_open_exposure]",
            run: "click",
        },
        { trigger: ".o_searchview_facet:contains(Orders to Invoice)" },
        { trigger: ".o_list_footer:contains(400.00)" },
        { trigger: ".o_data_row td[name=name]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Sales Order)" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_confirm_or_hold", {
    steps: () => [
        {
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_cp_action_menus .dropdown-toggle:has(.fa-cog)",
            run: "click",
        },
        {
            trigger: ".o_menu_item:contains(Confirm or Hold)",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(1 orders confirmed, 1 put on hold)",
        },
    ],
});
