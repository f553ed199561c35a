import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";

// The pages are those of an order of the customer at the portal.

function sign() {
    return [
        {
            trigger: ".o_portal_sale_sidebar a:contains(Accept & Sign)",
            run: "click",
        },
        {
            trigger: ".modal .o_web_sign_name_and_signature input",
            run: "edit Ray Buyer",
        },
        { trigger: ".modal canvas.o_web_sign_signature", run: "canvasNotEmpty" },
        {
            trigger: ".modal .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
    ];
}

function openPayment() {
    return [
        {
            trigger: "#o_sale_portal_paynow:contains(Accept & Pay)",
            run: "click",
        },
    ];
}

function pay(state) {
    return [
        {
            trigger: ".modal select#simulated_payment_state:visible",
            run: `select ${state}`,
        },
        {
            content: "the page of the payment's status comes next",
            trigger: ".modal button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
    ];
}

function reload() {
    return [
        {
            trigger: ".o_portal_sale_sidebar",
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
    ];
}

const HELD =
    "[name=credit_held]:contains(Thank you. We have received your order):contains(are checking it; Ray Rep will contact you.)";
const NOT_HELD = "#quote_content:not(:has([name=credit_held]))";

function add(name, ...steps) {
    registry
        .category("web_tour.tours")
        .add(name, { steps: () => steps.flatMap((step) => step) });
}

add("customer_credit_portal_sign", sign(), {
    trigger: `${NOT_HELD} .alert-success:contains(Your order has been confirmed.)`,
});

add(
    "customer_credit_portal_sign_held",
    sign(),
    { trigger: HELD },
    { trigger: "#quote_content:not(:contains(has been confirmed))" },
    reload(),
    { trigger: HELD },
    {
        content: "there is nothing left to sign",
        trigger: ".o_portal_sale_sidebar:not(:has([data-bs-target='#modalaccept']))",
    }
);

add("customer_credit_portal_pay", openPayment(), pay("done"), {
    content: "the page of the payment's status has led back to the order",
    trigger: `${NOT_HELD} .alert-success:contains(Thank you)`,
});

add(
    "customer_credit_portal_pay_part",
    {
        content: "half is asked for in advance",
        trigger: ".o_portal_sale_sidebar:contains(Down payment):contains(1,500.00)",
    },
    openPayment(),
    pay("done"),
    { trigger: `${HELD}:contains(We have your payment of):contains(1,500.00)` },
    reload(),
    { trigger: `${HELD}:contains(We have your payment of):contains(1,500.00)` }
);

// a link to a part opens the payment by itself
add("customer_credit_portal_pay_rest", { trigger: HELD }, pay("done"), {
    trigger: NOT_HELD,
});

add(
    "customer_credit_portal_pay_pending",
    openPayment(),
    pay("pending"),
    {
        content: "the page of the payment's status waits; the customer leaves it",
        trigger: "[name=o_payment_status]",
        run: () => redirect("/my/quotes"),
        expectUnloadPage: true,
    },
    {
        trigger: ".o_portal_my_doc_table a[href*='/my/orders/']",
        run: "click",
        expectUnloadPage: true,
    },
    { trigger: `${NOT_HELD} [name=o_payment_status_alert]` }
);

add("customer_credit_portal_pay_error", openPayment(), pay("error"), {
    trigger: `${NOT_HELD} .alert-danger`,
});
