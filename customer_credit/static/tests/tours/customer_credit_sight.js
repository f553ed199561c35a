import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_credit_my_customers", {
    steps: () => [
        {
            content: "the rep sees his own customers, by status",
            trigger: ".o_searchview_facet:contains(My Customers)",
        },
        {
            trigger:
                ".o_kanban_group:contains(Near Limit) .o_kanban_record:contains(Customer of the Rep):contains(150.00)",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=limit_today]:contains(1,000.00)" },
        {
            content: "the bar has the colour of the light",
            trigger: ".o_form_view .o_field_credit_use_bar .bg-warning",
        },
        { trigger: ".o_form_view .o_field_widget[name=order_amount]:contains(850.00)" },
        {
            content: "the figure opens what it is made of",
            trigger: ".o_field_widget[name=order_amount] + button[name=action_open_exposure]",
        },
    ],
});

registry.category("web_tour.tours").add("customer_credit_report", {
    steps: () => [
        { trigger: ".o_graph_renderer canvas" },
        { trigger: ".o_switch_view.o_pivot", run: "click" },
        {
            trigger:
                ".o_pivot:contains(Credit Limit):contains(1,000.00):contains(400.00):contains(40.0)",
        },
    ],
});

const setQuantity = (quantity) => [
    {
        trigger: ".o_data_row td[name=product_uom_qty]",
        run: "click",
    },
    {
        trigger: ".o_data_row td[name=product_uom_qty] input",
        run: `edit ${quantity} && click body`,
    },
];

registry.category("web_tour.tours").add("customer_credit_band", {
    steps: () => [
        { trigger: ".o_form_view:not(:has(.alert:contains(credit limit)))" },
        ...setQuantity(11),
        {
            content: "over the limit, before anything is saved",
            trigger: ".alert-danger:contains(110 % of the credit limit):contains(1,000.00)",
        },
        ...setQuantity(9),
        {
            trigger: ".alert-warning:contains(90 % of the credit limit):contains(superior)",
        },
        {
            content: "the report starts from the band",
            trigger: ".alert-warning button:contains(Report to Superior)",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=proposal]" },
        { trigger: ".modal button:contains(Discard)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_light_on_order", {
    steps: () => [
        {
            trigger:
                ".alert-warning:contains(near the credit limit):not(:contains(850)):not(:contains(1,000))",
        },
        { trigger: ".nav-link:contains(Contract Review)", run: "click" },
        { trigger: ".o_field_widget[name=credit_light]:contains(Near Limit)" },
        { trigger: ".tab-pane:not(:has(.o_field_widget[name=credit_limit_amount]))" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_light_on_contact", {
    steps: () => [
        { trigger: ".o_field_widget[name=credit_light]:contains(Near Limit)" },
        { trigger: ".o_form_view:not(:has(button[name=action_open_credit_account]))" },
        { trigger: ".o_form_view:not(:has(.o_field_widget[name=credit_exposure]))" },
    ],
});

registry.category("web_tour.tours").add("customer_credit_figures_on_contact", {
    steps: () => [
        { trigger: ".o_field_widget[name=credit_exposure]:contains(850.00)" },
        {
            trigger: "button[name=action_open_credit_account]:contains(85.0)",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=available]:contains(150.00)" },
    ],
});
