import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_archive_contract_review", {
    steps: () => [
        {
            content: "the band asks to read the dossier",
            trigger: "div[name=dossier_unread]:contains(Read the dossier before confirming)",
        },
        { trigger: ".oe_stat_button:contains(Not read yet)" },
        { trigger: "button[name=action_confirm]", run: "click" },
        {
            trigger: ".modal:contains(must be read for the contract review)",
        },
        { trigger: ".modal-footer button:contains(Open Dossier)", run: "click" },
        {
            content: "the dossier opens",
            trigger: ".o_form_view .nav-link[name=dealings]",
            run: "click",
        },
        { trigger: "button[name=action_open_deal_trace]" },
        { trigger: ".o_breadcrumb .o_back_button a, .breadcrumb-item a:last", run: "click" },
        { trigger: ".oe_stat_button:contains(Read)" },
        { trigger: "body:not(:has(div[name=dossier_unread]))" },
        { trigger: ".nav-link[name=contract_review]", run: "click" },
        { trigger: ".o_field_widget[name=dossier_state]:contains(Preliminary)" },
        { trigger: "button[name=action_confirm]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Sales Order)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_deal_trace", {
    steps: () => [
        { trigger: ".nav-link[name=dealings]", run: "click" },
        { trigger: "button[name=action_open_deal_trace]", run: "click" },
        {
            trigger: ".o_customer_deal_trace h3:contains(2031)",
        },
        {
            content: "lead, quotation, order",
            trigger: ".o_customer_deal_trace .list-group-item:contains(Two floors)",
        },
        {
            trigger:
                ".o_customer_deal_trace .list-group-item[data-model='sale.order']:contains(1,000.00):contains(Order)",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=order_line]" },
    ],
});
