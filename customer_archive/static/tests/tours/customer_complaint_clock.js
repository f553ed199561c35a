import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_complaint_clock", {
    steps: () => [
        {
            content: "The list shows what is left of the next clock",
            trigger: ".o_data_row:contains('Clock soon') .o_remaining_hours.text-warning:text('3 h left')",
        },
        {
            content: "Whoever is late stands in red",
            trigger: ".o_data_row.text-danger:contains('Clock late') .o_remaining_hours.text-danger:text('2 h late')",
        },
        {
            content: "From 48 hours on days are counted",
            trigger: ".o_data_row:contains('Clock slow') .o_remaining_hours:not(.text-danger, .text-warning):text('2 days left')",
        },
        {
            content: "The form tells the clocks apart",
            trigger: ".o_data_row:contains('Clock late') td[name=name]",
            run: "click",
        },
        {
            content: "Met in time",
            trigger: ".o_field_widget[name=contact_due] .o_remaining_hours.text-success .fa-check",
        },
        {
            content: "Met too late",
            trigger: ".o_field_widget[name=response_due] .o_remaining_hours.text-danger:has(.fa-check):contains('1 h late')",
        },
        {
            content: "Running, and late",
            trigger: ".o_field_widget[name=solution_due] .o_remaining_hours.text-danger:not(:has(.fa-check)):text('2 h late')",
        },
        { trigger: ".o_form_view .badge:text('Late')" },
    ],
});
