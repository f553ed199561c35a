import { registry } from "@web/core/registry";

import { choose, confirmDialog, save } from "./helpers";

registry.category("web_tour.tours").add("customer_archive_rep_submits", {
    steps: () => [
        {
            trigger: ".o-form-buttonbox button:contains(Create Dossier)",
            run: "click",
        },
        { trigger: ".o_field_widget[name=partner_id] input:value(Toured Ltd)" },
        ...save(),
        {
            content: "the amber line names what is missing",
            trigger: ".alert-warning:contains(Missing):contains(Needs in Short):contains(Business Licence)",
        },
        { trigger: ".o_back_button a, .breadcrumb-item a:contains(Toured)", run: "click" },
        {
            content: "the everyday part is filled in the contact",
            trigger: ".o_form_view .nav-link[name=dossier]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=dossier_needs] textarea",
            run: "edit Two floors of furniture",
        },
        ...save(),
        {
            trigger: ".o-form-buttonbox button[name=action_open_dossier]:contains(Preliminary)",
            run: "click",
        },
        {
            content: "one thing less",
            trigger: ".alert-warning:contains(Business Licence):not(:contains(Needs in Short))",
        },
        { trigger: ".nav-link[name=papers]", run: "click" },
        {
            trigger: ".o_field_widget[name=document_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose("type_id", "Business Licence", ".modal"),
        {
            trigger: ".modal .o_field_widget[name=number] input",
            run: "edit 91110000600037341L",
        },
        {
            trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
            run({ anchor }) {
                const files = new DataTransfer();
                files.items.add(new File(["scan"], "licence.pdf"));
                anchor.files = files.files;
                anchor.dispatchEvent(new Event("change"));
            },
        },
        { trigger: ".modal .o_field_widget[name=file] .o_clear_file_button" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            trigger: ".o_field_widget[name=document_ids] .o_data_row:contains(Business Licence)",
        },
        ...save(),
        {
            content: "nothing is missing any more",
            trigger: ".o_form_view:not(:has(.alert-warning:contains(Missing)))",
        },
        { trigger: "button.btn-primary[name=action_submit]", run: "click" },
        { trigger: ".alert-info:contains(Step 1 of 2: Unit Manager)" },
        { trigger: ".o_arrow_button_current:contains(Submitted)" },
    ],
});

registry.category("web_tour.tours").add("customer_archive_rep_verifies", {
    steps: () => [
        {
            content: "verification is due, so it is the next step",
            trigger: "button.btn-primary:contains(Verify Data)",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name=phone]:contains(6550 0101)" },
        {
            trigger: ".modal .o_field_widget[name=result] .o_radio_item:contains(Unchanged) input",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=method] .o_selection_badge:contains(Phone)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=confirmed_by] input",
            run: "edit Ms Li",
        },
        ...confirmDialog("Record Verification"),
        { trigger: "button.btn-secondary:contains(Verify Data)" },
        { trigger: ".nav-link[name=changes]", run: "click" },
        {
            trigger: ".o_field_widget[name=verification_ids] .o_data_row:contains(Ms Li):contains(Verified)",
        },
    ],
});
