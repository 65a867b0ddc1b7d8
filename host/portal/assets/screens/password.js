// A new password for whoever is signed in. It ends all of his sessions, so this page signs in anew.

import { api } from "../api.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { date } from "../format.js";
import { loginName, session } from "../session.js";
import { facts, head, section, toast } from "../ui.js";

export function password({ again }) {
    const asked = form([
        { name: "oldPassword", label: "Password that you have", type: "password", autocomplete: "current-password", required: true },
        { name: "newPassword", label: "New password", type: "password", autocomplete: "new-password", required: true,
            minlength: 8, hint: "At least 8 characters, and none that everybody uses." },
        { name: "repeated", label: "New password, once more", type: "password", autocomplete: "new-password", required: true },
    ]);
    const go = h("button", { type: "submit", class: "primary" }, "Change it");
    const send = async (event) => {
        event.preventDefault();
        const { oldPassword, newPassword, repeated } = asked.values();
        go.disabled = true;
        try {
            if (newPassword !== repeated) {
                throw faulty("/repeated", "must be the same as above");
            }
            await change(oldPassword, newPassword);
            toast("The password is changed. Everything that was signed in with the old one is signed out.");
            again();
        } catch (error) {
            asked.show(error);
        } finally {
            go.disabled = false;
        }
    };
    return [
        head("You", "Who you are here, and your password."),
        section("Signed in", null, facts(
            ["Name", loginName()], ["Role", session.who.role], ["Until", date(session.who.ends)],
        )),
        section("Change your password", "All of your other sessions and tokens end with the old one.",
            h("form", { onSubmit: send, class: "narrow" }, asked.element, go)),
    ];
}

async function change(oldPassword, newPassword) {
    const userName = loginName();
    try {
        await api.post("/auth/v3/change-password", { data: { userName, oldPassword, newPassword } }, { ofCluster: true });
    } catch (error) {
        throw error.status === 403 ? faulty("/oldPassword", "is not the password that you have") : error;
    }
    const { tenant, user } = session.who;
    session.who = await api.post("/portal/session", { tenant, user, password: newPassword });
}

function faulty(location, message) {
    return Object.assign(new Error(message), { faults: [{ location, message }] });
}
