package i18n

// groups says which group of a catalogue explains a status. Readers need not know 411 from 417; they need to know whether
// to look at the address, to sign in or to wait.
var groups = map[int]string{
	300: "redirect", 301: "redirect", 302: "redirect", 303: "redirect", 304: "redirect", 305: "redirect",
	307: "redirect", 308: "redirect",

	400: "bad-request", 411: "bad-request", 416: "bad-request", 417: "bad-request", 418: "bad-request", 421: "bad-request",
	425: "bad-request", 426: "bad-request", 505: "bad-request",
	401: "sign-in",
	402: "payment",
	403: "forbidden",
	404: "not-found",
	405: "not-possible", 501: "not-possible", 510: "not-possible",
	406: "not-acceptable",
	407: "network-login", 511: "network-login",
	408: "slow-request",
	409: "conflict", 412: "conflict", 423: "conflict", 424: "conflict", 428: "conflict",
	410: "gone",
	413: "too-large",
	414: "too-long", 431: "too-long",
	415: "unsupported-type",
	422: "invalid",
	429: "too-many",
	451: "legal",

	500: "server", 506: "server", 507: "server", 508: "server",
	502: "upstream",
	503: "unavailable",
	504: "timeout",
}

// classes are the keys and the groups for statuses that have none of their own: a receiver treats 430 as 400 (RFC 9110,
// section 15).
var classes = [...]struct{ key, group string }{
	3: {"3xx", "redirect"},
	4: {"4xx", "bad-request"},
	5: {"5xx", "server"},
}
