package pipeline

import (
	"net/mail"
	"strings"
)

// maxAuthResults is how many Authentication-Results a mail may bear.
const maxAuthResults = 20

// vouched reports whether the mail server that the office trusts proved that a mail came from the domain of its From (RFC 8601):
// by DMARC, by a DKIM signature of that domain, or by SPF for an envelope sender of it. Only the first field of that server
// counts: servers write theirs above those that were there, so a forged one stands below. The server must take out fields in
// its own name that come from outside (§5); then a mail without a field of its own is proved by nothing.
func vouched(h mail.Header, trusted, from string) bool {
	_, domain, ok := strings.Cut(strings.ToLower(from), "@")
	if !ok {
		return false
	}
	fields := h["Authentication-Results"]
	for _, f := range fields[:min(len(fields), maxAuthResults)] {
		id, results := authResults(f)
		if !strings.EqualFold(id, trusted) {
			continue
		}
		for _, r := range results {
			switch {
			case r.result != "pass":
			case r.method == "dmarc" && aligned(r.props["header.from"], domain),
				r.method == "dkim" && (aligned(r.props["header.d"], domain) || aligned(domainOf(r.props["header.i"]), domain)),
				r.method == "spf" && aligned(domainOf(r.props["smtp.mailfrom"]), domain):
				return true
			}
		}
		return false
	}
	return false
}

// domainOf is what stands behind the @ of an address, or all of it.
func domainOf(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return address[i+1:]
	}
	return address
}

// aligned reports whether what was proved is the domain of the From or a domain above it (RFC 7489 §3.1.1 asks for the same
// organisation; a subdomain that signs for what is above it is not enough here). A name without a dot proves nothing.
func aligned(proved, domain string) bool {
	proved = strings.ToLower(strings.TrimSuffix(proved, "."))
	return strings.Contains(proved, ".") && (proved == domain || strings.HasSuffix(domain, "."+proved))
}

// authResult is one method's result: dkim=pass header.d=example.org.
type authResult struct {
	method, result string
	props          map[string]string
}

// authResults takes an Authentication-Results field apart (RFC 8601 §2.2): comments go, quoted strings lose their quotes.
func authResults(field string) (id string, results []authResult) {
	for i, part := range splitQuoted(field, ';') {
		words := splitQuoted(part, ' ')
		if len(words) == 0 {
			continue
		}
		if i == 0 { // authserv-id, and perhaps a version
			id = words[0]
			continue
		}
		method, result, ok := strings.Cut(words[0], "=")
		if !ok {
			continue // "none"
		}
		method, _, _ = strings.Cut(method, "/") // dkim/1
		r := authResult{strings.ToLower(method), strings.ToLower(result), map[string]string{}}
		for _, w := range words[1:] {
			if name, value, ok := strings.Cut(w, "="); ok && r.props[strings.ToLower(name)] == "" {
				r.props[strings.ToLower(name)] = value
			}
		}
		results = append(results, r)
	}
	return id, results
}

// splitQuoted splits at sep outside of comments and quoted strings, without empty parts. At blanks it also takes comments out and
// quotes off; at anything else the parts stay as they are, lest a second split cuts what stood in quotes.
func splitQuoted(s string, sep byte) (parts []string) {
	var b strings.Builder
	depth, quoted, raw := 0, false, sep != ' '
	end := func() {
		if p := strings.TrimSpace(b.String()); p != "" {
			parts = append(parts, p)
		}
		b.Reset()
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && (quoted || depth > 0) && i+1 < len(s):
			if i++; raw {
				b.WriteString(s[i-1 : i+1])
			} else if depth == 0 {
				b.WriteByte(s[i])
			}
			continue
		case quoted:
			quoted = c != '"'
			if !raw && quoted && c != sep {
				b.WriteByte(c)
			}
		case c == '(':
			depth++
		case depth > 0:
			if c == ')' {
				depth--
			}
		case c == '"':
			quoted = true
		case c == sep || !raw && (c == '\t' || c == '\r' || c == '\n'):
			end()
			continue
		case !raw:
			b.WriteByte(c)
		}
		if raw {
			b.WriteByte(c)
		}
	}
	end()
	return parts
}
