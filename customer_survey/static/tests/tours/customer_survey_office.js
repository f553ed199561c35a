import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function write(tab, name, text) {
    return [
        { trigger: `.o_notebook .nav-link[name=${tab}]`, run: "click" },
        {
            trigger: `.o_field_widget[name=${name}] .odoo-editor-editable`,
            run: `editor ${text}`,
        },
    ];
}

/** The marketing director ends a survey and submits its report (G13, G14). */
tours.add("customer_survey_report", {
    steps: () => [
        { trigger: "button[name=action_close]", run: "click" },
        { trigger: ".modal button:contains(Ok)", run: "click" },
        { trigger: ".o_notebook .nav-link[name=measures]" },
        { trigger: "button[name=action_create_report].btn-primary", run: "click" },
        ...write("conclusions", "conclusions", "The quality is too low."),
        ...write("proposals", "proposals", "Check what is delivered."),
        { trigger: "button[name=action_submit]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Submitted)" },
    ],
});

/** The general manager's office reads it (G14). */
tours.add("customer_survey_report_read", {
    steps: () => [
        { trigger: ".o_data_row td[name=name]", run: "click" },
        { trigger: "button[name=action_acknowledge]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Acknowledged)" },
    ],
});

/** The rep answers a customer who is not satisfied (G22). */
tours.add("customer_survey_negative", {
    steps: () => [
        { trigger: ".o_data_row td[name=partner_id]", run: "click" },
        { trigger: "button.btn-primary:contains(Respond)", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=response] textarea",
            run: "edit We deliver anew tomorrow.",
        },
        { trigger: ".modal button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains(Responded)" },
    ],
});

/** An interviewer asks a customer by telephone (G6). */
tours.add("customer_survey_interview", {
    steps: () => [
        { trigger: ".o_statusbar_buttons button:contains(Start Interview)", run: "click" },
        { trigger: ".modal .o_field_widget[name=channel] label:contains(Phone)", run: "click" },
        {
            trigger: ".modal button[name=action_start]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_survey_form button[value=start]", run: "click" },
        ...["quality and reliability", "how quickly", "our prices", "our promises"].flatMap(
            (words) => [
                { trigger: `.js_question-wrapper:contains(${words})` },
                {
                    trigger: ".o_survey_form_choice:eq(0) label[for$='_7']",
                    run: "click",
                },
                { trigger: ".o_survey_form button[type=submit][value=next]", run: "click" },
            ]
        ),
        { trigger: ".js_question-wrapper:contains(What should we do better?)" },
        { trigger: ".o_survey_form button[value=finish]", run: "click" },
        { trigger: ".modal .modal-footer .btn-primary", run: "click" },
        {
            trigger: "a[href*='/odoo/survey-responses/']",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_field_widget[name=index]:contains(70)" },
    ],
});
