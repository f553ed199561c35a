import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("customer_archive_portal_file", {
    steps: () => [
        {
            trigger: ".o_portal_index_card a[href='/my/cases']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "cases of nobody else",
            trigger: ".alert:contains(There is no case yet)",
        },
        {
            trigger: "a[href='/my/cases/new']",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_case_form #kind", run: "select quality" },
        { trigger: ".o_case_form #name", run: "edit 密封圈漏水" },
        {
            trigger: ".o_case_form #description",
            run: "edit Every third seal leaks.",
        },
        { trigger: ".o_case_form #product", run: "edit Seal 12" },
        {
            trigger: ".o_case_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".alert-success:contains(We have received your case)" },
        { trigger: "h3:contains(密封圈漏水)" },
        { trigger: ".badge:contains(Received)" },
        {
            trigger: ".o_case_message_form #body",
            run: "edit When do you come?",
        },
        {
            trigger: ".o_case_message_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_case_message:contains(When do you come?)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_portal_confirm", {
    steps: () => [
        {
            trigger: ".o_portal_my_doc_table tr:contains(Waiting for Your Confirmation) a",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_case_confirm_form #result_satisfied", run: "click" },
        { trigger: ".o_case_confirm_form #score_4", run: "click" },
        {
            trigger: ".o_case_confirm_form #comment",
            run: "edit Quick and friendly.",
        },
        {
            trigger: ".o_case_confirm_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "p:contains(Quick and friendly.)" },
    ],
});
