// Passkeys: asks the browser for one, with what the portal wants to have signed, and hands its answer back.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  // Both forms of what travels as JSON (WebAuthn level 3), written out: many a telephone does not have them yet.
  const asked = (options) => ({
    ...options, challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    excludeCredentials: listed(options.excludeCredentials), allowCredentials: listed(options.allowCredentials),
  });
  const answered = (key) => ({
    id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: key.getClientExtensionResults(),
    response: Object.fromEntries(
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
        .filter((part) => key.response[part]).map((part) => [part, text(key.response[part])]),
    ),
  });

  async function send(path, body) {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error("refused");
    return answer.status === 204 ? null : answer.json();
  }

  const ways = {
    add: ["/v1/me/factors/passkey", (publicKey) => navigator.credentials.create({ publicKey })],
    use: ["/v1/session/passkey", (publicKey) => navigator.credentials.get({ publicKey })],
  };
  const wrongs = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "already" };

  async function go(form) {
    const [path, ask] = ways[form.dataset.passkey];
    const begun = await send(`${path}/options`, {});
    const answer = answered(await ask(asked(begun.options)));
    await send(path, { ticket: begun.ticket, answer, ...Object.fromEntries(new FormData(form)) });
    location.assign(form.dataset.next);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const told = form.querySelectorAll("[data-wrong]");
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      for (const line of told) line.hidden = true;
      button.disabled = true;
      try {
        await go(form);
      } catch (error) {
        const wrong = form.querySelector(`[data-wrong="${wrongs[error.name] || "refused"}"]`);
        if (wrong) wrong.hidden = false;
        button.disabled = false;
      }
    });
    form.hidden = false;
    for (const line of form.parentElement.querySelectorAll("[data-without]")) line.hidden = true;
  }
})();
