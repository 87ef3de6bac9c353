// Without this script the page works by reloading and by its forms. With it, the page updates itself.
"use strict";

// The buttons that copy.
for (const button of document.querySelectorAll("button[data-copy]")) {
	if (!navigator.clipboard) break; // not available on a page from another machine over plain HTTP
	const says = button.textContent;
	button.hidden = false;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trimEnd());
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = says; }, 2000);
	});
}

const connection = document.getElementById("connection");
if (connection) follow();

function follow() {
	const lists = ["orders", "calls"], blocks = ["pending", "doubles", "older"];
	const came = new Map(); // what the server has sent for each element, by its ID
	for (const list of lists) {
		for (const item of document.getElementById(list).children) came.set(item.id, item.outerHTML);
	}
	for (const id of blocks) came.set(id, document.getElementById(id).outerHTML);

	function say(text) {
		if (connection.textContent !== text) connection.textContent = text;
	}

	// replace exchanges an element for a newer one, and keeps the focus and the open details.
	function replace(old, fresh) {
		const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
		for (const details of fresh.querySelectorAll("details[id]")) {
			const before = document.getElementById(details.id);
			if (before) details.open = before.open;
		}
		old.replaceWith(fresh);
		if (focused) (document.getElementById(focused) ?? document.getElementById(fresh.id + "-title"))?.focus({ preventScroll: true });
	}

	function update(id, fresh, news) {
		const html = fresh.outerHTML, old = document.getElementById(id);
		if (came.get(id) === html) return old;
		came.set(id, html);
		if (fresh.dataset.says && old?.dataset.says !== fresh.dataset.says) news.push(fresh.dataset.says);
		if (old) replace(old, fresh);
		return fresh;
	}

	function show(page) {
		const news = [];
		for (const id of blocks) update(id, page.getElementById(id), news);
		for (const id of lists) {
			const list = document.getElementById(id);
			const wanted = [...page.getElementById(id).children];
			const ids = new Set(wanted.map((item) => item.id));
			for (const item of [...list.children]) {
				if (ids.has(item.id)) continue;
				came.delete(item.id);
				item.remove();
			}
			wanted.forEach((fresh, i) => {
				const item = update(fresh.id, fresh, news);
				if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
			});
		}
		say(news.length ? "Live. " + news.slice(0, 3).join("; ") : connection.textContent.startsWith("Live") ? connection.textContent : "Live.");
	}

	let loading = false, again = false;
	async function load() {
		if (loading) { again = true; return; }
		loading = true;
		try {
			do {
				again = false;
				const reply = await fetch("/live");
				if (!reply.ok) throw new Error(String(reply.status));
				show(new DOMParser().parseFromString(await reply.text(), "text/html"));
			} while (again);
		} catch {
			say("Not connected: is the sandbox still running?");
		}
		loading = false;
	}

	const events = new EventSource("/events");
	events.addEventListener("message", load);
	events.addEventListener("error", () => say("Not connected: is the sandbox still running?"));

	// Buttons act without reloading the page.
	document.addEventListener("submit", async (event) => {
		const form = event.target;
		event.preventDefault();
		try {
			const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "manual" });
			if (reply.type !== "opaqueredirect" && !reply.ok) {
				const page = new DOMParser().parseFromString(await reply.text(), "text/html");
				say("Not done. " + [page.querySelector("h1"), page.getElementById("reason")].map((e) => e?.textContent ?? "").join(": "));
				return;
			}
		} catch {
			say("Not connected: is the sandbox still running?");
			return;
		}
		load();
	});
}
